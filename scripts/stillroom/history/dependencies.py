"""What a replayed state depends on besides the revisions' own text."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

from stillroom.history.environment import Project
from stillroom.history.graph import Revision
from stillroom.history.source import digest_of

_LIBRARIES = ("site-packages", "dist-packages")


def of_environment(project: Project) -> Iterator[str]:
    """env.py and the configuration, without URLs and without where the project lies."""
    yield digest_of(project.env_py.read_bytes())
    config = project.config
    section = config.get_section(config.config_ini_section, {}) or {}
    for name, value in sorted(section.items()):
        if "url" not in name.lower() and name != "here":
            yield f"{name}={str(value).replace(str(project.root), '')}"
    for name, value in sorted(config.attributes.items()):
        yield f"{name}={value if isinstance(value, (str, int, bool, type(None))) else ''}"
    yield str(getattr(config.cmd_opts, "x", None) or "")


def of_revision(revision: Revision, project: Project) -> Iterator[str]:
    """Its content and, if it imports something of the project, the content of all of that.

    A revision that reads files or imports dynamically may depend on anything: then so does its
    state.
    """
    yield revision.source.digest
    local = [name for name in revision.source.imports if _is_local(name, project)]
    if local or revision.source.dynamic:
        yield project_digest(project)


_digests: dict[tuple[Path, int], str] = {}


def project_digest(project: Project) -> str:
    """The content of all Python files of the project, except revisions."""
    revisions = {Path(folder).resolve() for folder in project.scripts._version_locations}
    key = (project.root, id(project))
    if key not in _digests:
        _digests.clear()
        parts = [
            str(path.relative_to(project.root)) + digest_of(path.read_bytes())
            for path in sorted(_python_files(project.root))
            if not revisions.intersection(path.parents)
        ]
        _digests[key] = digest_of("\0".join(parts).encode())
    return _digests[key]


def _python_files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        hidden = path.name.startswith(".") or path.name in ("node_modules", "__pycache__")
        environment = path.is_dir() and (path / "pyvenv.cfg").exists()
        if hidden or environment or path.is_symlink():
            continue
        if path.is_dir():
            yield from _python_files(path)
        elif path.suffix == ".py":
            yield path


def _is_local(name: str, project: Project) -> bool:
    """Whether a module lies in the project; one that cannot be found might."""
    top = name.lstrip(".").partition(".")[0]
    if name.startswith(".") or not top:
        return True
    if top in sys.stdlib_module_names or top in ("alembic", "sqlalchemy"):
        return False
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return True
    if spec is None:
        return True
    places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or [])
    return not all(_LIBRARIES[0] in str(place) or _LIBRARIES[1] in str(place) for place in places)
