"""Random models that change step by step, as the models of a project do in years."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

T = TypeVar("T")

TABLES = ("author", "article", "Order", "tag", "标签", "log_entry")
COLUMNS = ("title", "name", "state", "group", "price", "created_at", "note", "数量", "Flag", "body")
COMMENTS = (None, None, "用户的'名字'", 'a "b" 100% :c \\d', "line\ntwo", "`x`; -- y")
PASSIVE = (None, "RESTRICT", "NO ACTION")  # servers do the same for all of them
ACTIONS = (*PASSIVE, None, "CASCADE")


class Trimmed(sa.TypeDecorator[str]):
    """A type of the project's own."""

    impl = sa.String(30)
    cache_ok = True


# Name -> the type, and server defaults that it takes.
TYPES: dict[str, tuple[Callable[[], Any], tuple[Any, ...]]] = {
    "string": (lambda: sa.String(40), ("x", "it's", "50%", "a :b", "", "名")),
    "long string": (lambda: sa.String(200), ("x",)),
    "bin string": (lambda: sa.String(40, collation="utf8mb4_bin"), ("x",)),
    "latin": (lambda: mysql.VARCHAR(40, charset="latin1"), ("x",)),
    "char": (lambda: mysql.CHAR(5), ("x",)),
    "text": (sa.Text, (sa.text("('x')"),)),
    "longtext": (mysql.LONGTEXT, ()),
    "integer": (sa.Integer, (sa.text("0"), sa.text("-5"))),
    "unsigned": (lambda: mysql.INTEGER(unsigned=True), (sa.text("7"),)),
    "bigint": (sa.BigInteger, (sa.text("0"),)),
    "smallint": (sa.SmallInteger, (sa.text("1"),)),
    "tinyint": (lambda: mysql.TINYINT(unsigned=True), (sa.text("1"),)),
    "boolean": (sa.Boolean, (sa.text("1"), sa.false())),
    "decimal": (lambda: sa.Numeric(10, 2), (sa.text("1.50"), sa.text("0"))),
    "wide decimal": (lambda: mysql.DECIMAL(20, 6, unsigned=True), ()),
    "float": (sa.Float, (sa.text("1.5"),)),
    "double": (sa.Double, ()),
    "date": (sa.Date, ("2020-01-01",)),
    "datetime": (sa.DateTime, (sa.func.now(), sa.text("CURRENT_TIMESTAMP"), "2020-01-01")),
    "datetime 6": (lambda: mysql.DATETIME(fsp=6), (sa.text("CURRENT_TIMESTAMP(6)"),)),
    "timestamp": (
        sa.TIMESTAMP,
        (sa.func.now(), sa.text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")),
    ),
    "time": (sa.Time, ("10:00:00",)),
    "year": (mysql.YEAR, ()),
    "enum": (lambda: sa.Enum("new", "old", name="state"), ("new",)),
    "other enum": (lambda: sa.Enum("old", "new", "it's", "新", name="state"), ("old",)),
    "set": (lambda: mysql.SET("a", "b"), ("a",)),
    "json": (sa.JSON, (sa.text("('{}')"),)),
    "blob": (sa.LargeBinary, ()),
    "varbinary": (lambda: sa.VARBINARY(20), ()),
    "bit": (lambda: mysql.BIT(3), ()),
    "uuid": (sa.Uuid, ()),
    "own": (Trimmed, ("x",)),
}
NUMBERS = ("integer", "unsigned", "bigint", "smallint", "decimal")
WITHOUT_KEY = ("text", "longtext", "json", "blob")


@dataclass
class ColumnModel:
    """A column of a model; ``kind`` is a key of TYPES, ``default`` the number of its default."""

    name: str
    kind: str
    nullable: bool = True
    default: int | None = None
    comment: str | None = None
    computed: str = ""
    stored: bool = False


@dataclass
class TableModel:
    """A table; its primary key is ``id``, of the type ``key``, and ``more_key``."""

    name: str
    key: str = "integer"
    columns: list[ColumnModel] = field(default_factory=list)
    more_key: list[str] = field(default_factory=list)
    indexes: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = field(default_factory=dict)
    uniques: dict[str, tuple[str, ...]] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    references: dict[str, tuple[str, str, dict[str, Any]]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


class RandomModels:
    """Models that ``change()`` changes in a few places; ``metadata()`` is what they are."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.tables: list[TableModel] = []
        for _ in range(2):
            self.add_table()

    def metadata(self) -> sa.MetaData:
        """The models as SQLAlchemy knows them."""
        metadata = sa.MetaData()
        for table in self.tables:
            _build(table, metadata)
        return metadata

    def converts_uuids(self, before: RandomModels) -> bool:
        """Whether a UUID becomes something else, or the other way: MariaDB casts text alone."""
        kinds = {
            (table.name, column.name): column.kind
            for table in before.tables
            for column in table.columns
        }
        pairs = [
            (kinds.get((table.name, column.name), column.kind), column.kind)
            for table in self.tables
            for column in table.columns
        ]
        return any(old != new and "uuid" in (old, new) for old, new in pairs)

    def change(self) -> list[str]:
        """Change one to three things; returns the names of the changes."""
        done = []
        for _ in range(self.pick(1, 1, 2, 3)):
            step = self.pick(*self.steps)
            step()
            done.append(step.__name__)
        return done

    def copy(self) -> RandomModels:
        """The same models; what is random goes on."""
        other = RandomModels.__new__(RandomModels)
        other.random, other.tables = self.random, deepcopy(self.tables)
        return other

    @property
    def steps(self) -> list[Callable[[], None]]:
        """The changes; the more usual ones more than once."""
        return [
            *[self.add_column] * 4,
            *[self.change_column] * 5,
            *[self.rename_column] * 2,
            *[self.drop_column] * 2,
            *[self.add_index] * 2,
            self.drop_index,
            self.rename_index,
            self.add_unique,
            self.add_check,
            self.change_check,
            *[self.add_reference] * 2,
            self.change_reference,
            *[self.change_options] * 2,
            self.change_key,
            self.add_table,
            self.rename_table,
            self.drop_table,
        ]

    # choices

    def pick(self, *choices: T) -> T:
        return self.random.choice(choices)

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def table(self) -> TableModel:
        return self.pick(*self.tables)

    def number(self, prefix: str) -> str:
        """A name that is used in no table."""
        return f"{prefix}_{self.random.randrange(10**6)}"

    # changes

    def add_table(self) -> None:
        names = [one for one in TABLES if one not in {table.name for table in self.tables}]
        if not names:
            return
        table = TableModel(self.pick(*names), key=self.pick("integer", "integer", "bigint"))
        self.tables.append(table)
        for _ in range(self.pick(1, 2, 4)):
            self._add_column(table)
        if self.chance(30):
            table.options["comment"] = self.pick("文章", "it's 100%")

    def rename_table(self) -> None:
        names = [one for one in TABLES if one not in {table.name for table in self.tables}]
        table = self.table()
        if not names or len(self.tables) < 2:
            return
        new = self.pick(*names)
        for other in self.tables:
            for name, (column, target, options) in other.references.items():
                if target == table.name:
                    other.references[name] = (column, new, options)
        table.name = new

    def drop_table(self) -> None:
        if len(self.tables) < 3:
            return
        table = self.table()
        self.tables.remove(table)
        for other in self.tables:
            other.references = {
                name: one for name, one in other.references.items() if one[1] != table.name
            }

    def add_column(self) -> None:
        self._add_column(self.table())

    def _add_column(self, table: TableModel) -> None:
        names = [one for one in COLUMNS if one not in {column.name for column in table.columns}]
        if not names:
            return
        column = ColumnModel(self.pick(*names), "integer")
        numbers = [one.name for one in table.columns if one.kind in NUMBERS and not one.computed]
        if numbers and self.chance(12):
            column.computed = f"`{self.pick(*numbers)}` + {self.random.randrange(9)}"
            column.stored = self.chance(50)
            column.kind = "bigint"
        else:
            self._retype(column)
        table.columns.insert(self.random.randrange(len(table.columns) + 1), column)

    def _retype(self, column: ColumnModel) -> None:
        column.kind = self.pick(*TYPES)
        column.nullable = self.chance(50)
        column.comment = self.pick(*COMMENTS)
        self._redefault(column)

    def _redefault(self, column: ColumnModel) -> None:
        count = len(TYPES[column.kind][1])
        column.default = self.random.randrange(count) if count and self.chance(50) else None

    def change_column(self) -> None:
        table = self.table()
        if not table.columns:
            return
        column = self.pick(*table.columns)
        if column.computed:
            column.computed = column.computed.rpartition("+")[0] + f"+ {self.random.randrange(99)}"
            return
        if column.name in table.more_key:
            column.comment = self.pick(*COMMENTS)
            return
        match self.pick("type", "null", "default", "comment"):
            case "type" if not self._is_bound(table, column.name) and column.kind != "uuid":
                self._retype(column)
                if column.kind == "uuid":  # which a server casts to and from text alone
                    column.kind, column.default = "string", None
            case "null" if not self._refers(table, column.name):
                column.nullable = not column.nullable
            case "default" if not self._refers(table, column.name):
                self._redefault(column)
            case _:
                column.comment = self.pick(*COMMENTS)

    def _refers(self, table: TableModel, name: str) -> bool:
        return any(one[0] == name for one in table.references.values())

    def _is_bound(self, table: TableModel, name: str) -> bool:
        """Whether a column of another type would not do in its place."""
        return (
            self._refers(table, name)
            or any(name in columns for columns, _ in table.indexes.values())
            or any(name in columns for columns in table.uniques.values())
            or self._is_named(table, name)
        )

    def _is_named(self, table: TableModel, name: str) -> bool:
        texts = [*table.checks.values(), *(one.computed for one in table.columns)]
        return any(f"`{name}`" in text for text in texts)

    def drop_column(self) -> None:
        table = self.table()
        free = [one for one in table.columns if not self._is_named(table, one.name)]
        if len(table.columns) < 2 or not free:
            return
        column = self.pick(*free)
        name = column.name
        table.columns.remove(column)
        table.more_key = [one for one in table.more_key if one != name]
        table.indexes = {key: one for key, one in table.indexes.items() if name not in one[0]}
        table.uniques = {key: one for key, one in table.uniques.items() if name not in one}
        table.references = {key: one for key, one in table.references.items() if name != one[0]}

    def rename_column(self) -> None:
        table = self.table()
        names = [one for one in COLUMNS if one not in {column.name for column in table.columns}]
        if not names or not table.columns:
            return
        column, new = self.pick(*table.columns), self.pick(*names)
        old, column.name = column.name, new

        def renamed(text: str) -> str:
            return text.replace(f"`{old}`", f"`{new}`")

        def all_renamed(columns: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(new if one == old else one for one in columns)

        table.more_key = list(all_renamed(tuple(table.more_key)))
        for key, (columns, options) in table.indexes.items():
            table.indexes[key] = (all_renamed(columns), options)
        table.uniques = {key: all_renamed(one) for key, one in table.uniques.items()}
        table.checks = {key: renamed(one) for key, one in table.checks.items()}
        for other in table.columns:
            other.computed = renamed(other.computed)
        for key, (own, target, options) in table.references.items():
            table.references[key] = (new if own == old else own, target, options)

    def add_index(self) -> None:
        table = self.table()
        free = [one for one in table.columns if one.kind not in ("json", "bit")]
        if not free:
            return
        chosen = self.random.sample(free, min(len(free), self.pick(1, 1, 2)))
        options: dict[str, Any] = {}
        large = {one.name: 10 for one in chosen if one.kind in WITHOUT_KEY}
        if large:
            options["mysql_length"] = large
        elif len(chosen) == 1 and "string" in chosen[0].kind and self.chance(40):
            options["mysql_length"] = 5
        names = tuple(one.name for one in chosen)
        if any(one.computed for one in chosen):
            options = {}
        table.indexes[self.number("ix")] = (names, options)

    def drop_index(self) -> None:
        table = self.table()
        if table.indexes:
            del table.indexes[self.pick(*table.indexes)]
        elif table.uniques:
            del table.uniques[self.pick(*table.uniques)]

    def rename_index(self) -> None:
        table = self.table()
        if table.indexes:
            old = self.pick(*table.indexes)
            table.indexes[self.number("ix")] = table.indexes.pop(old)
        elif table.uniques:
            old = self.pick(*table.uniques)
            table.uniques[self.number("uq")] = table.uniques.pop(old)
        elif table.references:
            old = self.pick(*table.references)
            table.references[self.number("fk")] = table.references.pop(old)

    def add_unique(self) -> None:
        table = self.table()
        free = [one.name for one in table.columns if one.kind not in (*WITHOUT_KEY, "bit")]
        if free:
            count = min(len(free), self.pick(1, 2))
            table.uniques[self.number("uq")] = tuple(self.random.sample(free, count))

    def add_check(self) -> None:
        table = self.table()
        numbers = [one.name for one in table.columns if one.kind in NUMBERS and not one.computed]
        numbers = [name for name in numbers if not self._refers(table, name)]
        if numbers:
            text = f"`{self.pick(*numbers)}` > {self.random.randrange(9)}"
            table.checks[self.number("ck")] = text

    def change_check(self) -> None:
        table = self.table()
        if not table.checks:
            return
        name = self.pick(*table.checks)
        text = table.checks.pop(name)
        match self.pick("drop", "name", "text"):
            case "name":
                table.checks[self.number("ck")] = text
            case "text":
                table.checks[name] = text.rpartition(">")[0] + f"> {self.random.randrange(99)}"

    def add_reference(self) -> None:
        table, target = self.table(), self.table()
        fit = [
            one.name
            for one in table.columns
            if one.kind == target.key
            and not one.computed
            and not self._is_named(table, one.name)
            and not self._refers(table, one.name)
        ]
        if fit and self.chance(60):
            name = self.pick(*fit)
        else:
            self._add_column(table)
            name = table.columns[-1].name
            column = table.columns[-1]
            if self._is_bound(table, name) or column.computed or name in table.more_key:
                return
            column.kind, column.default = target.key, None
        options = {"ondelete": self.pick(*ACTIONS), "onupdate": self.pick(*ACTIONS)}
        table.references[self.number("fk")] = (name, target.name, options)

    def change_reference(self) -> None:
        table = self.table()
        if not table.references:
            return
        name = self.pick(*table.references)
        column, target, options = table.references.pop(name)
        match self.pick("drop", "name", "action"):
            case "name":
                table.references[self.number("fk")] = (column, target, options)
            case "action":
                others = ("CASCADE",) if options.get("ondelete") in PASSIVE else PASSIVE
                changed = {**options, "ondelete": self.pick(*others)}
                table.references[name] = (column, target, changed)

    def change_options(self) -> None:
        table = self.table()
        match self.pick("comment", "comment", "collate", "row_format"):
            case "comment":
                table.options["comment"] = self.pick(*COMMENTS)
            case "collate":
                table.options["mysql_collate"] = self.pick("utf8mb4_bin", "utf8mb4_unicode_ci")
            case "row_format":
                table.options["mysql_row_format"] = self.pick("DYNAMIC", "COMPACT")

    def change_key(self) -> None:
        table = self.table()
        if table.more_key:
            table.more_key = []
            return
        fit = [one for one in table.columns if one.kind in ("integer", "bigint", "string")]
        fit = [one for one in fit if not one.computed]
        if fit:
            column = self.pick(*fit)
            column.nullable, table.more_key = False, [column.name]


def _build(table: TableModel, metadata: sa.MetaData) -> None:
    items: list[Any] = [sa.Column("id", TYPES[table.key][0](), primary_key=True)]
    for column in table.columns:
        make, defaults = TYPES[column.kind]
        options: dict[str, Any] = {"comment": column.comment}
        if column.computed:
            computed = sa.Computed(sa.text(column.computed), persisted=column.stored)
            items.append(sa.Column(column.name, make(), computed, **options))
            continue
        if column.default is not None:
            options["server_default"] = defaults[column.default]
        options |= {"nullable": column.nullable, "primary_key": column.name in table.more_key}
        if column.name in table.more_key:
            options["autoincrement"] = False
        items.append(sa.Column(column.name, make(), **options))
    for name, (columns, more) in table.indexes.items():
        items.append(sa.Index(name, *columns, **more))
    items += [sa.UniqueConstraint(*columns, name=key) for key, columns in table.uniques.items()]
    items += [sa.CheckConstraint(sa.text(text), name=key) for key, text in table.checks.items()]
    for name, (own, target, actions) in table.references.items():
        items.append(sa.ForeignKeyConstraint([own], [f"{target}.id"], name=name, **actions))
    made: Any = sa.Table(table.name, metadata, *items, **table.options)
    assert made is not None
