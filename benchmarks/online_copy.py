"""A copy of a large table under load: a plain ALTER, and by pt-online-schema-change.

On the servers of STILLROOM_TEST_URLS, else on one that is started for it. The table has
STILLROOM_ROWS rows (default 1,000,000); two sessions read it and two write it all the while.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from benchmarks._timing import table
from stillroom import apply
from tests.support import servers
from tests.support.crashes import config_for
from tests.support.large import ROWS, fill, history
from tests.support.load import load

_CHANGE = 'op.alter_column("large", "number", existing_type=sa.Integer, type_=sa.BigInteger)'


def main() -> None:
    with servers.all_urls() as urls:
        rows = [measure(url) for url in urls]
    header = ("server", "longest stall of a writer: plain", "pt-osc", "times shorter", "same table")
    print(table(header, rows))


def measure(server_url: str) -> tuple[str, ...]:
    """The longest wait of a writer with both, on one server."""
    rows = int(os.environ.get("STILLROOM_ROWS", ROWS))
    options = apply.Options(online_ddl="pt-osc", max_blocking_rows=1000)
    ways: tuple[Callable[[Config], None], ...] = (
        lambda config: command.upgrade(config, "head"),
        lambda config: apply.upgrade(config, "head", options=options),
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
    return name, f"{plain:.2f} s", f"{mine:.2f} s", f"{plain / mine:.1f}", same


def _analyze(url: sa.URL) -> None:
    """As a table in use is: without statistics the program takes it for a small one."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE TABLE large").all()
    engine.dispose()
