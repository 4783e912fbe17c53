"""Six changes of one large table, each of which copies it: plain Alembic, and merged.

On the servers of STILLROOM_TEST_URLS, else on one that is started for it. The table has
STILLROOM_ROWS rows (default 1,000,000).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config

from benchmarks._timing import table
from stillroom import apply
from tests.support import servers
from tests.support.crashes import config_for
from tests.support.generators.large import fill, history

_CHANGES = (
    'op.alter_column("large", "number", existing_type=sa.Integer, type_=sa.BigInteger)',
    'op.alter_column("large", "name", existing_type=sa.String(60), type_=sa.String(400))',
    'op.alter_column("large", "price", existing_type=sa.Numeric, type_=sa.Numeric(14, 4))',
    'op.alter_column("large", "code", existing_type=sa.CHAR(10), type_=sa.CHAR(20))',
    'op.alter_column("large", "note", existing_type=sa.Text, type_=mysql.MEDIUMTEXT)',
    'op.alter_column("large", "at", existing_type=sa.DateTime, type_=mysql.DATETIME(fsp=6))',
)


def main() -> None:
    with servers.all_urls() as urls:
        rows = [measure(url) for url in urls]
    print(table(("server", "plain", "stillroom", "times faster", "same table"), rows))


def measure(server_url: str) -> tuple[str, ...]:
    """Seconds of both on one server, and whether the tables are the same."""
    ways: tuple[Callable[[Config], None], ...] = (
        lambda config: command.upgrade(config, "head"),
        lambda config: apply.upgrade(config, "head", options=apply.Options(allow_lock=True)),
    )
    seconds, tables = [], []
    with TemporaryDirectory() as folder:
        config = config_for(history(Path(folder), *_CHANGES))
        for way in ways:
            with servers.database(server_url) as url:
                fill(url)
                os.environ["CRASH_URL"] = url.render_as_string(hide_password=False)
                began = time.perf_counter()
                way(config)
                seconds.append(time.perf_counter() - began)
                tables.append(servers.show_create(url)["large"])
    plain, mine = seconds
    same = "yes" if tables[0] == tables[1] else "NO"
    name = server_url.rpartition("@")[2]
    return name, f"{plain:.1f} s", f"{mine:.1f} s", f"{plain / mine:.1f}", same
