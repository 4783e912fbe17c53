"""A copy of a large table under load: a plain ALTER, and by pt-online-schema-change.

On the servers of STILLROOM_TEST_URLS, else on one that is started for it. The table has
STILLROOM_ROWS rows (default 1,000,000); two sessions read it and two write it all the while.
Then a smaller one is copied again and again, while the program or the upgrade is killed.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from benchmarks._timing import table
from stillroom import apply
from tests.support import servers
from tests.support.crashes import config_for, contents, run, start
from tests.support.generators.large import ROWS, fill, history
from tests.support.load import load

_SMALL, _KILLS = 60_000, 12
_CHANGE = 'op.alter_column("large", "number", existing_type=sa.Integer, type_=sa.BigInteger)'


def main() -> None:
    with servers.all_urls() as urls:
        rows = [measure(url) for url in urls]
    header = ("server", "longest stall of a writer: plain", "pt-osc", "times shorter", "same table")
    print(table((*header, "killed: finished and equal"), rows))


def measure(server_url: str) -> tuple[str, ...]:
    """The longest wait of a writer with both, on one server."""
    rows = int(os.environ.get("STILLROOM_ROWS", ROWS))
    ways: tuple[Callable[[Config], None], ...] = (
        lambda config: command.upgrade(config, "head"),
        _online,
    )
    stalls, tables = [], []
    with TemporaryDirectory() as folder:
        config = config_for(history(Path(folder), _CHANGE))
        for way in ways:
            with servers.database(server_url) as url:
                fill(url, rows)
                _analyze(url)
                os.environ["CRASH_URL"] = url.render_as_string(hide_password=False)
                with load(url, rows) as waits:
                    way(config)
                stalls.append(waits.write)
                tables.append(servers.show_create(url)["large"])
    plain, mine = stalls
    same = "yes" if tables[0] == tables[1] else "NO"
    name = server_url.rpartition("@")[2]
    return (
        *(name, f"{plain:.2f} s", f"{mine:.2f} s", f"{plain / mine:.1f}", same),
        f"{sum(_killed(server_url, round_) for round_ in range(_KILLS))}/{_KILLS}",
    )


def _killed(server_url: str, round_: int) -> bool:
    """Kill the program (in odd rounds) or the upgrade, later in each round; then run it again."""
    with servers.database(server_url) as url, TemporaryDirectory() as folder:
        fill(url, _SMALL)
        before = _checksum(url)
        place = history(Path(folder), _CHANGE)
        running = start(url, _online, history=place)
        time.sleep(1 + 2.5 * round_ / _KILLS)
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
        found = children.read_text().split() if children.exists() else []
        victim = int(found[0]) if round_ % 2 and found else running.pid
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        first = running.wait()
        again = run(url, _online, history=place)
        left = set(contents(url)) & {"_large_stillroom_new", "_large_stillroom_old"}
        wide = "bigint" in servers.show_create(url)["large"]
        good = again.code == 0 and not left and wide and _checksum(url) == before
        if not good:
            print(f"round {round_}: exit {first.code}, then {again.code}: {left} {again.text}")
        return good


def _online(config: Config) -> None:
    options = apply.Options(online_ddl="pt-osc", max_blocking_rows=1000)
    apply.upgrade(config, "head", options=options)


def _checksum(url: sa.URL) -> object:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT COUNT(*), SUM(CRC32(CONCAT_WS('#', id, number, name, price, code, note, at)))"
            " FROM large"
        ).one()
    engine.dispose()
    return tuple(found)


def _analyze(url: sa.URL) -> None:
    """As a table in use is: without statistics the program takes it for a small one."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE TABLE large").all()
    engine.dispose()
