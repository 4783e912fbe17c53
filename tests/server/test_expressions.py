"""Random expressions: canonical() and real servers print the same.

STILLROOM_EXAMPLES says how many each usage gets on each server, STILLROOM_SEED which ones.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from stillroom.catalog.errors import DDLError, Unsupported
from stillroom.catalog.expressions import ColumnShape, Scope, canonical
from stillroom.catalog.parser.statements import parse
from stillroom.catalog.parser.syntax import ColumnSpec, CreateTable, Raw
from stillroom.catalog.target import Target
from tests.support.generators.random_expressions import KINDS, random_expression

EXAMPLES = int(os.environ.get("STILLROOM_EXAMPLES", "100"))
SEED = os.environ.get("STILLROOM_SEED", "1")

TYPES = {
    "a": "int",
    "b": "int",
    "u": "int unsigned",
    "big": "bigint",
    "d": "decimal(10,2)",
    "f": "double",
    "flag": "tinyint(1)",
    "s": "varchar(50)",
    "c": "char(10)",
    "en": "enum('a','b')",
    "dt": "datetime",
    "da": "date",
    "ti": "time",
    "j": "json",
    "vb": "varbinary(20)",
    "l1": "varchar(20) character set latin1",
    "s3": "varchar(20) character set utf8mb3",
}
CHARSETS = {"s": "utf8mb4", "c": "utf8mb4", "en": "utf8mb4", "j": "utf8mb4"}
CHARSETS |= {"vb": "binary", "l1": "latin1", "s3": "utf8mb3"}
COLUMNS = {
    name: ColumnShape(CHARSETS.get(name), kind=re.split(r"\W", kind)[0])
    for name, kind in TYPES.items()
}
PRINTED = {
    "check": r"CONSTRAINT `x` CHECK \((.*)\)\n\)",
    "generated": r"\n  `x` [^\n]*? GENERATED ALWAYS AS \((.*)\) VIRTUAL",
    "default": r"\n  `x` varchar\(255\) DEFAULT ([^\n]*?),?\n",
    "key": r"KEY `x` \(\((.*)\)\)\n",
    "partition": r"PARTITION BY HASH \((.*)\)\nPARTITIONS",
}
CLAUSES = {
    "check": ", constraint x check ({}))",
    "generated": ", x varchar(255) as ({}) virtual)",
    "default": ", x varchar(255) default ({}))",
    "key": ", key x (({})))",
    "partition": ") partition by hash ({}) partitions 2",
}


class Server:
    """One real server, asked for its print of an expression."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        version = str(connection.exec_driver_sql("select version()").scalar())
        family = "mariadb" if "MariaDB" in version else "mysql"
        self.target = Target.parse(f"{family} {'.'.join(version.split('.')[:2])}")

    def printed(self, usage: str, text: str) -> str | int:
        """What it prints, or the number of the error."""
        columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
        sql = f"create table t ({columns}{CLAUSES[usage].format(text)}"
        # MariaDB can report an error (4078) for a table that it has made all the same.
        self.connection.exec_driver_sql("drop table if exists t")
        try:
            self.connection.exec_driver_sql(sql.replace("%", "%%"))
        except sa.exc.DBAPIError as error:
            return int(error.orig.args[0]) if error.orig else 0
        found = self.connection.exec_driver_sql("show create table t").one()[1]
        match = re.search(PRINTED[usage], found, re.DOTALL)
        assert match, found
        return match.group(1)


@pytest.fixture(scope="module")
def server(server_url: str) -> Iterator[Server]:
    database = f"expr_{os.getpid()}"
    engine = sa.create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"create database {database} character set utf8mb4")
        connection.exec_driver_sql(f"use {database}")
        try:
            yield Server(connection)
        finally:
            connection.exec_driver_sql(f"drop database {database}")


def is_constant(text: str, target: Target) -> bool:
    """Whether a DEFAULT is none for this module: the grammar takes it out of its parentheses."""
    table = parse(f"CREATE TABLE t (x TEXT DEFAULT ({text}))", target)
    assert isinstance(table, CreateTable)
    (column,) = table.elements
    return isinstance(column, ColumnSpec) and not isinstance(column.default, Raw)


def compare(server: Server, usage: str, text: str) -> str:
    """``equal``, ``refused`` here, or ``error`` on the server; fails if the prints differ."""
    if usage == "default" and is_constant(text, server.target):
        return "plain"
    printed = server.printed(usage, text)
    scope = Scope(server.target, usage, COLUMNS, subject="x", table="t")
    try:
        ours: str | int = canonical(text, scope)
    except Unsupported:
        return "refused"
    except DDLError as error:
        ours = error.number
    if isinstance(printed, int) and isinstance(ours, str):
        return "error"  # of types, mostly: not this module's to know
    assert ours == printed, text
    return "equal"


@pytest.mark.parametrize("usage", KINDS)
def test_prints_what_the_server_prints(server: Server, usage: str) -> None:
    if usage == "key" and server.target.mariadb:
        pytest.skip("MariaDB has no functional keys")
    chance = random.Random(f"{SEED} {usage}")  # noqa: S311
    texts = {random_expression(chance, KINDS[usage]) for _ in range(EXAMPLES)}
    counts = Counter(compare(server, usage, text) for text in sorted(texts))
    print(server.target, usage, dict(counts))
    assert counts["equal"] > len(texts) / 2
