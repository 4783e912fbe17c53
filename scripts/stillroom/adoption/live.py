"""Asks the project's own connection what is there, in a process of its own.

The project is imported for its database here, and for a replay in the process that asks: one
process cannot do both.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import stillroom
from stillroom.apply.inspector import look, reach
from stillroom.errors import StillroomError
from stillroom.project.project import alembic_config, make_importable
from stillroom.staged.workspace import load_settings

_PROGRAM = """
import sys
from pathlib import Path
sys.path.append(sys.argv[1])
from stillroom.adoption.live import main
raise SystemExit(main(Path(sys.argv[2])))
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
    with TemporaryDirectory(prefix="stillroom-") as folder:
        answer = Path(folder) / "answer.json"
        # -P: no module of the project hides a library. Ours may not be installed.
        command = [sys.executable, "-P", "-c", _PROGRAM, str(Path(stillroom.__file__).parents[1])]
        command.append(str(answer))
        done = subprocess.run(command, cwd=root, capture_output=True, check=False, text=True)
        if not answer.exists():
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            return [], said[-1] if said else f"env.py ended the process with {done.returncode}"
        found = json.loads(answer.read_text(encoding="utf-8"))
    lives = [Live(**{**one, "heads": tuple(one["heads"])}) for one in found["databases"]]
    return lives, found["error"]


def main(answer: Path) -> int:
    """Write what is there into the file ``answer``."""
    found: list[Live] = []
    error = ""
    try:
        with _inside(Path.cwd()) as config:
            look(config, lambda context, scripts: found.append(_read(context, scripts)))
    except StillroomError as caught:
        error = str(caught)
    told = {"databases": [asdict(one) for one in found], "error": error}
    answer.write_text(json.dumps(told), encoding="utf-8")
    return 0


@contextmanager
def _inside(root: Path) -> Iterator[Config]:
    settings = load_settings(root)
    os.environ.update(settings.environment)
    make_importable(settings)
    yield alembic_config(settings)


def _read(context: MigrationContext, _scripts: ScriptDirectory) -> Live:
    connection = context.connection
    assert connection is not None
    _, server, _ = reach(context)
    tables = {}
    if server.is_mysql:
        listed = connection.exec_driver_sql("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
        names = [row[0] for row in listed]
        quote = connection.dialect.identifier_preparer.quote_identifier
        for name in names:
            shown = connection.exec_driver_sql(
                f"SHOW CREATE TABLE {quote(name)}".replace("%", "%%")
            )
            tables[name] = shown.one()[1]
    return Live(
        server.kind,
        server.version,
        server.database,
        tuple(context.get_current_heads()),
        context.version_table,
        tables,
    )
