"""Each change of the models becomes a revision that a replay proves, with nothing left over."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import mysql

from stillroom.authoring.drafted import Written
from stillroom.authoring.renames.questions import Questioner
from stillroom.authoring.request import Request
from stillroom.catalog import Target
from stillroom.drift import CLEAN
from tests.support import sqlite
from tests.support.generators.mutations import DRIFTS, RENAMES, Models, project
from tests.support.replays import check, write

# The family whose rules are stricter, and one version: the others are tested on real servers.
TARGET = "mysql 9.7"


BIN = {"mysql_collate": "utf8mb4_bin"}
# The type of a column that the models drop, the options of its table -> what a downgrade makes.
DROPPED: dict[str, tuple[Any, dict[str, str], str]] = {
    "inherited": (mysql.ENUM("a", "b"), BIN, "mysql.ENUM('a', 'b')"),
    "inherited text": (sa.String(9), BIN, "mysql.VARCHAR(length=9)"),
    "own": (
        mysql.ENUM("a", charset="latin1", collation="latin1_bin"),
        {},
        "mysql.ENUM('a', charset='latin1', collation='latin1_bin')",
    ),
}


def written(config: Config, metadata: sa.MetaData, name: str = "") -> Written | None:
    """The revision for ``metadata``, and nothing differs after it."""
    folder = Path(str(config.get_main_option("script_location"))).parent
    config.attributes["metadata"] = metadata
    request = Request("change", questioner=Questioner(RENAMES.get(name, {}), ()))
    found = write(config, request, cache=folder / "cache")
    verdict = check(config, metadata, target=Target.parse(TARGET), cache=folder / "c")
    assert verdict.status == CLEAN, (verdict.reason, verdict.findings)
    return found


# Alembic's copy for SQLite tells SQLAlchemy of a new primary key in two ways that differ.
@pytest.mark.filterwarnings("ignore:Table '_alembic_tmp_article' specifies columns")
@pytest.mark.parametrize("name", DRIFTS)
def test_each_change_is_written(tmp_path: Path, name: str) -> None:
    models = Models()
    DRIFTS[name][0](models)
    config = project(tmp_path / "alembic", Models().metadata(), TARGET)
    found = written(config, models.metadata(), name)
    assert found is not None
    assert found.path.parent == tmp_path / "alembic" / "versions"
    assert "auto generated" not in found.path.read_text()
    follows_on_sqlite(config, tmp_path / "a.db", models.metadata(), name)


def follows_on_sqlite(config: Config, path: Path, metadata: sa.MetaData, name: str) -> None:
    """The revision does there what the models say, keeps the rows, and can be taken back."""
    config.attributes["url"] = f"sqlite:///{path}"
    command.upgrade(config, "1")
    before = sqlite.tables(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO article (title, price, author_id) VALUES ('x', 10, 1)")
        connection.commit()
    command.upgrade(config, "head")
    assert sqlite.tables(path) == sqlite.created(metadata)
    if name == "on update":
        with pytest.raises(sa.exc.OperationalError, match='near "ON"'):
            command.downgrade(config, "-1")
        return
    command.downgrade(config, "-1")
    assert sqlite.tables(path) == before
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT title, price, twice, author_id FROM article").fetchall()
    assert rows == [("x", 10, 20, 1)]


def test_several_changes_at_once(tmp_path: Path) -> None:
    models = Models()
    for name in ("type", "enum reorder", "table collation", "fk ondelete", "primary key"):
        DRIFTS[name][0](models)
    config = project(tmp_path / "alembic", Models().metadata(), TARGET)
    assert written(config, models.metadata()) is not None


def test_a_new_table_keeps_the_charset_of_an_enum(tmp_path: Path) -> None:
    metadata = Models().metadata()
    column = sa.Column[str]("own", mysql.ENUM("a", charset="latin1"))
    sa.Table("thing", metadata, sa.Column("id", sa.Integer, primary_key=True), column)
    config = project(tmp_path / "alembic", Models().metadata(), TARGET)
    found = written(config, metadata)
    assert found is not None
    text = found.path.read_text()
    assert "mysql.ENUM('a', charset='latin1')" in text
    assert "op.execute" not in text


@pytest.mark.parametrize("name", [None, "fk_aa"])
def test_new_tables_that_refer_to_each_other(tmp_path: Path, name: str | None) -> None:
    metadata = Models().metadata()
    for one, other in (("aa", "bb"), ("bb", "aa")):
        key = sa.ForeignKey(f"{other}.id", name=name if one == "aa" else None)
        columns = [sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.Integer, key)]
        sa.Table(one, metadata, *columns)
    config = project(tmp_path / "alembic", Models().metadata(), TARGET)
    found = written(config, metadata)
    assert found is not None
    text = found.path.read_text()
    assert f"create_foreign_key('{name or 'aa_ibfk_1'}', 'bb', ['x'], ['id'])" in text
    assert "op.execute" not in text
    path = tmp_path / "a.db"
    config.attributes["url"] = f"sqlite:///{path}"
    command.upgrade(config, "head")
    assert {"aa", "bb"} <= sqlite.tables(path).keys()
    command.downgrade(config, "-1")


def test_a_table_in_another_schema(tmp_path: Path) -> None:
    metadata = Models().metadata()
    sa.Table("thing", metadata, sa.Column("id", sa.Integer, primary_key=True), schema="other")
    config = project(tmp_path / "alembic", Models().metadata(), TARGET)
    found = written(config, metadata)
    assert found is not None
    assert "op.execute('CREATE DATABASE IF NOT EXISTS `other`')" in found.path.read_text()


def test_a_colon_in_a_default_is_no_parameter(tmp_path: Path) -> None:
    models = Models()
    models.title_options["server_default"] = "it's :x 50%"
    config = project(tmp_path / "alembic", models.metadata(), TARGET)
    models.title_options["server_default"] = "y"
    found = written(config, models.metadata())
    assert found is not None
    text = found.path.read_text()
    assert "server_default=sa.text(\"'it''s \\\\:x 50%'\")" in text
    assert "op.execute" not in text


def test_nothing_to_do_writes_nothing(tmp_path: Path) -> None:
    config = project(tmp_path / "alembic", Models().metadata(), TARGET)
    assert written(config, Models().metadata()) is None
    assert len(list((tmp_path / "alembic" / "versions").glob("*"))) == 1


@pytest.mark.parametrize(
    ("name", "whole"),
    [*((name, False) for name in DROPPED), ("inherited", True), ("inherited text", True)],
)
def test_a_downgrade_makes_a_collation_what_it_was(tmp_path: Path, name: str, whole: bool) -> None:
    type_, options, text = DROPPED[name]
    before, after = sa.MetaData(), sa.MetaData()
    for metadata in [before] if whole else [before, after]:
        table = sa.Table("thing", metadata, sa.Column("id", sa.Integer, primary_key=True))
        table.kwargs.update(options)
        if metadata is before:
            table.append_column(sa.Column("own", type_))
    config = project(tmp_path / "alembic", before, TARGET)
    config.attributes["metadata"] = after
    found = write(config, Request("change"), cache=tmp_path / "cache")
    assert found is not None
    assert text in found.path.read_text()
    assert "op.execute" not in found.path.read_text()
