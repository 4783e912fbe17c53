"""A revision of 200 small DDL statements: plain Alembic, and with lock, journal and preflight.

"singly" sends each statement by itself, as plain Alembic does: what it takes longer is the price
of lock, journal and preflight. "merging" also looks which of them can be one ALTER.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config

from benchmarks._timing import table
from stillroom import apply
from tests.support import servers
from tests.support.crashes import HISTORY, config_for

_HEAD = ("server", "plain", "singly", "merging", "singly : plain", "merging : plain")
STATEMENTS = 200
ROUNDS = 9
_REVISION = f"""
import sqlalchemy as sa
from alembic import op

revision, down_revision = "many", None


def upgrade():
    for number in range({STATEMENTS} // 4):
        op.create_table(f"t{{number}}", sa.Column("id", sa.Integer, primary_key=True))
        op.add_column(f"t{{number}}", sa.Column("name", sa.String(40)))
        op.create_index(f"ix_{{number}}", f"t{{number}}", ["name"])
        op.alter_column(f"t{{number}}", "name", existing_type=sa.String(40), nullable=False)
"""


def main() -> None:
    with servers.all_urls() as urls:
        rows = [measure(url) for url in urls]
    print(table(_HEAD, rows))
    print("Ratios to plain Alembic are medians of rounds, seconds are of the fastest.")


def measure(server_url: str) -> tuple[str, ...]:
    """All ways in turns on one server."""
    singly = apply.Options(merge=False)
    ways: dict[str, Callable[[Config], None]] = {
        "plain": lambda config: command.upgrade(config, "head"),
        "singly": lambda config: apply.upgrade(config, "head", options=singly),
        "merging": lambda config: apply.upgrade(config, "head"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with TemporaryDirectory() as folder:
        versions = Path(folder) / "versions"
        versions.mkdir()
        (versions / "many.py").write_text(_REVISION)
        (Path(folder) / "env.py").write_text((HISTORY / "env.py").read_text())
        for _ in range(ROUNDS):
            for name, way in ways.items():
                with servers.database(server_url) as url:
                    os.environ["CRASH_URL"] = url.render_as_string(hide_password=False)
                    began = time.perf_counter()
                    way(config_for(Path(folder)))
                    seconds[name].append(time.perf_counter() - began)
    ratios = [
        statistics.median(
            mine / plain for mine, plain in zip(seconds[name], seconds["plain"], strict=True)
        )
        for name in ("singly", "merging")
    ]
    fastest = [f"{min(values):.2f} s" for values in seconds.values()]
    return server_url.rpartition("@")[2], *fastest, *(f"{ratio:.2f}" for ratio in ratios)
