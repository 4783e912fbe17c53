"""What Alembic cannot see or crashes at, written for tables with rows and run on a server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.dialects import mysql

from stillroom.authoring.request import Request
from tests.support.generators.mutations import project
from tests.support.replays import write
from tests.support.tables import created, tables, target_of

Make = Callable[[sa.MetaData], object]


def table(name: str, *columns: Callable[[], sa.schema.SchemaItem]) -> Make:
    return lambda metadata: sa.Table(name, metadata, *(column() for column in columns))


def integer(name: str, **options: Any) -> Callable[[], sa.Column[int]]:
    return lambda: sa.Column(name, sa.Integer, **options)


def key(name: str, other: str) -> Callable[[], sa.Column[int]]:
    return lambda: sa.Column(name, sa.ForeignKey(other, name=f"fk_{name}"))


ID = integer("id", primary_key=True)
A = integer("a")
QUOTED = ("it's", "'x'", "x'", "'", "a''b", '"q"', "%'", "':x", "\\'")
# The models before and after; the rows; and what a query gives behind the upgrade.
CASES: dict[str, tuple[list[Make], list[Make], str, str, object]] = {
    "computed": (
        [
            table(
                "t", ID, A, lambda: sa.Column("s", sa.Integer, sa.Computed("a + 1", persisted=True))
            )
        ],
        [
            table(
                "t",
                ID,
                A,
                lambda: sa.Column("s", sa.BigInteger, sa.Computed("a + 1", persisted=True)),
            )
        ],
        "INSERT INTO t (a) VALUES (1), (2)",
        "SELECT MAX(s) FROM t",
        3,
    ),
    "computed otherwise": (
        [table("t", ID, A, lambda: sa.Column("s", sa.Integer, sa.Computed("a + 1")))],
        [table("t", ID, A, lambda: sa.Column("s", sa.BigInteger, sa.Computed("a + 2")))],
        "INSERT INTO t (a) VALUES (1), (2)",
        "SELECT MAX(s) FROM t",
        4,
    ),
    "quoted defaults": (
        [table("t", ID)],
        [
            table(
                "t",
                ID,
                *(
                    lambda n=n, d=d: sa.Column(f"c{n}", sa.String(9), server_default=d)
                    for n, d in enumerate(QUOTED)
                ),
            )
        ],
        "INSERT INTO t () VALUES (), ()",
        "SELECT CONCAT_WS('|', c0, c1, c2, c3, c4, c5, c6, c7, c8) FROM t LIMIT 1",
        "|".join(QUOTED),
    ),
    "circle": (
        [table("x", ID, key("y", "y.id")), table("y", ID, key("x", "x.id")), table("z", ID)],
        [table("z", ID)],
        "INSERT INTO x (y) VALUES (NULL)",
        "SELECT COUNT(*) FROM z",
        0,
    ),
    "case": (
        [
            table(
                "t",
                ID,
                A,
                lambda: sa.Index("ix", "a"),
                lambda: sa.CheckConstraint("a > 0", name="c"),
            )
        ],
        [
            table(
                "t",
                ID,
                integer("A"),
                lambda: sa.Index("ix", "A"),
                lambda: sa.CheckConstraint("A > 0", name="c"),
            )
        ],
        "INSERT INTO t (a) VALUES (7)",
        "SELECT A FROM t",
        7,
    ),
    "numbered": (
        [table("t", A)],
        [table("t", A, ID)],
        "INSERT INTO t (a) VALUES (5), (6), (7)",
        "SELECT GROUP_CONCAT(id ORDER BY id) FROM t",
        "1,2,3",
    ),
    "numbered for a composite key": (
        [
            table(
                "t",
                integer("a", primary_key=True, autoincrement=False),
                integer("b", primary_key=True, autoincrement=False),
            )
        ],
        [
            table(
                "t",
                ID,
                integer("a", nullable=False),
                integer("b", nullable=False),
                lambda: sa.UniqueConstraint("a", "b", name="u"),
            )
        ],
        "INSERT INTO t (a, b) VALUES (5, 1), (6, 1), (7, 1)",
        "SELECT GROUP_CONCAT(id ORDER BY id) FROM t",
        "1,2,3",
    ),
    "nullable default": (
        [table("t", ID)],
        [
            table(
                "t",
                ID,
                integer("views", default=3),
                lambda: sa.Column("story", sa.Text, default="once: 5%"),
                lambda: sa.Column("kind", mysql.ENUM("x", "y"), default="y"),
            )
        ],
        "INSERT INTO t () VALUES (), ()",
        "SELECT CONCAT_WS('|', views, story, kind) FROM t LIMIT 1",
        "3|once: 5%|y",
    ),
}
KEPT = {"nullable default"}  # defaults that the models' own tables do not have


def metadata_of(makes: list[Make]) -> sa.MetaData:
    metadata = sa.MetaData()
    for make in makes:
        make(metadata)
    return metadata


@pytest.mark.parametrize("name", CASES)
def test_it_runs_on_rows(server_url: str, database: sa.URL, tmp_path: Path, name: str) -> None:
    before, after, rows, query, answer = CASES[name]
    metadata = metadata_of(after)
    config = project(tmp_path / "alembic", metadata_of(before), target_of(database))
    config.attributes.update(metadata=metadata, url=database)
    command.upgrade(config, "head")
    was = tables(database, ordered=True)
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        connection.exec_driver_sql(rows)
    del config.attributes["url"]
    assert write(config, Request(name), cache=tmp_path / "cache") is not None
    config.attributes["url"] = database
    command.upgrade(config, "head")
    with engine.connect() as connection:
        assert connection.exec_driver_sql(query.replace("%", "%%")).scalar() == answer
    engine.dispose()
    if name not in KEPT:
        assert tables(database, ordered=False) == created(server_url, metadata)
    command.downgrade(config, "-1")
    assert tables(database, ordered=True) == was
