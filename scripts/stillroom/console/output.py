"""Notes that several verbs print before they begin: on stderr, because stdout is for the answer."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from datetime import datetime

from stillroom.console.screen.terminal import show
from stillroom.console.volume import is_quiet
from stillroom.errors import StillroomError
from stillroom.marked import Line, line
from stillroom.project.project import Project
from stillroom.replay import History, scratch
from stillroom.shell import Command, quote


def note_database(project: Project) -> None:
    """Say so if nothing is set and the embedded database is used."""
    if project.is_embedded:
        told = "DB_URL is not set: using the embedded SQLite file app.db; see .env.example"
        remark([line(told, hang=0)])


def print_json(data: object) -> None:
    """Print an answer for a program."""
    print(json.dumps(data, ensure_ascii=False, indent=2))


def print_json_line(data: object) -> None:
    """Print one of several answers for a program, at once."""
    print(json.dumps(data, ensure_ascii=False, default=_plain), flush=True)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def note(text: str | Iterable[Line]) -> None:
    """Print what is not part of the answer."""
    if isinstance(text, str):
        print(text, file=sys.stderr)
    else:
        show(text, sys.stderr)


def remark(text: str | Iterable[Line]) -> None:
    """Print a note that ``--quiet`` leaves out."""
    if not is_quiet():
        note(text)


def acknowledge(text: str) -> None:
    """Print that something is done, or need not be done: ``--quiet`` leaves it out."""
    if not is_quiet():
        print(text)


def note_scratch(history: History) -> None:
    """Say so if the scratch server was needed."""
    if history.server:
        remark(scratch.sentence(history.server))


def no_revisions() -> str:
    """What a history without revisions shows."""
    return f"no revisions yet: `{Command('revision', m='…')}` writes the first"


def require_confirmation(project: Project, verb: str, command: Command) -> None:
    """Raise StillroomError unless the database is local or CONFIRM names it."""
    if project.is_local or os.environ.get("CONFIRM") == project.url.database:
        return
    raise StillroomError(
        f"{verb} can lose data of '{project.url.database}' on {project.url.host}",
        fix=f"If that is what you want: CONFIRM={quote(str(project.url.database))} {command}",
    )
