"""Each change of the models alone is drift, in words; what is no change is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from sqlalchemy.dialects import mysql

from stillroom.catalog import Target
from stillroom.drift import CLEAN, DRIFT, Verdict, check

TARGETS = ["mariadb 10.11", "mariadb 11.8", "mysql 9.7"]
ENV = """
from alembic import context
from sqlalchemy import create_engine

with create_engine("mysql+pymysql://nobody@db.invalid/shop").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """
from alembic import op

revision = "1"
down_revision = None


def upgrade():
    for statement in STATEMENTS:
        op.execute(statement)


STATEMENTS = {statements!r}
"""


def uq() -> sa.UniqueConstraint:
    return sa.UniqueConstraint("title", "price", name="uq_title")


def ck() -> sa.CheckConstraint:
    return sa.CheckConstraint("price > 0", name="ck_price")


class Models:
    """The tables that the changes are made to, as arguments that a change replaces."""

    def __init__(self) -> None:
        self.title: list[Any] = [sa.String(50)]
        self.title_options: dict[str, Any] = {"nullable": False, "comment": "标题"}
        self.price: Any = mysql.DECIMAL(10, 2)
        self.count: Any = mysql.INTEGER(unsigned=True)
        self.made: Any = mysql.DATETIME(fsp=3)
        self.state: Any = sa.Enum("new", "old", name="state")
        self.state_options: dict[str, Any] = {"server_default": "new"}
        self.changed: Any = sa.text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")
        self.computed = "price * 2"
        self.author_key: dict[str, Any] = {"ondelete": "CASCADE"}
        self.author_table = "author"
        self.indexes = lambda: [sa.Index("ix_title", "title")]
        self.constraints = lambda: [uq(), ck()]
        self.key: dict[str, Any] = {}
        self.more: list[sa.schema.SchemaItem] = []
        self.options: dict[str, Any] = {"comment": "文章", "mysql_engine": "InnoDB"}
        self.other_tables: list[str] = ["tag"]
        self.second_key = False

    def metadata(self) -> sa.MetaData:
        metadata = sa.MetaData()
        fresh = [item._copy() if isinstance(item, sa.Column) else item for item in self.more]
        for name in ["author", *self.other_tables]:
            sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
        key = sa.ForeignKey(f"{self.author_table}.id", name="fk_author", **self.author_key)
        columns = [
            sa.Column("id", sa.Integer, primary_key=True, **self.key),
            sa.Column("title", *self.title, **self.title_options),
            sa.Column("price", self.price, primary_key=self.second_key),
            sa.Column("count", self.count),
            sa.Column("made", self.made),
            sa.Column("state", self.state, **self.state_options),
            sa.Column("changed", sa.TIMESTAMP, nullable=False, server_default=self.changed),
            sa.Column("twice", sa.Integer, sa.Computed(self.computed)),
            sa.Column("author_id", sa.Integer, key),
        ]
        arguments: Any = [*columns, *self.indexes(), *self.constraints(), *fresh]
        options: Any = self.options
        sa.Table("article", metadata, *arguments, **options)
        return metadata


def change(**values: Any) -> Callable[[Models], None]:
    return lambda models: vars(models).update(values)


def title(*type_: Any, **options: Any) -> Callable[[Models], None]:
    def apply(models: Models) -> None:
        models.title = [*type_] or models.title
        models.title_options = {**models.title_options, **options}

    return apply


IX = sa.Index
NOT_IN_MODELS = "is in the history, not in the models"

DRIFTS: dict[str, tuple[Callable[[Models], None], str]] = {
    "new table": (change(other_tables=["tag", "news"]), "DR101 table news has no revision"),
    "dropped table": (change(other_tables=[]), f"DR101 table tag {NOT_IN_MODELS}"),
    "new column": (
        change(more=[sa.Column("extra", sa.String(9))]),
        "DR102 article.extra VARCHAR(9) NULL has no revision",
    ),
    "type": (change(count=sa.BigInteger()), "DR102 article.count is INT"),
    "length": (
        title(sa.String(80)),
        "DR102 article.title is VARCHAR(50) in the history, VARCHAR(80) in the models",
    ),
    "unsigned": (change(count=sa.Integer()), "UNSIGNED in the history, INT"),
    "scale": (
        change(price=mysql.DECIMAL(10, 3)),
        "DR102 article.price is DECIMAL(10,2) in the history, DECIMAL(10,3) in the models",
    ),
    "fsp": (
        change(made=mysql.DATETIME(fsp=6)),
        "DR102 article.made is DATETIME(3) in the history, DATETIME(6) in the models",
    ),
    "column collation": (
        title(sa.String(50, collation="utf8mb4_bin")),
        "article.title is without collation in the history, COLLATE utf8mb4_bin in the models",
    ),
    "column charset": (
        title(mysql.VARCHAR(50, charset="latin1")),
        "DR102 article.title is without collation in the history, COLLATE latin1_swedish_ci in",
    ),
    "table collation": (
        change(options={"comment": "文章", "mysql_collate": "utf8mb4_bin"}),
        "DR107 table article is COLLATE utf8mb4_",
    ),
    "table charset": (
        change(options={"comment": "文章", "mysql_charset": "latin1"}),
        "COLLATE latin1_swedish_ci in the models",
    ),
    "nullability": (
        title(nullable=True),
        "DR102 article.title is NOT NULL in the history, NULL in the models",
    ),
    "server default": (
        title(server_default="x"),
        "DR102 article.title is without default in the history, DEFAULT 'x' in the models",
    ),
    "on update": (
        change(changed=sa.text("CURRENT_TIMESTAMP")),
        "DR102 article.changed is ON UPDATE ",
    ),
    "enum append": (
        change(state=sa.Enum("new", "old", "odd", name="state")),
        "DR102 article.state is ENUM('new','old') in the history, ENUM('new','old','odd') in",
    ),
    "enum reorder": (
        change(state=sa.Enum("old", "new", name="state")),
        "DR102 article.state is ENUM('new','old') in the history, ENUM('old','new') in the models",
    ),
    "column comment": (
        title(comment="题"),
        "DR102 article.title is COMMENT '标题' in the history, COMMENT '题' in the models",
    ),
    "table comment": (
        change(options={"comment": "文"}),
        "DR107 table article is COMMENT '文章' in the history, COMMENT '文' in the models",
    ),
    "computed expression": (change(computed="price * 3"), "DR102 article.twice is AS ("),
    "check added": (
        change(constraints=lambda: [uq(), ck(), sa.CheckConstraint("count > 1", name="ck_count")]),
        "DR106 check ck_count of article (",
    ),
    "check changed": (
        change(constraints=lambda: [uq(), sa.CheckConstraint("price > 9", name="ck_price")]),
        "DR106 check ck_price of article is (",
    ),
    "unnamed check": (
        change(constraints=lambda: [uq(), ck(), sa.CheckConstraint("count > 1")]),
        "of article (",
    ),
    "new index": (
        change(indexes=lambda: [IX("ix_title", "title"), IX("ix_made", "made")]),
        "DR104 index ix_made of article (made) has no revision",
    ),
    "dropped index": (
        change(indexes=list),
        f"DR104 index ix_title of article (title) {NOT_IN_MODELS}",
    ),
    "index columns": (
        change(indexes=lambda: [IX("ix_title", "title", "made")]),
        "DR104 index ix_title of article is (title) in the history, (title, made) in the models",
    ),
    "index prefix": (
        change(indexes=lambda: [IX("ix_title", "title", mysql_length=5)]),
        "DR104 index ix_title of article is (title) in the history, (title(5)) in the models",
    ),
    "fulltext": (
        change(indexes=lambda: [IX("ix_title", "title", mysql_prefix="FULLTEXT")]),
        "DR104 index ix_title of article is (title) in the history, FULLTEXT (title) in the models",
    ),
    "index name": (
        change(indexes=lambda: [IX("ix_titles", "title")]),
        "DR104 index ix_titles of article (title) has no revision",
    ),
    "unique": (
        change(constraints=lambda: [ck()]),
        f"DR104 index uq_title of article UNIQUE (title, price) {NOT_IN_MODELS}",
    ),
    "new unique": (
        change(constraints=lambda: [uq(), ck(), sa.UniqueConstraint("made")]),
        "DR104 index made of article UNIQUE (made) has no revision",
    ),
    "fk ondelete": (
        change(author_key={"ondelete": "SET NULL"}),
        "DR105 foreign key fk_author of article is (author_id) → author (id) ON DELETE CASCADE in",
    ),
    "fk target": (
        change(author_table="tag"),
        "(author_id) → tag (id) ON DELETE CASCADE in the mod",
    ),
    "primary key": (
        change(second_key=True),
        "DR103 primary key of article is (id) in the history, (id, price) in the models",
    ),
    "autoincrement off": (
        change(key={"autoincrement": False}),
        "DR102 article.id is AUTO_INCREMENT in the history, without autoincrement in the models",
    ),
    "engine": (
        change(options={"comment": "文章", "mysql_engine": "MyISAM"}),
        "DR107 table article is ENGINE InnoDB in the history, ENGINE MyISAM in the models",
    ),
}


@pytest.fixture(scope="module", params=TARGETS)
def target(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def project(folder: Path, metadata: sa.MetaData, target: str) -> Config:
    """A project whose one revision makes the tables of ``metadata``."""
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENV)
    statements: list[str] = []
    url = f"{target.split()[0]}+pymysql://"
    dialect = sa.make_url(url).get_dialect()()

    def note(statement: Any, *_: Any, **__: Any) -> None:
        statements.append(str(statement.compile(dialect=dialect)))

    engine = sa.create_mock_engine(url, note)
    metadata.create_all(engine, checkfirst=False)
    (folder / "versions" / "1.py").write_text(REVISION.format(statements=statements))
    config = Config()
    config.set_main_option("script_location", str(folder))
    return config


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, target: str) -> Config:
    return project(tmp_path_factory.mktemp("project"), Models().metadata(), target)


def judged(config: Config, models: Models, target: str, cache: Path) -> Verdict:
    verdict = check(config, models.metadata(), target=Target.parse(target), cache=cache)
    assert verdict.reason is None, str(verdict.reason)
    return verdict


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def test_unchanged_models_are_clean(config: Config, target: str, cache: Path) -> None:
    verdict = judged(config, Models(), target, cache)
    assert verdict.status == CLEAN, verdict.findings


@pytest.mark.parametrize("name", DRIFTS)
def test_each_change_is_drift(config: Config, target: str, cache: Path, name: str) -> None:
    apply, words = DRIFTS[name]
    models = Models()
    apply(models)
    verdict = judged(config, models, target, cache)
    assert verdict.status == DRIFT
    shown = [f"{finding.code} {finding.what}" for finding in verdict.findings]
    assert any(words in line for line in shown), shown


def everything(metadata: sa.MetaData) -> None:
    """A model with all that makes Alembic's own comparison cry wolf."""
    metadata.naming_convention = {
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    }
    sa.Table("parent", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "thing",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("ratio", sa.Float(53)),
        sa.Column("story", sa.Text(70000)),
        sa.Column("place", sa.Integer),
        sa.Column("yes", sa.Boolean, server_default=sa.true(), nullable=False),
        sa.Column("empty", sa.String(5), server_default="", nullable=False),
        sa.Column("code", sa.String(36), server_default=sa.text("(uuid())")),
        sa.Column("flag", sa.Boolean(create_constraint=True, name="flag")),
        sa.Column("data", sa.JSON),
        sa.Column("kind", sa.Enum("a", "b", name="kind", create_constraint=True), default="a"),
        sa.Column("amount", sa.Numeric(12, 4), server_default="0"),
        sa.Column("parent_id", sa.ForeignKey("parent.id"), index=True),
        sa.Column("made", sa.DateTime, server_default=sa.func.now()),
        sa.UniqueConstraint("place", "empty"),
        sa.Index(None, sa.text("place DESC")),
    )


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_no_change_is_no_drift(tmp_path: Path, target: str) -> None:
    metadata = sa.MetaData()
    everything(metadata)
    config = project(tmp_path / "p", metadata, target)
    verdict = check(config, metadata, target=Target.parse(target), cache=tmp_path / "cache")
    assert verdict.status == CLEAN, (verdict.reason, verdict.findings)
