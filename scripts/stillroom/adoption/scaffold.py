"""Creates what an Alembic environment still lacks; never overwrites what is there."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL

from stillroom.adoption import layout as layouts
from stillroom.adoption.env_audit import missing_in
from stillroom.adoption.layout import Layout
from stillroom.errors import StillroomError
from stillroom.files import write_text
from stillroom.findings import Finding
from stillroom.project import settings as settings_
from stillroom.project.alembic_env import alembic_ini
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.project import application_engine, script_folder
from stillroom.project.settings import Settings


def initialise(
    root: Path,
    *,
    only_missing: bool,
    tell: Callable[[str], None],
    given: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Create what is missing at ``root``; returns what an env.py that someone wrote lacks.

    With ``only_missing`` somebody else's project is left alone. ``tell`` gets a line for each file
    that is written; ``given`` are answers to what cannot be seen in a project without alembic.ini.
    """
    settings = settings_.load(root)
    if only_missing and not settings.names_engine and settings.is_there:
        return []  # somebody else's project, which works as it is
    layout = None
    if not settings.is_there and (given or not settings.names_engine):
        layout = layouts.find(root, **(given or {}))
        settings = replace(settings, models=layout.models, base=layout.base, engine=layout.engine)
    text = settings.ini.read_bytes().decode() if settings.ini.exists() else _alembic_ini(root)
    if layout is not None:
        text = _with_layout(text, layout)
    if not (only_missing and settings.ini.exists() and alembic_ini.find_url(text)):
        text = _with_url(text, settings, layout.source if layout else "")
    if not settings.ini.exists() or settings.ini.read_bytes().decode() != text:
        write_text(settings.ini, text)
        tell(f"wrote {settings.ini.name}")
    return _environment(settings, tell)


def _with_url(text: str, settings: Settings, source: str) -> str:
    """The text of an alembic.ini that names the database of the application, if it is a file.

    A server is that of whoever types this: it is no business of others.
    """
    url = None
    if settings.engine:  # first: nothing is created if there is no engine
        url = in_fresh_process(partial(_application_url, settings, source))
    if url is not None and url.get_backend_name() == "sqlite":
        return alembic_ini.with_url(text, alembic_ini.without_password(url, settings.root))
    alembic_ini.refuse_password(text)
    if settings.ini.exists():
        return text
    return re.sub(r"# For the reader only.*\n(?:#.*\n)*sqlalchemy\.url = .*\n\n", "", text)


def _application_url(settings: Settings, source: str) -> URL:
    sys.path.insert(0, str(settings.root / source))  # no alembic.ini says it yet
    return application_engine(settings).url


def _with_layout(text: str, layout: Layout) -> str:
    """The template of alembic.ini with the names of a project."""
    text = text.replace("models = app.models", f"models = {' '.join(layout.models)}")
    text = text.replace("base = app.database.engine:Base", f"base = {layout.base}")
    text = text.replace("app.database.engine:engine", layout.engine)
    if not layout.engine:
        text = text.replace("engine = \n", "").replace(
            "Where the application's engine and the base of its models are.",
            "Where the base of the models is.",
        )
    if layout.source:
        text = text.replace("    %(here)s\n", f"    %(here)s\n    %(here)s/{layout.source}\n", 1)
    return text


def _environment(settings: Settings, tell: Callable[[str], None]) -> list[Finding]:
    if (settings.root / "alembic" / "__init__.py").exists():
        raise StillroomError(
            "with this file, the folder hides the package alembic",
            where="alembic/__init__.py",
            fix="git rm alembic/__init__.py",
        )
    folder = script_folder(settings)
    is_new = not (folder / "env.py").exists()
    (folder / "versions").mkdir(parents=True, exist_ok=True)
    for name in ("env.py", "script.py.mako"):
        if not (folder / name).exists():
            write_text(folder / name, _template(name, settings))
            tell(f"wrote {os.path.relpath(folder / name, settings.root)}")
    return [] if is_new else missing_in(folder / "env.py", settings)


def _alembic_ini(root: Path) -> str:
    text = files("stillroom.templates").joinpath("alembic.ini").read_text(encoding="utf-8")
    if find_spec("ruff") is None:
        text = re.sub(r"\[post_write_hooks\]\n(?:.+\n)*\n", "", text)
    if (root / "scripts" / "stillroom").is_dir():
        return text
    return text.replace("    %(here)s/scripts\n", "").replace(
        "`app` and `stillroom` are", "the application is"
    )


def _template(name: str, settings: Settings) -> str:
    text = files("stillroom.templates").joinpath(name).read_text(encoding="utf-8")
    text = text.replace("from app.database.engine import Base, engine\n", _imports(settings))
    if settings.engine:
        return text
    text = text.replace("import asyncio\n", "import asyncio\nimport os\n", 1)
    text = text.replace("import Connection\n", "import Connection, create_engine\n", 1)
    return text.replace(
        "\nconfig = context.config\n",
        '\nengine = create_engine(os.environ["DB_URL"])\nconfig = context.config\n',
        1,
    )


def _imports(settings: Settings) -> str:
    wanted: dict[str, list[str]] = {}
    for reference, name in ((settings.base, "Base"), (settings.engine, "engine")):
        module, _, original = reference.partition(":")
        if module:
            wanted.setdefault(module, []).append(
                original if original == name else f"{original} as {name}"
            )
    return "".join(
        f"from {module} import {', '.join(names)}\n" for module, names in sorted(wanted.items())
    )
