"""Random groups of ALTERs of one table, run one by one and merged, on a real server."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pymysql
import sqlalchemy as sa

from stillroom.apply.connection import Raw
from stillroom.apply.ddl import combine, live_table
from stillroom.apply.gate import ddl_queue
from stillroom.apply.outcome.definitions import without_counter
from stillroom.apply.server import Server
from stillroom.catalog import Catalog, CatalogError, Session, Target, execute
from tests.support.generators.random_ddl import RandomDDL

_ROWS = 3


@dataclass
class Groups:
    """One database, made twice for each group: changed one by one, and merged."""

    url: str
    tally: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        engine = sa.create_engine(self.url, poolclass=sa.pool.NullPool)
        self._connection = engine.connect()
        dbapi = self._connection.connection.dbapi_connection
        self.raw = Raw(dbapi, engine.dialect)
        found = live_table.target_of(Server.ask(self.raw))
        assert found is not None
        self.target: Target = found
        self.name = f"stillroom_{uuid.uuid4().hex[:10]}"

    def close(self) -> None:
        self.raw.execute("SET foreign_key_checks = 0")
        self.raw.execute(f"DROP DATABASE IF EXISTS {self.name}")
        self._connection.close()

    def try_one(self, random: Random) -> str:
        """Make tables and a group of changes of one of them. Returns what is wrong, or ""."""
        setup, group = self._write(random)
        if len(group) < 2:
            self.tally["too short"] += 1
            return ""
        alone = self._run(setup, group, merging=False)
        together = self._run(setup, group, merging=True)
        if alone == together:
            return ""
        script = "".join(f"{text};\n" for text in (*setup, "-- the group", *group))
        return f"{script}-- one by one:\n{alone}\n-- merged:\n{together}"

    def _write(self, random: Random) -> tuple[list[str], list[str]]:
        """Statements that the catalog takes: some tables with rows, and changes of one."""
        session = Session.default(self.target).with_changes(schema=self.name)
        catalog = Catalog.empty(self.target, self.name)
        writer = RandomDDL(random, self.target, self.name)
        setup: list[str] = []
        for _ in range(random.randrange(2, 6)):
            text = writer.statement(catalog)
            try:
                outcome = execute(catalog, text, session)
            except CatalogError:
                continue
            catalog, session = outcome.catalog, outcome.session
            setup.append(text)
        if not catalog.tables(self.name):
            return setup, []
        table = random.choice(sorted(catalog.tables(self.name)))
        group: list[str] = []
        for _ in range(random.randrange(2, 9)):
            writer.catalog = catalog
            known = catalog.tables(self.name).get(table)
            if known is None:
                break
            text = f"ALTER TABLE `{table}` {writer.clause(known)}"
            if combine.read(text, self.target) is None:
                continue
            try:
                catalog = execute(catalog, text, session).catalog
            except CatalogError:
                # Sometimes what the server will refuse as well.
                if not writer.chance(3):
                    continue
            group.append(text)
        return setup, group

    def _run(self, setup: list[str], group: list[str], *, merging: bool) -> dict[str, Any]:
        raw = self.raw
        raw.execute("SET foreign_key_checks = 0")
        raw.execute(f"DROP DATABASE IF EXISTS {self.name}")
        raw.execute(f"CREATE DATABASE {self.name}")
        raw.execute(f"USE {self.name}")
        raw.execute("SET foreign_key_checks = 1")
        for text in setup:
            self._try(text)
        self._fill()
        if not merging:
            failed = next((text for text in group if self._try(text)), None)
            return self._picture(failed)
        failed = None
        for segment in ddl_queue.cut(raw, group, self.target):
            self.tally["merged" if segment.combined else "alone"] += segment.end - segment.start
            refused = self._try(segment.text)
            if refused and segment.combined:
                self.tally[f"refused {refused.args[0]}"] += 1
                part = group[segment.start : segment.end]
                failed = next((text for text in part if self._try(text)), None)
            elif refused:
                failed = segment.text
            if failed:
                break
        return self._picture(failed)

    def _try(self, text: str) -> pymysql.MySQLError | None:
        try:
            self.raw.execute(text)
        except pymysql.MySQLError as refusal:
            return refusal
        return None

    def _tables(self) -> list[str]:
        return [
            str(row[0]) for row in self.raw.execute("SHOW FULL TABLES WHERE Table_type LIKE 'B%'")
        ]

    def _fill(self) -> None:
        """A few rows, as far as defaults make them."""
        self.raw.execute("SET SESSION sql_mode = '', timestamp = 1000000000")
        for table in self._tables():
            for _ in range(_ROWS):
                self._try(f"INSERT IGNORE INTO `{table}` () VALUES ()")
        self.raw.execute("SET SESSION sql_mode = DEFAULT")
        self.raw.commit()

    def _picture(self, failed: str | None) -> dict[str, Any]:
        found: dict[str, Any] = {"failed": failed}
        for table in self._tables():
            # Without AUTO_INCREMENT: a copy takes back numbers that refused rows have used up.
            text = str(self.raw.execute(f"SHOW CREATE TABLE `{table}`")[0][1])
            found[table] = without_counter(text)
            rows = self.raw.execute(f"SELECT * FROM `{table}`")
            found[f"{table}: rows"] = sorted(map(repr, rows))
        self.raw.commit()
        return found
