"""For a project on SQLite, a database in memory stands in for its file."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from stillroom.errors import CannotTell
from stillroom.replay import server as offline


def test_engines_reach_one_database_and_make_no_file(tmp_path: Path) -> None:
    before = sa.create_engine(f"sqlite:///{tmp_path}/app.db")
    with offline.standing_in(offline.SQLiteCatalog()) as server:
        after = sa.create_engine(f"sqlite+pysqlite:///{tmp_path}/app.db")
        with before.begin() as first, after.connect() as second:
            first.execute(sa.text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
            first.execute(sa.text("INSERT INTO a DEFAULT VALUES"))
            assert second.scalar(sa.text("SELECT COUNT(*) FROM a")) == 1
        assert sa.inspect(after).get_table_names() == ["a"]
    assert server.catalog.tables() == {"a": "CREATE TABLE a (id INTEGER PRIMARY KEY)"}
    assert list(tmp_path.iterdir()) == []
    with before.connect() as connection, pytest.raises(sa.exc.OperationalError):
        connection.execute(sa.text("SELECT * FROM a"))


def test_async_engine(tmp_path: Path) -> None:
    async def create() -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/app.db")
        async with engine.begin() as connection:
            await connection.execute(sa.text("CREATE TABLE a (id INTEGER)"))
        await engine.dispose()

    with offline.standing_in(offline.SQLiteCatalog()) as server:
        asyncio.run(create())
    assert "a" in server.catalog.tables()


def test_catalog_is_a_value() -> None:
    with offline.standing_in(offline.SQLiteCatalog()) as server:
        engine = sa.create_engine("sqlite://")
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE a (id INTEGER)"))
        first = server.catalog
        with engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE a"))
        assert server.catalog.tables() == {}
    with offline.standing_in(first) as again:
        assert again.catalog.show_create_table("a") == "CREATE TABLE a (id INTEGER)"


def test_other_kinds_of_server_are_refused() -> None:
    with offline.standing_in(offline.SQLiteCatalog()):
        engine = sa.create_engine("mysql+pymysql://u@127.0.0.1:1/app")
        with pytest.raises(CannotTell, match="mysql"):
            engine.connect()
