"""A real server beside a catalog: the same statements to both, and what differs afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import pymysql  # type: ignore[import-untyped, unused-ignore]
from pymysql.constants import CLIENT  # type: ignore[import-untyped, unused-ignore]

from stillroom.catalog import Catalog, DDLError, Outcome, Session, Target, Unsupported, execute

ACCEPTED = 0


@dataclass
class Difference:
    """One statement on which server and catalog disagree, with all that led to it."""

    statements: list[str]
    server: str
    catalog: str
    both_refuse: bool = False

    def __str__(self) -> str:
        script = "".join(f"{text};\n" for text in self.statements)
        return f"{script}-- server:\n{self.server}\n-- catalog:\n{self.catalog}"


@dataclass
class Counts:
    """What came of the statements of a run."""

    accepted: int = 0
    refused: int = 0
    unsupported: list[str] = field(default_factory=list)


class Oracle:
    """A fresh database on a server and a catalog of the same target, in step."""

    def __init__(self, url: str, schema: str | None = None) -> None:
        address = url.split("://", 1)[1].rstrip("/")
        account, _, place = address.rpartition("@")
        host, _, port = place.partition(":")
        user, _, password = account.partition(":")
        self.connection = pymysql.connect(
            host=host,
            port=int(port or 3306),
            user=user or "root",
            password=password,
            autocommit=True,
            charset="utf8mb4",
            client_flag=CLIENT.MULTI_STATEMENTS,
        )
        self.cursor = self.connection.cursor()
        self.cursor.execute("SELECT VERSION()")
        version = self.cursor.fetchone()[0]
        family = "mariadb" if "MariaDB" in version else "mysql"
        self.target = Target.parse(f"{family} {'.'.join(version.split('.')[:2])}")
        self.schema = schema or f"zz_cat_{uuid.uuid4().hex[:8]}"
        self.sent: list[str] = []
        self.tally = Counts()
        self.reset()

    def reset(self) -> None:
        """Empty both."""
        fresh = Session.default(self.target)
        self.cursor.execute(f"SET NAMES utf8mb4 COLLATE {fresh.collation}")
        self.cursor.execute("SET foreign_key_checks=0, sql_mode=DEFAULT")
        self.cursor.execute(f"DROP DATABASE IF EXISTS {self.schema}")
        self.cursor.execute(f"CREATE DATABASE {self.schema}")
        self.cursor.execute(f"USE {self.schema}")
        self.cursor.execute("SET foreign_key_checks=1")
        self.catalog = Catalog.empty(self.target, self.schema)
        self.session = fresh.with_changes(schema=self.schema)
        self.sent = []
        self.known: dict[str, str] = {}

    def close(self) -> None:
        self.cursor.execute("SET foreign_key_checks=0")
        self.cursor.execute(f"DROP DATABASE IF EXISTS {self.schema}")
        self.connection.close()

    def tables(self) -> dict[str, str]:
        """SHOW CREATE TABLE of every table, by name."""
        self.cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = %s AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')",
            (self.schema,),
        )
        found = {}
        for (name,) in self.cursor.fetchall():
            quoted = name.replace("`", "``")
            self.cursor.execute(f"SHOW CREATE TABLE `{quoted}`")
            found[name] = self.cursor.fetchone()[1]
        return found

    def run(self, statement: str) -> Difference | None:
        """Send one statement to both. None if they agree, or if the catalog knows its limits."""
        self.sent.append(statement)
        ours, outcome, message = self._ours(statement)
        theirs, refusal = self._theirs(statement)
        if theirs == ACCEPTED:
            self.tally.accepted += 1
        else:
            self.tally.refused += 1
        if ours is None:
            self.tally.unsupported.append(message)
            if theirs == ACCEPTED or self._compare() is not None:
                raise Diverged(message)  # MariaDB may change a table although it refuses
            return None
        if ours != theirs:
            return Difference(
                list(self.sent),
                refusal or "accepted",
                message or "accepted",
                both_refuse=ACCEPTED not in (ours, theirs),
            )
        if outcome is not None:
            self.catalog, self.session = outcome.catalog, outcome.session
        return self._compare()

    def _ours(self, statement: str) -> tuple[int | None, Outcome | None, str]:
        try:
            return ACCEPTED, execute(self.catalog, statement, self.session), ""
        except DDLError as error:
            return error.number, None, str(error)
        except Unsupported as error:
            return None, None, str(error)

    def _theirs(self, statement: str) -> tuple[int, str]:
        try:
            self.cursor.execute(statement)
        except pymysql.MySQLError as error:
            return error.args[0], str(error)
        return ACCEPTED, ""

    def _compare(self) -> Difference | None:
        theirs = self.tables()
        ours = {
            name: table.create_statement for name, table in self.catalog.tables(self.schema).items()
        }
        if theirs == ours:
            return None
        names = sorted(name for name in {*theirs, *ours} if theirs.get(name) != ours.get(name))
        return Difference(
            list(self.sent),
            "\n".join(theirs.get(name, f"no {name}") for name in names),
            "\n".join(ours.get(name, f"no {name}") for name in names),
        )


class Diverged(Exception):
    """The server changed what the catalog does not know: start again from nothing."""


def differences(url: str, scripts: Sequence[Sequence[str]]) -> list[Difference]:
    """Run scripts, each in a fresh database, up to the first difference in each."""
    oracle = Oracle(url)
    found = []
    try:
        for script in scripts:
            oracle.reset()
            for statement in script:
                difference = oracle.run(statement)
                if difference is not None:
                    found.append(difference)
                    break
    finally:
        oracle.close()
    return found
