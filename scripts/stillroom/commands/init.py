"""``init``: create what an Alembic environment still lacks; never overwrite what is there."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from importlib.resources import files
from pathlib import Path

from stillroom.console.output import note
from stillroom.errors import EXIT_CLEAN, EXIT_FINDINGS, StillroomError
from stillroom.files import write_text
from stillroom.project import alembic_ini
from stillroom.project import settings as settings_
from stillroom.project.env_audit import missing_in
from stillroom.project.project import application_engine, script_folder
from stillroom.project.settings import Settings


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    return initialise(only_missing=False)


def initialise(*, only_missing: bool) -> int:
    """Create what is missing in the current folder, and point alembic.ini at the database.

    With ``only_missing`` an alembic.ini that names a database keeps it. Returns 1 if an env.py
    that someone wrote lacks something, which is printed.
    """
    root = Path.cwd()
    settings = settings_.load(root)
    url = application_engine(settings).url  # first: nothing is created if there is no engine
    text = settings.ini.read_bytes().decode() if settings.ini.exists() else _alembic_ini(root)
    if not (only_missing and settings.ini.exists() and alembic_ini.find_url(text)):
        text = alembic_ini.with_url(text, alembic_ini.without_password(url, root))
    if not settings.ini.exists() or settings.ini.read_bytes().decode() != text:
        write_text(settings.ini, text)
        note(f"wrote {settings.ini.name}")
    return _environment(settings)


def _environment(settings: Settings) -> int:
    if (settings.root / "alembic" / "__init__.py").exists():
        raise StillroomError(
            "makes this folder hide the package alembic",
            where="alembic/__init__.py",
            fix="git rm alembic/__init__.py",
        )
    folder = script_folder(settings)
    (folder / "versions").mkdir(parents=True, exist_ok=True)
    for name in ("env.py", "script.py.mako"):
        if not (folder / name).exists():
            write_text(folder / name, _template(name, settings))
            note(f"wrote {os.path.relpath(folder / name, settings.root)}")
    findings = missing_in(folder / "env.py", settings)
    for finding in findings:
        print(f"{finding.where}: {finding.code} {finding.what}\n    {finding.fix}")
    return EXIT_FINDINGS if findings else EXIT_CLEAN


def _alembic_ini(root: Path) -> str:
    text = files("stillroom.templates").joinpath("alembic.ini").read_text(encoding="utf-8")
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
