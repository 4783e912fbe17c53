"""A revision of 200 small DDL statements: plain Alembic, and with lock, journal and preflight."""

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
    print(table(("server", "plain", "stillroom", "ratio (median of rounds)"), rows))


def measure(server_url: str) -> tuple[str, ...]:
    """Median seconds of both, in turns, on one server."""
    ways: dict[str, Callable[[Config], None]] = {
        "plain": lambda config: command.upgrade(config, "head"),
        "stillroom": lambda config: apply.upgrade(config, "head"),
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
    pairs = zip(seconds["stillroom"], seconds["plain"], strict=True)
    ratio = statistics.median(mine / plain for mine, plain in pairs)
    medians = [f"{min(values):.2f} s" for values in seconds.values()]
    return server_url.rpartition("@")[2], *medians, f"{ratio:.2f}"
