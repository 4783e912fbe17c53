"""A change of all rows of a large table while others work on it: in one UPDATE, and in batches.

On the servers of STILLROOM_TEST_URLS, else on one that is started for it. The table has
STILLROOM_ROWS rows (default 1,000,000). The batches are also killed on their way, and resumed.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from benchmarks._timing import table
from stillroom import apply
from tests.support import servers
from tests.support.crashes import config_for, run, start, up
from tests.support.generators.large import ROWS, fill, history
from tests.support.load import load

_PLAIN = ('op.execute("UPDATE large SET number = number + 1")',)
_BATCHES = ("from stillroom import batches", 'batches.update("large", "number = number + 1")')
_ALONE = 10.0  # seconds without any change


def main() -> None:
    with servers.all_urls() as urls:
        rows = [measure(url) for url in urls]
    header = ("server", "longest stall: alone", "one UPDATE", "batches", "seconds: one", "batches")
    print(table((*header, "killed twice: rows not done once"), rows))


def measure(server_url: str) -> tuple[str, ...]:
    """Stalls and seconds of both on one server."""
    rows = int(os.environ.get("STILLROOM_ROWS", ROWS))
    with servers.database(server_url) as url, TemporaryDirectory() as folder:
        fill(url, rows)
        os.environ["CRASH_URL"] = url.render_as_string(hide_password=False)
        with load(url, rows) as alone:
            time.sleep(_ALONE)
        seconds, stalls = [], []
        for name, lines, way in (
            ("plain", _PLAIN, lambda config: command.upgrade(config, "head")),
            ("ours", _BATCHES, lambda config: apply.upgrade(config, "head")),
        ):
            config = config_for(history(Path(folder) / name, *lines))
            with load(url, rows) as waits:
                seconds.append(_timed(way, config))
            stalls.append(waits.longest)
            _forget(url)
        wrong = _killed(url, Path(folder) / "ours", seconds[1])
    times = [f"{one:.2f} s" for one in (alone.longest, *stalls)]
    name = server_url.rpartition("@")[2]
    return name, *times, *(f"{one:.1f}" for one in seconds), str(wrong)


def _timed(way: Callable[[Config], None], config: Config) -> float:
    began = time.perf_counter()
    way(config)
    return time.perf_counter() - began


def _forget(url: sa.URL) -> None:
    """Back to no revision, with numbers as they were."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
        connection.exec_driver_sql("UPDATE large SET number = id - 1")
    engine.dispose()


def _killed(url: sa.URL, folder: Path, seconds: float) -> int:
    """Kill the batches on their way twice, resume, and count rows that are not as they should."""
    for part in (0.3, 0.4):
        running = start(url, up, history=folder)
        time.sleep(seconds * part)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
    done = run(url, up, history=folder)
    assert done.code == 0, done.text
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        query = "SELECT COUNT(*) FROM large WHERE number <> id"
        wrong = int(connection.exec_driver_sql(query).scalar() or 0)
    engine.dispose()
    return wrong
