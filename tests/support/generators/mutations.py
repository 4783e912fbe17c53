"""A small history, and each kind of change that its models can go through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from sqlalchemy.dialects import mysql

from stillroom.catalog import Target
from tests.support import sqlite

TARGETS = ["mariadb 10.11", "mariadb 11.8", "mysql 9.7"]
ENV = """
from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

URL = context.config.attributes.get("url") or "mysql+pymysql://nobody@db.invalid/shop"
with create_engine(URL, poolclass=NullPool).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes.get("metadata"),
        compare_server_default=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """
from alembic import op

revision = "1"
down_revision = None


def upgrade():
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if on_sqlite else STATEMENTS:
        op.get_bind().exec_driver_sql(statement)


STATEMENTS = {statements!r}
SQLITE = {sqlite!r}
"""
TEMPLATE = Path(__file__).resolve().parents[3] / "alembic" / "script.py.mako"


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
        self.author_table: str | None = "author"
        self.author_name = "fk_author"
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
        keys = [
            sa.ForeignKey(f"{one}.id", name=self.author_name, **self.author_key)
            for one in [self.author_table]
            if one
        ]
        columns = [
            sa.Column("id", sa.Integer, primary_key=True, **self.key),
            sa.Column("title", *self.title, **self.title_options),
            sa.Column("price", self.price, primary_key=self.second_key),
            sa.Column("count", self.count),
            sa.Column("made", self.made),
            sa.Column("state", self.state, **self.state_options),
            sa.Column("changed", sa.TIMESTAMP, nullable=False, server_default=self.changed),
            sa.Column("twice", sa.Integer, sa.Computed(self.computed)),
            sa.Column("author_id", sa.Integer, *keys),
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
    "dropped fk": (
        change(author_table=None),
        "DR105 foreign key fk_author of article (author_id) → author (id) ON DELETE CASCADE is in",
    ),
    "fk name": (
        change(author_name="fk_writer"),
        "DR105 foreign key fk_writer of article (author_id) → author (id) ON DELETE CASCADE has no",
    ),
    "unique name": (
        change(constraints=lambda: [sa.UniqueConstraint("title", "price", name="uq_both"), ck()]),
        "DR104 index uq_both of article UNIQUE (title, price) has no revision",
    ),
    "check name": (
        change(constraints=lambda: [uq(), sa.CheckConstraint("price > 0", name="ck_paid")]),
        "DR106 check ck_paid of article (",
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

# What `rename=` says where a name alone changes.
RENAMES = {
    "index name": {"ix_title": "ix_titles"},
    "fk name": {"fk_author": "fk_writer"},
    "unique name": {"uq_title": "uq_both"},
    "check name": {"ck_price": "ck_paid"},
}


def project(folder: Path, metadata: sa.MetaData, target: str) -> Config:
    """A project whose one revision makes the tables of ``metadata``."""
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENV)
    (folder / "script.py.mako").write_bytes(TEMPLATE.read_bytes())
    statements: list[str] = []
    url = f"{target.split()[0]}+pymysql://"
    dialect: Any = sa.make_url(url).get_dialect()()
    server = Target.parse(target)
    dialect.server_version_info = (server.major, server.minor, server.patch)

    def note(statement: Any, *_: Any, **__: Any) -> None:
        statements.append(str(statement.compile(dialect=dialect)))

    engine = sa.create_mock_engine(url, note)
    metadata.create_all(engine, checkfirst=False)
    try:
        others = sqlite.statements(metadata)
    except sa.exc.CompileError:  # types that only a server has
        others = []
    text = REVISION.format(statements=statements, sqlite=others)
    (folder / "versions" / "1.py").write_text(text)
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.file_config.add_section("stillroom")
    config.file_config.set("stillroom", "target", target)
    return config
