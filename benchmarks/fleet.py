"""A fleet of databases: one compiled script in threads against plain Alembic, and kills.

On the servers of STILLROOM_TEST_URLS, else on one that is started for it. STILLROOM_FLEET_SIZE is
the number of databases (1,000), STILLROOM_FLEET_KILLS that of killed clients (50, of 20 databases
each). The alternatives run on 20 databases; their time is scaled up. The bare statements, in as
many threads, without lock and journal, show what the server allows. At
STILLROOM_FLEET_SERVER_KILLS moments (10) a server of STILLROOM_SERVER_PROGRAMS dies instead.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from benchmarks._servers import private_server, programs, restart
from benchmarks._timing import table
from stillroom.fleet.connections import connected
from tests.support import servers
from tests.support.projects import CASES, ROOT

SIZE = int(os.environ.get("STILLROOM_FLEET_SIZE", "1000"))
KILLS = int(os.environ.get("STILLROOM_FLEET_KILLS", "50"))
SERVER_KILLS = int(os.environ.get("STILLROOM_FLEET_SERVER_KILLS", "10"))
SAMPLE = 20
STATEMENTS = 10
THREADS = 8
LOOP = """
import os, sys
from alembic import command
from alembic.config import Config
for name in open("tenants.txt").read().split():
    os.environ["SHOP_DB"] = sys.argv[1] + name
    command.upgrade(Config("alembic.ini"), "head")
"""


class Fleet:
    """A project, and databases of its own on a server."""

    def __init__(self, root: Path, server: str, size: int) -> None:
        self.root, self.server = root, server.rstrip("/") + "/"
        prefix = f"fleet_{uuid.uuid4().hex[:8]}"
        self.names = [f"{prefix}_{number:05}" for number in range(size)]
        shutil.copytree(CASES / "generic", root)
        with (root / "alembic.ini").open("a", encoding="utf-8") as ini:
            url = f"{self.server}${{name}}"
            ini.write(f"\n[stillroom]\nfleet = tenants.txt\nfleet_url = {url}\n")
            ini.write("fleet_variable = SHOP_DB\nfleet_waves = rest\n")
        below = "ccc333"
        for number in range(STATEMENTS - 4):  # the three revisions of the case have four
            own = f"add{number}"
            statement = f"ALTER TABLE customer ADD COLUMN c{number} INTEGER"
            if number == 2:  # a server counts on when it has rolled an id of its own back
                statement = "INSERT INTO customer (id, email) VALUES (1, 'once')"
            (root / "migrations/versions" / f"{own}.py").write_text(
                f'from alembic import op\nrevision = "{own}"\ndown_revision = "{below}"\n'
                f'def upgrade():\n    op.execute("{statement}")\n'
            )
            below = own
        self.listed(self.names)

    def listed(self, names: list[str]) -> None:
        """Make these the fleet."""
        (self.root / "tenants.txt").write_text("".join(f"{name}\n" for name in names))

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Start a command of Python in the project."""
        values = {**os.environ, "PYTHONPATH": str(ROOT / "scripts"), **environment}
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=self.root,
            env=values,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, *words: str, **environment: str) -> float:
        """Run one to its end; the seconds that it took."""
        began = time.perf_counter()
        child = self.start(*words, **environment)
        out, _ = child.communicate()
        assert child.returncode == 0, out
        return time.perf_counter() - began

    def bare(self) -> float:
        """Send the statements that Alembic prints to each database; the seconds that it took."""
        printed = self.start("-m", "alembic", "upgrade", "head", "--sql").communicate()[0]
        lines = [line for line in printed.splitlines() if not line.startswith(("--", "INFO"))]
        statements = "\n".join(lines).split(";\n")

        def send(name: str) -> None:
            with connected(sa.make_url(self.server + name), autocommit=True) as raw:
                for statement in filter(str.strip, statements):
                    raw.execute(statement)

        began = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(send, self.names))
        return time.perf_counter() - began

    def contents(self) -> set[tuple[str, ...]]:
        """The tables, rows and revisions of all databases: one entry if all are alike."""
        engine = sa.create_engine(self.server, poolclass=sa.NullPool)
        found = set()
        with engine.connect() as connection:
            for name in self.names:
                connection.exec_driver_sql(f"USE {name}")
                tables = connection.exec_driver_sql("SHOW TABLES").scalars().all()
                texts = [
                    str(row)
                    for table in tables
                    if table != "alembic_version"
                    for asked in (f"SHOW CREATE TABLE {table}", f"SELECT * FROM {table}")  # noqa: S608
                    for row in connection.exec_driver_sql(asked)
                ]
                head = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
                found.add((*texts, str(head.scalar_one())))
        return found


@contextmanager
def fleet(server: str, size: int) -> Iterator[Fleet]:
    """A new fleet; its databases are dropped at the end."""
    with tempfile.TemporaryDirectory() as folder:
        made = Fleet(Path(folder) / "shop", server, size)
        engine = sa.create_engine(server, poolclass=sa.NullPool)
        try:
            with engine.connect() as connection:
                for name in made.names:
                    connection.exec_driver_sql(f"CREATE DATABASE {name}")
            yield made
        finally:
            with engine.connect() as connection:
                for name in made.names:
                    connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")


def main() -> None:
    with servers.all_urls() as urls:
        for url in urls:
            print(f"\n{url.rpartition('@')[2]}: {STATEMENTS} statements", flush=True)
            speed(url)
            kills(url)
    server_kills()


def speed(server: str) -> None:
    """Print the seconds for each way, by database, and the ratio to ours."""
    with fleet(server, SAMPLE) as sample:
        processes = sum(
            sample.run("-m", "alembic", "upgrade", "head", SHOP_DB=sample.server + name)
            for name in sample.names
        )
        expected = sample.contents()
    with fleet(server, SAMPLE) as sample:
        loop = sample.run("-c", LOOP, sample.server)
    with fleet(server, SAMPLE) as sample:
        bare = sample.bare()
        assert sample.contents() == expected
    rows = []
    for size in (SIZE // 100, SIZE // 10, SIZE):
        if size < 1:
            continue
        with fleet(server, size) as whole, watched(server) as most:
            seconds = whole.run("-m", "stillroom", "fleet", "upgrade", f"--parallel={THREADS}")
            assert whole.contents() == expected
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        rows.append(
            (
                f"{size:,}",
                f"{seconds:.1f} s",
                f"{1000 * seconds / size:.0f} ms",
                f"{processes / SAMPLE * size / seconds:.1f} x",
                f"{loop / SAMPLE * size / seconds:.1f} x",
                f"{bare / SAMPLE * size / seconds:.1f} x",
                f"{memory} MB",
                str(most[0]),
            )
        )
    heads = (
        "databases",
        "ours",
        "each",
        "alembic processes",
        "one process",
        "bare statements",
        "memory",
        "connections",
    )
    print(table(heads, rows))


@contextmanager
def watched(server: str) -> Iterator[list[int]]:
    """The largest number of connections that others have to the server meanwhile."""
    most, ended = [0], threading.Event()

    def watch() -> None:
        engine = sa.create_engine(server, poolclass=sa.NullPool)
        with engine.connect() as connection:
            while not ended.wait(0.02):
                row = connection.exec_driver_sql("SHOW STATUS LIKE 'Threads_connected'").one()
                most[0] = max(most[0], int(row[1]) - 1)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        ended.set()
        thread.join()


def kills(server: str) -> None:
    """Kill a client at random moments; `fleet resume` must bring all databases to the head."""
    tell("clients", KILLS, server)


def server_kills() -> None:
    """Kill a server at random moments, and start it again."""
    for program in programs():
        with private_server(program) as server:
            tell("servers", SERVER_KILLS, server.url(), partial(restart, server))


def tell(who: str, times: int, server: str, interrupt: Callable[[], None] | None = None) -> None:
    """Interrupt upgrades at random moments, resume them, and print how many are complete.

    By default their processes are killed.
    """
    good = half = 0
    chance = random.Random(7)  # noqa: S311
    with fleet(server, 20) as whole:
        usual = whole.run("-m", "stillroom", "fleet", "upgrade")
        expected = whole.contents()
    for _ in range(times):
        with fleet(server, 20) as whole:
            child = whole.start("-m", "stillroom", "fleet", "upgrade")
            time.sleep(chance.uniform(0.3, 1.0) * usual)
            (interrupt or child.kill)()
            child.communicate()
            status = whole.start("-m", "stillroom", "fleet", "status")
            half += "half-applied" in status.communicate()[0]
            resumed = whole.start("-m", "stillroom", "fleet", "resume")
            out, _ = resumed.communicate()
            found = whole.contents()
            all_well = resumed.returncode == 0 and found == expected
            good += all_well
            if not all_well:
                print(out, *(found - expected), sep="\n")
    print(f"{who} killed: {times}, {half} left something half-applied; all at head: {good}")


if __name__ == "__main__":
    main()
