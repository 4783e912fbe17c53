"""Where a replay begins: at nothing, or at the tables and the revisions that a project names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alembic.script import Script

from stillroom.catalog import Catalog, CatalogError, Session, Target, statements
from stillroom.errors import CannotTell, SettingsError
from stillroom.findings import shown
from stillroom.project.alembic_env import alembic_internals
from stillroom.project.settings import Settings
from stillroom.replay.alembic_project import AlembicProject
from stillroom.replay.revisions.source import digest_of
from stillroom.replay.server import Server, State
from stillroom.replay.server.client import Client
from stillroom.replay.server.unanswerable import Unanswerable
from stillroom.replay.steps import ancestors

_DELIMITER = re.compile(r"^[ \t]*DELIMITER[ \t]+(\S+)[ \t]*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Origin:
    """What there is before the first revision that is replayed.

    ``passed`` are the revisions that are not replayed, because ``state`` is what they lead to.
    """

    state: State
    passed: frozenset[str] = frozenset()
    digest: str = ""  # empty for nothing at all

    def refuse_unknown(self, applied: set[str]) -> None:
        """Raise CannotTell if ``applied`` revisions end where nothing is known of the tables."""
        if not self.passed <= applied:
            raise CannotTell(
                "the tables at an older revision are not known",
                where="[stillroom] since",
                fix="Name an older revision there, and a dump of its tables: start = schema.sql",
            )


def read(project: AlembicProject, settings: Settings, target: Target) -> Origin:
    """The origin that the project has set. Raises SettingsError if there is no such thing."""
    passed = _passed(project, settings)
    if not settings.start:
        digest = digest_of(repr(sorted(passed)).encode()) if passed else ""
        return Origin(State(Catalog.empty(target)), passed, digest)
    file = project.root / settings.start
    try:
        content = file.read_bytes()
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = "is not UTF-8 text" if isinstance(error, ValueError) else "cannot be read"
        raise SettingsError(
            f"start: {settings.start} {why}",
            where="[stillroom]",
            fix="Name a file in git with the statements that create the tables.",
        ) from error
    digest = digest_of(content + repr(sorted(passed)).encode())
    return Origin(_state(text, file, target), passed, digest)


def _passed(project: AlembicProject, settings: Settings) -> frozenset[str]:
    if not settings.since:
        return frozenset()
    scripts = project.scripts
    with alembic_internals.explaining_revisions(scripts):
        scripts_passed = scripts.revision_map.get_revisions(settings.since)
    names = tuple(script.revision for script in scripts_passed if isinstance(script, Script))
    return frozenset(ancestors(scripts, names))


def _state(text: str, file: Path, target: Target) -> State:
    """What the statements of a file make, in whatever order they stand."""
    server = Server(State(Catalog.empty(target)))
    session = Session.default(target).with_changes(foreign_key_checks=False)
    client = Client(server, session)
    for line, statement in _statements(text):
        try:
            client.run(statement)
        except (CatalogError, Unanswerable, CannotTell) as error:
            raise CannotTell(
                f"this cannot be read: {error}", where=f"{shown(file)}:{line}"
            ) from error
    return State(server.catalog.without_temporary(), server.state.rows)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements of a script, each with its line.

    ``mysqldump`` puts DELIMITER, a command of its client, around triggers and routines.
    """
    position, delimiter = 0, ";"
    for mark in [*_DELIMITER.finditer(text), None]:
        part = text[position : mark.start()] if mark else text[position:]
        pieces = statements(part) if delimiter == ";" else part.split(delimiter)
        for piece in filter(None, map(str.strip, pieces)):
            start = text.index(piece, position)
            yield text.count("\n", 0, start) + 1, piece
            position = start + len(piece)
        if mark:
            position, delimiter = mark.end(), mark[1]
