"""Take one public history to its head with Stillroom, and die at a DDL statement if asked.

Runs with the Python of that project's own environment, started by cuts.py:

    cut_worker.py NAME URL STATEMENT OUT.json

STATEMENT counts DDL statements from 1; odd ones are cut before the server gets them, even ones
after they are done. 0: none is cut.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import tomllib
from contextlib import ExitStack
from pathlib import Path

import worker  # type: ignore[import-not-found]
from sqlalchemy import NullPool, create_engine

from stillroom import apply
from stillroom.apply.events import Event, StatementDone, StatementStarted
from stillroom.apply.statements import Kind, classify
from stillroom.errors import StillroomError


class Scissors:
    """Counts DDL statements, and kills this process at one of them."""

    def __init__(self, statement: int) -> None:
        self.statement = statement
        self.count = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, StatementStarted) and classify(event.text).kind is Kind.DDL:
            self.count += 1
            self._cut(odd=True)
        elif isinstance(event, StatementDone) and not event.skipped:
            self._cut(odd=False)

    def _cut(self, *, odd: bool) -> None:
        if self.statement and self.count == self.statement and self.statement % 2 == odd:
            os.kill(os.getpid(), signal.SIGKILL)


def main(name: str, url: str, statement: str, out: str) -> None:
    worker.make_order_repeatable()
    history = tomllib.loads((worker.HERE / "histories.toml").read_text())[name]
    scissors = Scissors(int(statement))
    with ExitStack() as stack:
        config = worker.make_config(stack, history, name, url)
        try:
            apply.upgrade(config, "heads", listener=scissors)
        except StillroomError as failure:
            Path(out).write_text(json.dumps({"error": str(failure)}))
            return
    Path(out).write_text(json.dumps({"statements": scissors.count, "tables": _tables(url)}))


def _tables(url: str) -> dict[str, list[object]]:
    """Definition and number of rows of every table: rows may hold the time and random keys."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        names = connection.exec_driver_sql("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
        return {
            table: [
                connection.exec_driver_sql(f"SHOW CREATE TABLE `{table}`").one()[1],
                connection.exec_driver_sql(f"SELECT COUNT(*) FROM `{table}`").scalar(),  # noqa: S608
            ]
            for table, _ in names.all()
        }


if __name__ == "__main__":
    logging.getLogger().setLevel(logging.ERROR)
    main(*sys.argv[1:])
