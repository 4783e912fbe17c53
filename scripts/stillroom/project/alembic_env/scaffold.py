"""Creates what an Alembic environment still lacks; never overwrites what is there."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from stillroom.errors import StillroomError
from stillroom.files import write_text
from stillroom.findings import Finding
from stillroom.project import settings as settings_
from stillroom.project.alembic_env import alembic_ini
from stillroom.project.alembic_env.env_audit import missing_in
from stillroom.project.project import application_engine, script_folder
from stillroom.project.settings import Settings


def initialise(root: Path, *, only_missing: bool, tell: Callable[[str], None]) -> list[Finding]:
    """Create what is missing at ``root``, and point alembic.ini at the database.

    With ``only_missing`` an alembic.ini that names a database keeps it. ``told`` gets a line for
    each file that is written. Returns what an env.py that someone wrote lacks.
    """
    settings = settings_.load(root)
    if only_missing and not settings.names_engine and settings.is_there:
        return []  # somebody else's project, which works as it is
    url = application_engine(settings).url  # first: nothing is created if there is no engine
    text = settings.ini.read_bytes().decode() if settings.ini.exists() else _alembic_ini(root)
    if not (only_missing and settings.ini.exists() and alembic_ini.find_url(text)):
        text = alembic_ini.with_url(text, alembic_ini.without_password(url, root))
    if not settings.ini.exists() or settings.ini.read_bytes().decode() != text:
        write_text(settings.ini, text)
        tell(f"wrote {settings.ini.name}")
    return _environment(settings, tell)


def _environment(settings: Settings, tell: Callable[[str], None]) -> list[Finding]:
    if (settings.root / "alembic" / "__init__.py").exists():
        raise StillroomError(
            "with this file, the folder hides the package alembic",
            where="alembic/__init__.py",
            fix="git rm alembic/__init__.py",
        )
    folder = script_folder(settings)
    (folder / "versions").mkdir(parents=True, exist_ok=True)
    for name in ("env.py", "script.py.mako"):
        if not (folder / name).exists():
            write_text(folder / name, _template(name, settings))
            tell(f"wrote {os.path.relpath(folder / name, settings.root)}")
    return missing_in(folder / "env.py", settings)


def _alembic_ini(root: Path) -> str:
    text = files("stillroom.templates").joinpath("alembic.ini").read_text(encoding="utf-8")
    if find_spec("ruff") is None:
        text = re.sub(r"\[post_write_hooks\]\n(?:.+\n)*\n", "", text)
    if (root / "scripts" / "stillroom").is_dir():
        return text
    return text.replace("    %(here)s/scripts\n", "").replace(
        "`app` and `stillroom` are", "`app` is"
    )


def _template(name: str, settings: Settings) -> str:
    text = files("stillroom.templates").joinpath(name).read_text(encoding="utf-8")
    return text.replace("from app.database.engine import Base, engine\n", _imports(settings))


def _imports(settings: Settings) -> str:
    wanted: dict[str, list[str]] = {}
    for reference, name in ((settings.base, "Base"), (settings.engine, "engine")):
        module, _, original = reference.partition(":")
        wanted.setdefault(module, []).append(
            original if original == name else f"{original} as {name}"
        )
    return "".join(
        f"from {module} import {', '.join(names)}\n" for module, names in sorted(wanted.items())
    )
