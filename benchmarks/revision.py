"""`make revision` against `alembic revision --autogenerate` on a MariaDB that stands at head.

The histories are those of the hook's measurement; one column of the models is new. All commands
of a row are run in turns, in one run. Cold is the first run ever in a clone: the whole history is
replayed. What it takes to bring the database to head is not counted on the other side.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks._history import GeneratedHistory
from benchmarks._timing import table
from benchmarks.hook import SIZES, Cost, forget, run
from tests.support import servers
from tests.support.projects import verb_command
from tests.support.repositories import RepositoryProject, make_repository

ROUNDS = 5
COLD_ROUNDS = 2
NEW = '    cnew: Mapped[str | None] = mapped_column(String(40), comment="列")\n'


def main() -> None:
    """Print the table."""
    rows: list[list[object]] = []
    with servers.all_urls() as urls:
        for size in SIZES:
            rows += _measure(size, urls[0])
    print(table(["revisions", "cache", "seconds", "alembic", "ratio", "MiB"], rows))


def _measure(size: int, server_url: str) -> list[list[object]]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = stack.enter_context(servers.database(server_url))
        environment = {"DB_URL": url.render_as_string(hide_password=False)}
        project = make_repository(Path(folder), hook="none")
        GeneratedHistory(project).grow(size)
        alembic = [sys.executable, "-m", "alembic"]
        run([*alembic, "upgrade", "head"], project, **environment)
        models = sorted((project.root / "app" / "models").glob("[a-z]*.py"))
        models[-1].write_text(models[-1].read_text(encoding="utf-8") + NEW, encoding="utf-8")
        ours = verb_command("revision", "-m", "new column")
        theirs = [*alembic, "revision", "--autogenerate", "-m", "new column"]
        rows = []
        for cache, rounds in (("cold", COLD_ROUNDS), ("warm", ROUNDS)):
            costs = []
            for _ in range(rounds):
                if cache == "cold":
                    forget(project)
                pair = [_written(command, project, environment) for command in (ours, theirs)]
                costs.append(pair)
            rows.append(_row(size, cache, costs))
        return rows


def _written(command: list[str], project: RepositoryProject, environment: dict[str, str]) -> Cost:
    """The cost of a command that writes a revision; it is removed again."""
    before = set(project.revisions())
    cost = run(command, project, **environment)
    (new,) = set(project.revisions()) - before
    assert "cnew" in new.read_text(encoding="utf-8")
    new.unlink()
    return cost


def _row(size: int, cache: str, costs: list[list[Cost]]) -> list[object]:
    ours, theirs = (
        tuple(statistics.median(pair[side][part] for pair in costs) for part in (0, 1))
        for side in (0, 1)
    )
    ratio = f"{ours[0] / theirs[0]:.2f}"
    return [size, cache, f"{ours[0]:.2f}", f"{theirs[0]:.2f}", ratio, f"{ours[1]:.0f}"]
