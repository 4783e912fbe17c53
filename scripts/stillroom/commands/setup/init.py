"""``init``: create what an Alembic environment still lacks, and say what an env.py lacks."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.adoption import env_lines, live
from stillroom.adoption.scaffold import initialise
from stillroom.adoption.settings_section import with_settings
from stillroom.adoption.survey import server_target
from stillroom.console.output import remark
from stillroom.console.screen.terminal import show
from stillroom.errors import EXIT_CLEAN, EXIT_FINDINGS
from stillroom.files import write_text
from stillroom.project import settings as settings_
from stillroom.project.project import script_folder
from stillroom.project.settings_files import PYPROJECT
from stillroom.render.findings import as_lines
from stillroom.shell import Command


def arguments(parser: ArgumentParser) -> None:
    for name, what in (
        ("base", "the base class of the models, as app.db:Base"),
        ("models", "the packages whose modules hold the models"),
        ("engine", "the application's engine, as app.db:engine"),
    ):
        parser.add_argument(f"--{name}", default="", help=f"{what}; for a new alembic.ini")
    parser.add_argument(
        "--write", action="store_true", help="add the lines for plain Alembic to an env.py"
    )


def run(args: Namespace) -> int:
    given = {name: getattr(args, name) for name in ("base", "models", "engine")}
    given = {name: text for name, text in given.items() if text}
    written: list[str] = []
    findings = initialise(Path.cwd(), only_missing=False, tell=written.append, given=given)
    for line in written:
        remark(line)
    if written:
        remark(f"To keep the schema as SQL beside the revisions: {Command('snapshot')}")
    _set_target(Path.cwd())
    _offer_lines(Path.cwd(), write=args.write)
    show(as_lines(findings))
    return EXIT_FINDINGS if findings else EXIT_CLEAN


def _offer_lines(root: Path, *, write: bool) -> None:
    """Show the lines for plain Alembic that somebody else's env.py lacks, or write them."""
    settings = settings_.load(root)
    edit = env_lines.edit(script_folder(settings) / "env.py")
    if not edit.changes_something:
        return
    remark("With these lines, plain `alembic` has the lock, the journal and the replay, too:")
    remark(f"\n{edit.diff(root)}")
    if write:
        edit.apply()
        remark(f"wrote {os.path.relpath(edit.file, root)}")
    else:
        remark(f"To add them: {Command('init', write=True)}")


def _set_target(root: Path) -> None:
    """Set the target to what env.py connects to, if nothing is set and a server answers."""
    settings = settings_.load(root)
    databases, _ = live.ask(root) if settings.target is None else ([], "")
    target = server_target(databases[0]) if databases else None
    if target is None:
        return
    toml = not settings.ini.exists()
    file = root / PYPROJECT if toml else settings.ini
    text = file.read_bytes().decode("utf-8")
    write_text(file, with_settings(text, {"target": str(target)}, toml=toml))
    remark(f"set target = {target} in {file.name}, as the server that answered")
