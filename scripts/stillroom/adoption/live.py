"""Asks the project's own connection what is there, in a process of its own.

The project is imported for its database here, and for a replay in the process that asks: one
process cannot do both.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

import stillroom
from stillroom.apply import env_runner, half_applied, preflight
from stillroom.apply.connection import Raw
from stillroom.apply.inspector import reach, refuse_half_applied
from stillroom.apply.journal import Entry
from stillroom.apply.server import Server
from stillroom.errors import StillroomError
from stillroom.project import alembic_internals
from stillroom.project.project import alembic_config, make_importable
from stillroom.project.settings import Settings
from stillroom.staged.workspace import load_settings

_PROGRAM = """
import sys
from pathlib import Path
sys.path.append(sys.argv[1])
from stillroom.adoption.live import main
raise SystemExit(main(Path(sys.argv[2]), sys.argv[3:]))
"""


@dataclass(frozen=True)
class Live:
    """A database as env.py reaches it: its server, its revisions, its tables' definitions."""

    kind: str  # mariadb, mysql or sqlite
    version: str  # 10.11.19
    database: str
    heads: tuple[str, ...]
    version_table: str
    tables: dict[str, str]  # by name, as SHOW CREATE TABLE prints them
    driver: str = ""
    problems: tuple[str, ...] = ()  # messages, with their remedies
    lacks: tuple[str, ...] = ()  # privileges that only some commands need

    @property
    def is_stamped(self) -> bool:
        """Whether Alembic has noted a revision there."""
        return bool(self.heads)

    @property
    def own_tables(self) -> dict[str, str]:
        """The tables without what Alembic and Stillroom keep for themselves."""
        return {
            name: text
            for name, text in self.tables.items()
            if name != self.version_table and not name.startswith("stillroom_journal")
        }


def ask(root: Path) -> tuple[list[Live], str]:
    """Each database that env.py of the project at ``root`` configures; or none, and why."""
    return _in_child(root)


def stamp(root: Path, heads: Sequence[str]) -> None:
    """Note ``heads`` in the database of the project, as ``alembic stamp`` does.

    Raises StillroomError if that cannot be done.
    """
    _, error = _in_child(root, *heads)
    if error:
        raise StillroomError(f"{', '.join(heads)} could not be noted in the database: {error}")


def _in_child(root: Path, *heads: str) -> tuple[list[Live], str]:
    with TemporaryDirectory(prefix="stillroom-") as folder:
        answer = Path(folder) / "answer.json"
        # -P: no module of the project hides a library. Ours may not be installed.
        package = Path(stillroom.__file__).parents[1]
        command = [sys.executable, "-P", "-c", _PROGRAM, str(package), str(answer), *heads]
        done = subprocess.run(command, cwd=root, capture_output=True, check=False, text=True)
        if not answer.exists():
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            return [], said[-1] if said else f"env.py ended the process with {done.returncode}"
        found = json.loads(answer.read_text(encoding="utf-8"))
    lives = [_of_json(one) for one in found["databases"]]
    return lives, found["error"]


def _of_json(values: dict[str, Any]) -> Live:
    """JSON knows no tuples."""
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return Live(**{**values, **lists})


def main(answer: Path, heads: Sequence[str] = ()) -> int:
    """Write what is there into the file ``answer``, and note ``heads`` in the database."""
    found: list[Live] = []
    error = ""

    def work(context: MigrationContext, proceed: Callable[[], None]) -> None:
        if heads:
            refuse_half_applied(context, f"stamp {' '.join(heads)}")
            proceed()
        found.append(_read(context, target))

    def steps(current: Sequence[str], context: MigrationContext) -> Sequence[object]:
        assert context.script is not None
        return alembic_internals.stamp_steps(context.script, heads, current) if heads else ()

    target = ""
    try:
        with _inside(Path.cwd()) as (config, settings):
            target = str(settings.target or "")
            env_runner.run(config, work, steps)
    except StillroomError as caught:
        error = str(caught)
    told = {"databases": [asdict(one) for one in found], "error": error}
    answer.write_text(json.dumps(told), encoding="utf-8")
    return 0


@contextmanager
def _inside(root: Path) -> Iterator[tuple[Config, Settings]]:
    settings = load_settings(root)
    os.environ.update(settings.environment)
    make_importable(settings)
    yield alembic_config(settings), settings


def _read(context: MigrationContext, target: str) -> Live:
    assert context.connection is not None
    raw, server, journal = reach(context)
    heads = context.get_current_heads()
    problems = [str(one) for one in preflight.server_problems(server, raw, target)]
    if server.is_mysql and server.database:
        problems += _unfinished(context, heads, journal.read(raw) if journal.look(raw) else [])
    return Live(
        server.kind,
        server.version,
        server.database,
        tuple(heads),
        context.version_table,
        _tables(context.connection) if server.is_mysql and server.database else {},
        context.dialect.driver,
        tuple(problems),
        tuple(sorted(_lacking(raw, server))) if server.is_mysql else (),
    )


def _tables(connection: Connection) -> dict[str, str]:
    quote = connection.dialect.identifier_preparer.quote_identifier
    listed = connection.exec_driver_sql("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
    names = [row[0] for row in listed]
    tables = {}
    for name in names:
        statement = f"SHOW CREATE TABLE {quote(name)}".replace("%", "%%")
        tables[name] = connection.exec_driver_sql(statement).one()[1]
    return tables


def _unfinished(
    context: MigrationContext, heads: Sequence[str], entries: Sequence[Entry]
) -> Iterator[str]:
    """What another run has begun, or somebody else's files have made."""
    assert context.script is not None
    try:
        preflight.check_heads(context.script, tuple(heads))
    except StillroomError as unknown:
        yield str(unknown)
    half = half_applied.find(entries)
    if half is not None:
        yield str(half_applied.refuse(half, "upgrade"))


def _lacking(raw: Raw, server: Server) -> set[str]:
    grants = [str(row[0]) for row in raw.execute("SHOW GRANTS")]
    return preflight.missing_privileges(grants, server, preflight.OPTIONAL_PRIVILEGES)
