"""An ALTER behind a transaction of ten seconds: how long readers and writers stand still.

On the servers of STILLROOM_TEST_URLS, else on one that is started for it. The table has
100,000 rows; two sessions read it and two write it all the while.
"""

from __future__ import annotations

import os
import threading
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
from tests.support.crashes import config_for
from tests.support.generators.large import fill, history
from tests.support.load import load

_ROWS = 100_000
_SECONDS = 10.0
_CHANGE = 'op.add_column("large", sa.Column("more", sa.Integer))'


def main() -> None:
    with servers.all_urls() as urls:
        rows = [measure(url) for url in urls]
    print(table(("server", "longest stall: plain", "stillroom", "times shorter"), rows))


def measure(server_url: str) -> tuple[str, ...]:
    """The longest wait of another session with both, on one server."""
    ways: tuple[Callable[[Config], None], ...] = (
        lambda config: command.upgrade(config, "head"),
        lambda config: apply.upgrade(config, "head"),
    )
    stalls = []
    with TemporaryDirectory() as folder:
        config = config_for(history(Path(folder), _CHANGE))
        for way in ways:
            with servers.database(server_url) as url:
                fill(url, _ROWS)
                os.environ["CRASH_URL"] = url.render_as_string(hide_password=False)
                with load(url, _ROWS) as waits:
                    blocker = threading.Thread(target=_block, args=[url])
                    blocker.start()
                    time.sleep(0.2)
                    way(config)
                    blocker.join()
                stalls.append(waits.longest)
    plain, mine = stalls
    name = server_url.rpartition("@")[2]
    return name, f"{plain:.2f} s", f"{mine:.2f} s", f"{plain / mine:.1f}"


def _block(url: sa.URL) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT COUNT(*) FROM (SELECT 1 FROM large LIMIT 1) x")
        time.sleep(_SECONDS)
    engine.dispose()
