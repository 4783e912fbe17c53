"""Computes what a replayed state depends on besides the revisions' own text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stillroom.project.alembic_env import alembic_internals
from stillroom.project.import_places import import_folders
from stillroom.project.settings import of_config
from stillroom.replay import imported_modules
from stillroom.replay.alembic_project import AlembicProject
from stillroom.replay.cache import Cache
from stillroom.replay.revisions.graph import Revision
from stillroom.replay.revisions.source import digest_of, is_dynamic


def of_env_py(project: AlembicProject, cache: Cache) -> Iterator[str]:
    """env.py, what it imports, and the configuration, without URLs and the project's place."""
    content = project.env_py.read_bytes()
    yield digest_of(content)
    dynamic = is_dynamic(content.decode("utf-8", "replace"))
    yield _imported_modules(project, cache, everything=dynamic)
    config = project.config
    section = config.get_section(config.config_ini_section, {}) or {}
    for name, value in sorted(section.items()):
        if "url" not in name.lower() and name != "here":
            yield f"{name}={str(value).replace(str(project.root), '')}"
    for name, value in sorted(config.attributes.items()):
        yield f"{name}={value if isinstance(value, (str, int, bool, type(None))) else ''}"
    yield str(getattr(config.cmd_opts, "x", None) or "")


def _imported_modules(project: AlembicProject, cache: Cache, *, everything: bool) -> str:
    """All of it, if env.py imports by names that are not known before it runs."""
    folders = import_folders()
    roots = {project.env_py}
    for name in of_config(project.config).models:
        for folder in folders:
            package = folder.joinpath(*name.split("."))
            roots.update(imported_modules.python_files(package) if package.is_dir() else ())
    if everything:
        roots.update(_project_files(project))
    libraries: set[str] = set()
    rests = []
    for path, module in imported_modules.reached(roots, folders, cache.module):
        libraries |= imported_modules.top_names(module)
        if module.rest and path != project.env_py:
            rests.append(f"{path.name} {module.rest}")
    cache.save_modules()
    return digest_of("\0".join([*sorted(libraries), *sorted(rests)]).encode())


def of_revision(revision: Revision, project: AlembicProject) -> Iterator[str]:
    """Its content and, if it imports something of the project, the content of all of that.

    A revision that reads files or imports dynamically may depend on anything: then so does its
    state.
    """
    yield revision.source.digest
    local = any(map(imported_modules.is_local, revision.source.imports))
    if local or revision.source.dynamic:
        yield project_digest(project)


_digests: dict[tuple[Path, int], str] = {}


def project_digest(project: AlembicProject) -> str:
    """The content of all Python files of the project, except revisions."""
    key = (project.root, id(project))
    if key not in _digests:
        _digests.clear()
        parts = [
            str(path.relative_to(project.root)) + digest_of(path.read_bytes())
            for path in _project_files(project)
        ]
        _digests[key] = digest_of("\0".join(parts).encode())
    return _digests[key]


def _project_files(project: AlembicProject) -> list[Path]:
    revisions = {folder.resolve() for folder in alembic_internals.version_folders(project.scripts)}
    return [
        path
        for path in sorted(imported_modules.python_files(project.root))
        if not revisions.intersection(path.parents)
    ]
