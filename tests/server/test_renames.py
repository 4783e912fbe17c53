"""What was renamed keeps its rows, said at a terminal or on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from stillroom.authoring.renames.questions import Questioner
from stillroom.authoring.request import Request
from tests.support import sqlite
from tests.support.generators.mutations import project as made
from tests.support.projects import UserProject, verb_command
from tests.support.replays import write
from tests.support.tables import created, tables, target_of
from tests.support.terminals import answered

RENAMES = "user:member article.title:headline"


@pytest.mark.parametrize("way", ["terminal", "flag"])
def test_rows_stay(project: UserProject, database: sa.URL, way: str) -> None:
    url = database.render_as_string(hide_password=False)
    assert project.verb("upgrade", DB_URL=url).code == 0
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO user (name, create_time) VALUES ('Ann', now())")
        connection.exec_driver_sql(
            "INSERT INTO article (uuid, title, content) VALUES ('u', '标题', 'c')"
        )
    project.replace("app/models/user.py", '__tablename__ = "user"', '__tablename__ = "member"')
    project.replace("app/models/article.py", "    title:", "    headline:")
    if way == "terminal":
        revision = verb_command("revision", "-m", "rename")
        done = answered(project.root, revision, b"maybe\ny\ny\n", DB_URL=url)
        assert done.code == 0, done.err
        said = done.err
        assert said.count("Was table user renamed to member? [y/n] ") == 2
        assert "Was article.title renamed to headline? [y/n/2: in two steps] " in said
    else:
        done = project.verb("revision", "-m", "rename", "--rename", RENAMES, DB_URL=url)
        assert done.code == 0, done.err
    for verb, *arguments in (
        ("upgrade",),
        ("downgrade", "--", "-1"),
        ("upgrade",),
    ):
        done = project.verb(verb, *arguments, DB_URL=url)
        assert done.code == 0, done.err
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT name FROM member").scalars().all() == ["Ann"]
        found = connection.exec_driver_sql("SELECT headline FROM article").scalars().all()
    engine.dispose()
    assert found == ["标题"]


def priced(name: str) -> sa.MetaData:
    """A table whose CHECK and generated column name the column of that name."""
    metadata = sa.MetaData()
    sa.Table(
        "thing",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(name, sa.Integer, nullable=False),
        sa.Column("more", sa.Integer, sa.Computed(f"{name} + 1")),
        sa.Column("title", sa.String(20)),
        sa.CheckConstraint(f"{name} > 0 OR title = '`old_price` is 100%'", name="ck_price"),
        sa.Index("ix_price", name),
    )
    return metadata


def test_what_names_a_column_follows_it(server_url: str, database: sa.URL, tmp_path: Path) -> None:
    config = made(tmp_path / "alembic", priced("old_price"), target_of(database))
    config.attributes["metadata"] = priced("price")
    request = Request("rename", questioner=Questioner({"thing.old_price": "price"}, ()))
    assert write(config, request, cache=tmp_path / "cache") is not None
    path = tmp_path / "a.db"
    for url in (database, sa.make_url(f"sqlite:///{path}")):
        config.attributes["url"] = url
        command.upgrade(config, "1")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO thing (id, old_price) VALUES (1, 5)")
        for verb, revision in (("upgrade", "head"), ("downgrade", "-1"), ("upgrade", "head")):
            getattr(command, verb)(config, revision)
        with engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT price, more FROM thing").all()
        engine.dispose()
        assert rows == [(5, 6)]
    assert tables(database, ordered=False) == created(server_url, priced("price"))
    assert sqlite.tables(path) == sqlite.created(priced("price"))
