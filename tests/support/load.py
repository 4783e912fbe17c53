"""Readers and writers of one table, in a process of their own, who note how long they waited."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

_PAUSE = 0.005  # seconds between the statements of one session
_ROOT = Path(__file__).parents[2]


@dataclass
class Waits:
    """What the sessions met: the longest wait of reads and writes in seconds, and how many."""

    read: float = 0.0
    write: float = 0.0
    count: int = 0
    refused: int = 0  # deadlocks, and waits for a row that were given up

    @property
    def longest(self) -> float:
        return max(self.read, self.write)


@contextmanager
def load(url: sa.URL, rows: int, readers: int = 2, writers: int = 2) -> Iterator[Waits]:
    """Load on the table ``large`` during the block; the result is complete after it."""
    waits = Waits()
    environment = {**os.environ, "LOAD_URL": url.render_as_string(hide_password=False)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.load", str(rows), str(readers), str(writers)],
        cwd=_ROOT,
        env={**environment, "PYTHONPATH": "scripts"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    try:
        yield waits
    finally:
        out, _ = process.communicate("")
        found = json.loads(out)
        waits.read, waits.write = found["read"], found["write"]
        waits.count, waits.refused = found["count"], found["refused"]


class _Session(threading.Thread):
    """One connection that reads, or writes, until it is told to stop."""

    def __init__(self, engine: sa.Engine, rows: int, over: threading.Event, *, writes: bool):
        super().__init__()
        self.engine, self.rows, self.over, self.writes = engine, rows, over, writes
        self.longest, self.count, self.refused = 0.0, 0, 0

    def run(self) -> None:
        text = (
            "UPDATE large SET price = price + 1 WHERE id = %s"
            if self.writes
            else "SELECT name FROM large WHERE id = %s"
        )
        with self.engine.connect() as connection:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            while not self.over.wait(_PAUSE):
                number = random.randrange(1, self.rows + 1)  # noqa: S311 - no secret
                began = time.perf_counter()
                try:
                    connection.exec_driver_sql(text, (number,))
                except sa.exc.DBAPIError:
                    self.refused += 1
                self.longest = max(self.longest, time.perf_counter() - began)
                self.count += 1


def main(rows: int, readers: int, writers: int) -> None:
    engine = sa.create_engine(os.environ["LOAD_URL"], pool_size=readers + writers)
    over = threading.Event()
    kinds = [False] * readers + [True] * writers
    sessions = [_Session(engine, rows, over, writes=writes) for writes in kinds]
    for session in sessions:
        session.start()
    time.sleep(0.5)
    print("begun", flush=True)
    sys.stdin.read()
    over.set()
    for session in sessions:
        session.join()
    found = {
        "read": max((one.longest for one in sessions if not one.writes), default=0.0),
        "write": max((one.longest for one in sessions if one.writes), default=0.0),
        "count": sum(one.count for one in sessions),
        "refused": sum(one.refused for one in sessions),
    }
    print(json.dumps(found))
    engine.dispose()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
