"""New NOT NULL columns on a table with rows: the rows get what the model says."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import mysql

from stillroom.authoring.request import Request
from stillroom.catalog import Target
from stillroom.drift import CLEAN
from stillroom.errors import StillroomError
from tests.support.generators.mutations import project
from tests.support.replays import check, write
from tests.support.tables import target_of

ROWS = 1000


class Color(enum.Enum):
    """An enum of Python's."""

    RED = "red"
    BLUE = "blue"


class Upper(sa.TypeDecorator[str]):
    """Kept in capitals."""

    impl = sa.String(20)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value.upper() if value else value


TEXT = 'it\'s 100% "a:b" :c \\ 名'
UUID = uuid.UUID("12345678-1234-5678-1234-567812345678")
# Type -> the model's default, and what the rows hold if that is read as something else.
SCALARS: dict[str, tuple[Any, Any]] = {
    "string": (sa.String(60), TEXT),
    "empty": (sa.String(10), ""),
    "char": (mysql.CHAR(60), TEXT),
    "text": (sa.Text(), TEXT),
    "longtext": (mysql.LONGTEXT(), TEXT),
    "unicode": (sa.Unicode(20), "名"),
    "own": (Upper(), "ABC"),
    "integer": (sa.Integer(), -7),
    "zero": (sa.Integer(), 0),
    "unsigned": (mysql.INTEGER(unsigned=True), 4_000_000_000),
    "bigint": (sa.BigInteger(), 2**62),
    "smallint": (sa.SmallInteger(), 3),
    "tinyint": (mysql.TINYINT(), -3),
    "yes": (sa.Boolean(), True),
    "no": (sa.Boolean(), False),
    "numeric": (sa.Numeric(10, 2), Decimal("1.50")),
    "decimal": (mysql.DECIMAL(30, 10), Decimal("-12345678901234567890.0123456789")),
    "float": (sa.Float(), 1.5),
    "double": (sa.Double(), 1e-9),
    "date": (sa.Date(), dt.date(2020, 2, 29)),
    "datetime": (sa.DateTime(), dt.datetime(2020, 2, 29, 1, 2, 3)),
    "fraction": (mysql.DATETIME(fsp=6), dt.datetime(2020, 2, 29, 1, 2, 3, 456)),
    "timestamp": (sa.TIMESTAMP(), dt.datetime(2020, 2, 28, 1, 2, 3)),
    "time": (sa.Time(), dt.time(1, 2, 3)),
    "year": (mysql.YEAR(), 1999),
    "enum": (sa.Enum("new", "it's"), "it's"),
    "python_enum": (sa.Enum(Color), Color.BLUE),
    "set": (mysql.SET("a", "b"), {"a", "b"}),
    "json": (sa.JSON(), {"a": [1, "it's 100%", None]}),
    "json_list": (sa.JSON(), []),
    "binary": (sa.LargeBinary(), b"\x00\xff'%"),
    "varbinary": (sa.VARBINARY(20), b"abc"),
    "uuid": (sa.Uuid(), UUID),
    "interval": (sa.Interval(), dt.timedelta(hours=2)),
}
MOMENTS: dict[str, Any] = {
    "now_datetime": sa.DateTime(),
    "now_fraction": mysql.DATETIME(fsp=3),
    "now_timestamp": sa.TIMESTAMP(),
    "now_timestamp_6": mysql.TIMESTAMP(fsp=6),
}
SERVER: dict[str, tuple[Any, Any, Any]] = {
    "server_string": (sa.String(20), "it's", "it's"),
    "server_text": (sa.Text(), sa.text("('it''s')"), "it's"),
    "server_json": (sa.JSON(), sa.text("('{}')"), {}),
    "server_int": (sa.Integer(), sa.text("7"), 7),
    "server_bool": (sa.Boolean(), sa.true(), True),
    "server_date": (sa.Date(), "2020-01-01", dt.date(2020, 1, 1)),
}
# Type, and the SQL that its writer answers with; the default is a function.
FILLED: dict[str, tuple[Any, str, Any]] = {
    "slug": (sa.String(30), "concat('u:', id)", lambda number: f"u:{number}"),
    "token": (sa.Uuid(), f"'{UUID.hex}'", lambda _: UUID),
    "data": (sa.JSON(), "'[1]'", lambda _: [1]),
    "story": (sa.Text(), "'100% a:b :c'", lambda _: "100% a:b :c"),
    "day": (sa.Date(), "'2020-01-01'", lambda _: dt.date(2020, 1, 1)),
    "amount": (sa.Numeric(10, 2), "id / 4", lambda number: Decimal(number) / 4),
    "state": (sa.Enum("new", "old"), "'old'", lambda _: "old"),
}


def models(*, new: bool) -> sa.MetaData:
    metadata = sa.MetaData()
    columns: list[sa.Column[Any]] = []
    filled: list[sa.Column[Any]] = []
    if new:
        columns += [sa.Column(n, t, default=d, nullable=False) for n, (t, d) in SCALARS.items()]
        columns += [
            sa.Column(n, t, default=sa.func.now(), nullable=False) for n, t in MOMENTS.items()
        ]
        columns += [
            sa.Column(n, t, server_default=d, nullable=False) for n, (t, d, _) in SERVER.items()
        ]
        filled = [
            sa.Column(n, t, default=lambda: None, nullable=False) for n, (t, *_) in FILLED.items()
        ]
    for name, more in (("thing", columns), ("filled", filled)):
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *more)
    return metadata


@pytest.fixture
def config(database: sa.URL, tmp_path: Path) -> Config:
    """A project at its first revision, with rows."""
    found = project(tmp_path / "alembic", models(new=False), target_of(database))
    upgrade(found, database)
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        for table in models(new=False).tables.values():
            rows = [{"id": number} for number in range(1, ROWS + 1)]
            connection.execute(table.insert(), rows)
    engine.dispose()
    return found


def upgrade(config: Config, url: sa.URL) -> None:
    config.attributes["url"] = url
    command.upgrade(config, "head")
    del config.attributes["url"]


def test_rows_hold_the_defaults_of_the_models(
    config: Config, database: sa.URL, tmp_path: Path
) -> None:
    metadata = models(new=True)
    config.attributes["metadata"] = metadata
    with pytest.raises(StillroomError, match=r"filled\.slug is NOT NULL, and its default is a"):
        write(config, Request("defaults"), cache=tmp_path / "cache")
    fills = {f"filled.{name}": value for name, (_, value, _) in FILLED.items()}
    written = write(config, Request("defaults", fills=fills), cache=tmp_path / "cache")
    assert written is not None
    upgrade(config, database)
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO thing (id) VALUES (5000)")  # by the old code
        rows = connection.execute(metadata.tables["thing"].select()).mappings().all()
        filled = connection.execute(metadata.tables["filled"].select()).mappings().all()
        now = connection.exec_driver_sql("SELECT NOW()").scalar_one()
    engine.dispose()
    assert len(rows) == ROWS + 1
    assert len(filled) == ROWS
    expected = {name: default for name, (_, default) in SCALARS.items()}
    expected |= {name: value for name, (_, _, value) in SERVER.items()}
    for row in rows:
        assert {name: row[name] for name in expected} == expected
        for name in MOMENTS:
            assert abs(row[name] - now) < dt.timedelta(minutes=5)
    for row in filled:
        assert {name: row[name] for name in FILLED} == {
            name: value(row["id"]) for name, (_, _, value) in FILLED.items()
        }
    target = Target.parse(target_of(database))
    verdict = check(config, metadata, target=target, cache=tmp_path / "cache")
    assert verdict.status == CLEAN, (verdict.reason, verdict.findings)
