"""Random DDL over a few tables and columns, so that statements meet each other's traces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import TypeVar

from stillroom.catalog import Catalog, CatalogError, Column, Session, Table, Target, execute
from stillroom.catalog.keys.index_limits import type_bytes
from tests.support.generators import random_features

T = TypeVar("T")

FIXED = frozenset(["int", "bigint", "date", "datetime", "uuid", "inet6", "decimal", "double"])
SPATIAL = ("point", "geometry")

TABLES = ("t1", "t2", "t3", "Order")
COLUMNS = ("a", "b", "c", "d", "e", "f")
INTEGERS = ("TINYINT", "SMALLINT", "INT", "BIGINT", "MEDIUMINT", "INTEGER", "INT(11)", "BOOL")
STRINGS = (
    "VARCHAR(10)",
    "VARCHAR(50)",
    "VARCHAR(255)",
    "VARCHAR(800)",
    "CHAR(5)",
    "CHAR",
    "TEXT",
    "TINYTEXT",
    "MEDIUMTEXT",
    "TEXT(300)",
    "LONGTEXT",
    "ENUM('x','Y','z z')",
    "SET('x','y','it''s')",
)
OTHERS = (
    "DECIMAL(10,2)",
    "DECIMAL",
    "NUMERIC(5)",
    "FLOAT",
    "DOUBLE",
    "FLOAT(7,3)",
    "REAL",
    "DATE",
    "DATETIME",
    "DATETIME(3)",
    "TIME",
    "YEAR",
    "BIT(3)",
    "BLOB",
    "VARBINARY(20)",
    "BINARY(4)",
    "JSON",
    "TIMESTAMP NULL",
    "TIMESTAMP(6) NULL",
)
CHARSETS = (
    "CHARACTER SET latin1",
    "CHARACTER SET utf8mb3",
    "CHARSET utf8mb4",
    "COLLATE utf8mb4_bin",
    "COLLATE latin1_bin",
    "CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
    "BINARY",
)
ACTIONS = ("CASCADE", "SET NULL", "RESTRICT", "NO ACTION", "SET DEFAULT")
ADDRESSES = {
    "INET4": ("'1.2.3.4'", "'001.2.3.04'", "x'01020304'", "NULL", "'x'"),
    "INET6": ("'::1'", "'1:0:0:2:0:0:0:3'", "'::ffff:1.2.3.4'", "'1.2.3.4'", "NULL"),
    "UUID": ("'123E4567e89b12d3a456426655440000'", "NULL", "1"),
    "VECTOR(3)": ("x'0000803f0000004000004040'", "NULL", "'abc'"),
}
UPKEEP = ("REBUILD", "TRUNCATE", "ANALYZE", "CHECK", "OPTIMIZE")


class RandomDDL:
    """Writes one statement after another, looking at the catalog that the last ones left."""

    def __init__(self, random: Random, target: Target, schema: str) -> None:
        self.random = random
        self.target = target
        self.schema = schema
        self.catalog = Catalog.empty(target, schema)

    def statement(self, catalog: Catalog) -> str:
        """The next statement for a catalog in this state."""
        self.catalog = catalog
        tables = self.tables
        if not tables or (len(tables) < len(TABLES) and self.chance(25)):
            return self.create_table()
        writers: list[Callable[[], str]] = [
            *[self.alter_table] * 12,
            self.create_index,
            self.drop_index,
            self.drop_table,
            self.rename_table,
            self.create_like,
            self.rename_column,
            self.set_checks,
            self.add_foreign_key,
            self.add_foreign_key,
            lambda: random_features.statement(self),
        ]
        return self.pick(*writers)()

    # choices

    def pick(self, *choices: T) -> T:
        return self.random.choice(choices)

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    @property
    def tables(self) -> list[Table]:
        return list(self.catalog.tables(self.schema).values())

    def table(self) -> Table:
        return self.pick(*self.tables)

    def free_table(self) -> str:
        names = [name for name in TABLES if name not in self.catalog.tables(self.schema)]
        return str(self.pick(*(names if names and self.chance(95) else TABLES)))

    def column(self, table: Table) -> str:
        """Nearly always a column that exists."""
        if self.chance(97):
            return str(self.pick(*table.columns).name)
        return self.pick(*COLUMNS)

    def free_column(self, table: Table) -> str:
        names = [name for name in COLUMNS if table.column(name) is None]
        return str(self.pick(*(names if names and self.chance(96) else COLUMNS)))

    # columns

    def definition(self, name: str, *, keys: bool = True) -> str:
        """A column with its type and attributes."""
        roll = self.random.randrange(100)
        if keys and roll < 6:
            return f"`{name}` {self.pick('INT', 'BIGINT', 'INT UNSIGNED')} AUTO_INCREMENT" + (
                self.pick(" PRIMARY KEY", " UNIQUE", " NOT NULL PRIMARY KEY")
            )
        if roll < 12:
            return f"`{name}` {self.generated()}"
        words = [f"`{name}`"]
        if roll < 50:
            words += self.integer()
        elif roll < 78:
            words += self.string()
        else:
            words += self.other()
        if self.chance(12):
            words.append(f"COMMENT {self.pick(chr(39) + 'x' + chr(39), repr('a b'), repr('日本'))}")
        if keys and self.chance(6):
            words.append(self.pick("UNIQUE", "UNIQUE KEY", "PRIMARY KEY"))
        if self.chance(4):
            words.append(self.pick("CHECK (1 = 1)", f"CHECK (`{name}` IS NOT NULL)"))
        return " ".join([*words, *random_features.column_words(self)])

    def generated(self) -> str:
        kind = self.pick("VIRTUAL", "STORED", "")
        if self.chance(12):
            return f"JSON AS (json_array({self.pick('1', '`a`')})) {kind}"
        text = self.pick("1 + 1", "'x'", "`a`", "`b`", "concat(`c`, 'x')", "`a` * 2")
        return f"{self.pick('INT', 'VARCHAR(60)', 'BIGINT')} AS ({text}) {kind}"

    def integer(self) -> list[str]:
        words = [self.pick(*INTEGERS)]
        if self.chance(20) and words[0] != "BOOL":
            words.append(self.pick("UNSIGNED", "UNSIGNED ZEROFILL"))
        words += self.nullness()
        if self.chance(30):
            words.append(f"DEFAULT {self.pick(0, 1, 5, repr('7'), 'NULL', 'TRUE', 1.6)}")
        elif self.target.mariadb and self.chance(4):
            words.append(random_features.next_value(self))
        return words

    def string(self) -> list[str]:
        kind = self.pick(*STRINGS)
        words = [kind]
        if self.chance(35):
            words.append(self.pick(*CHARSETS))
        words += self.nullness()
        if self.chance(30):
            words.append(f"DEFAULT {self.pick(*map(repr, ('', 'x', 'y', 'x')), 'NULL', 1)}")
        return words

    def address(self) -> list[str]:
        """A type that one family or version has alone, with a default now and then."""
        kind = self.pick(*ADDRESSES)
        words = [kind, *self.nullness()]
        return [*words, f"DEFAULT {self.pick(*ADDRESSES[kind])}"] if self.chance(40) else words

    def point(self) -> list[str]:
        srid = self.pick("", "", "SRID 4326") if self.target.mysql else "REF_SYSTEM_ID=4326"
        kind = self.pick("POINT", "GEOMETRY")
        words = [kind, self.pick("NOT NULL", "NULL")]
        words.insert(2 if self.target.mysql else 1, srid)
        return words

    def other(self) -> list[str]:
        if self.chance(18):
            return self.address()
        if self.chance(5):
            return self.point()
        kind = self.pick(*OTHERS)
        words = [kind, *(self.nullness() if "NULL" not in kind else [])]
        if not self.chance(40):
            return words
        return [*words, *self.default(kind)]

    def default(self, kind: str) -> list[str]:
        words = []
        fsp = "(3)" if "(3)" in kind else "(6)" if "(6)" in kind else ""
        if kind.startswith(("DATETIME", "TIMESTAMP")):
            words.append(f"DEFAULT {self.pick('CURRENT_TIMESTAMP', 'NOW')}{fsp or '()'}")
            if self.chance(50):
                words.append(f"ON UPDATE CURRENT_TIMESTAMP{fsp}")
        elif kind == "DATE":
            words.append(f"DEFAULT {self.pick(repr('2020-01-02'), 20200304, 'NULL')}")
        elif kind.startswith(("DEC", "NUM", "FLO", "DOU", "REAL")):
            words.append(f"DEFAULT {self.pick(0, 1.5, repr('2.345'), 'NULL', 1e3, -1)}")
        elif kind == "BIT(3)":
            words.append(f"DEFAULT {self.pick(1, 'b' + repr('101'), 'NULL')}")
        elif kind == "TIME":
            words.append("DEFAULT '10:11:12'")
        elif kind == "YEAR":
            words.append(f"DEFAULT {self.pick(2020, 99, repr('2001'))}")
        return words

    def nullness(self) -> list[str]:
        return [self.pick("NOT NULL", "NOT NULL", "NULL")] if self.chance(45) else []

    # keys

    def key_part(self, column: Column | None, name: str) -> str:
        text = f"`{name}`"
        kind = column.type.name if column else ""
        if kind.endswith(("text", "blob")) and self.chance(92):
            text += f"({self.pick(5, 10, 20)})"
        elif column is not None and kind not in ("varchar", "char") and self.chance(4):
            text += f"({type_bytes(column.type) if kind in FIXED else 4})"
        elif kind in ("varchar", "char", "varbinary") and self.chance(15):
            text += f"({self.pick(3, 10)})"
        if self.chance(8):
            text += self.pick(" DESC", " ASC")
        return text

    def key(self, columns: Mapping[str, Column | None]) -> str:
        """An index definition over some of these columns."""
        kind = self.pick(
            "KEY", "KEY", "INDEX", "UNIQUE KEY", "UNIQUE", "PRIMARY KEY", "FULLTEXT KEY"
        )
        spatial = [n for n, column in columns.items() if column and column.type.name in SPATIAL]
        if spatial and self.chance(40):
            return f"SPATIAL KEY (`{spatial[0]}`)"
        if self.chance(6):
            return random_features.functional_key(self, columns)
        vectors = [n for n, column in columns.items() if column and column.type.name == "vector"]
        if vectors and self.target.mariadb and self.chance(40):
            return f"VECTOR KEY (`{vectors[0]}`){self.pick('', ' M=8', ' DISTANCE=cosine')}"
        if kind == "FULLTEXT KEY" and self.chance(50):
            kind = "KEY"
        names = self.random.sample(sorted(columns), min(len(columns), self.pick(1, 1, 2, 3)))
        if kind == "FULLTEXT KEY":
            texts = [
                name
                for name, column in columns.items()
                if column is not None and column.type.name in ("varchar", "text", "char")
            ]
            names = texts[:1] or names
        parts = ", ".join(self.key_part(columns[name], name) for name in names)
        own = "" if kind == "PRIMARY KEY" else self.pick("", f" k{self.random.randrange(4)}")
        text = f"{kind}{own} ({parts})"
        if self.chance(8) and kind != "FULLTEXT KEY":
            text += self.pick(" USING BTREE", " COMMENT 'k'")
        if self.chance(5):
            text += f" {random_features.key_words(self)}"
        return text

    def foreign_key(self, columns: list[str], table: Table | None = None) -> str:
        """A foreign key, mostly one that fits."""
        name = self.pick("", f"CONSTRAINT fk{self.random.randrange(4)} ")
        pairs = self.fitting(table) if table is not None and self.chance(90) else []
        if pairs:
            own, parent, theirs = self.pick(*pairs)
        else:
            own, parent, theirs = self.pick(*columns), self.pick(*TABLES), self.pick(*COLUMNS)
        text = f"{name}FOREIGN KEY (`{own}`) REFERENCES `{parent}` (`{theirs}`)"
        if self.chance(30):
            text += f" ON DELETE {self.pick(*ACTIONS)}"
        if self.chance(20):
            text += f" ON UPDATE {self.pick(*ACTIONS)}"
        return text

    def fitting(self, table: Table) -> list[tuple[str, str, str]]:
        found = []
        for parent in self.tables:
            for index in parent.indexes:
                if not index.unique or (len(index.parts) > 1 and self.target.mysql):
                    continue
                theirs = parent.column(index.parts[0].column)
                if theirs is not None:
                    found += [
                        (own.name, parent.name, theirs.name)
                        for own in table.columns
                        if own.type == theirs.type
                    ]
        return found

    def check(self, columns: list[str]) -> str:
        name = self.pick("", "", f"CONSTRAINT ck{self.random.randrange(4)} ")
        column = self.pick(*columns)
        enforced = self.pick("", " NOT ENFORCED") if self.target.mysql else ""
        return f"{name}CHECK (`{column}` IS NOT NULL){enforced}"

    # statements

    def create_table(self) -> str:
        names = list(self.random.sample(COLUMNS, self.pick(1, 2, 3, 4, 5)))
        elements = [self.definition(name, keys=False) for name in names]
        if self.chance(60):
            kind = self.pick("INT", "INT", "BIGINT", "INT UNSIGNED", "VARCHAR(20)")
            automatic = " AUTO_INCREMENT" if kind != "VARCHAR(20)" and self.chance(50) else ""
            elements[0] = f"`{names[0]}` {kind} NOT NULL{automatic}"
            elements.insert(len(elements), f"PRIMARY KEY (`{names[0]}`)")
        columns = {
            name: self.guess(element) for name, element in zip(names, elements, strict=False)
        }
        elements += [self.key(columns) for _ in range(self.pick(0, 0, 1, 2))]
        if self.chance(12):
            elements.append(self.check(names))
        if self.chance(25):
            elements.append(self.foreign_key(names))
        text = f"CREATE TABLE `{self.free_table()}` ({', '.join(elements)}){self.options()}"
        if self.chance(10) and not any("FOREIGN" in element for element in elements):
            text += f" {self.partitioning(names[0])}"
        return text

    # partitions

    def partitioning(self, column: str) -> str:
        if self.chance(35):
            return (
                f"PARTITION BY {self.pick('HASH', 'KEY')} (`{column}`) PARTITIONS {self.pick(1, 3)}"
            )
        if self.chance(30):
            lists = f"PARTITION p0 VALUES IN ({self.pick('1,2', 'NULL,3+4')})"
            return f"PARTITION BY LIST (`{column}`) ({lists}, PARTITION p1 VALUES IN (9))"
        ranges = f"PARTITION p0 VALUES LESS THAN ({self.pick(5, '2*3', '-1')})"
        last = self.pick("MAXVALUE", "(50)", "(TO_DAYS('2020-01-01'))")
        ranges += f", PARTITION p1 VALUES LESS THAN {last}"
        return f"PARTITION BY RANGE (`{column}`) ({ranges})"

    def partition_clause(self, table: Table) -> str:
        assert table.partitions is not None
        name = self.pick(*table.partitions.names, "p0")
        new = f"p{self.random.randrange(6)}"
        roll = self.random.randrange(100)
        if roll < 62:
            return self.pick(
                *[f"{self.pick(*UPKEEP)} PARTITION {self.pick(name, 'ALL')}"] * 4,
                *[f"DROP PARTITION {name}", f"COALESCE PARTITION {self.pick(0, 1, 2)}"] * 2,
                *[f"ADD PARTITION PARTITIONS {self.pick(1, 2)}", "REMOVE PARTITIONING"] * 2,
                random_features.exchange(self, table),
            )
        if "LIST" in table.partitions.by:
            values = f"IN ({self.pick(1, 2, '11,12', 'NULL')})"
        elif "RANGE" in table.partitions.by:
            values = f"LESS THAN {self.pick('(5)', '(7)', '(60)', 'MAXVALUE')}"
        else:
            values = ""
        part = f"PARTITION {new}" + (f" VALUES {values}" if values else "")
        if roll < 75:
            return f"ADD PARTITION ({part})"
        kept = next((x for x in table.partitions.definitions if x.name == name), None)
        if kept is not None and self.chance(60):
            part += f", PARTITION {name} VALUES {kept.values}" if kept.values else ""
        return f"REORGANIZE PARTITION {name} INTO ({part})"

    def guess(self, definition: str) -> Column | None:
        """The column that a definition makes, if the catalog takes it alone."""
        name = definition.split("`")[1]
        try:
            empty, session = Catalog.empty(self.target), Session.default(self.target)
            made = execute(empty, f"CREATE TABLE x ({definition})", session).catalog.table("x")
        except CatalogError:  # only a guess; the statement itself is judged later
            return None
        return made.column(name)

    def options(self) -> str:
        text = ""
        if self.chance(15):
            text += " ENGINE=InnoDB"
        if self.chance(20):
            text += self.pick(
                " DEFAULT CHARSET=latin1",
                " CHARSET=utf8mb3",
                " DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
                " COLLATE=utf8mb4_bin",
            )
        if self.chance(10):
            text += self.pick(" COMMENT='c'", " ROW_FORMAT=DYNAMIC", " ROW_FORMAT=COMPACT")
        return text + random_features.table_words(self)

    def alter_table(self) -> str:
        table = self.table()
        if table.partitions is not None and self.chance(40):
            return f"ALTER TABLE `{table.name}` {self.partition_clause(table)}"
        clauses = [self.clause(table) for _ in range(self.pick(1, 1, 1, 2, 2, 3))]
        return f"ALTER TABLE `{table.name}` {', '.join(clauses)}"

    def clause(self, table: Table) -> str:  # noqa: C901 - one branch per clause
        columns = {column.name: column for column in table.columns}
        roll = self.random.randrange(100)
        if roll < 20:
            return f"ADD COLUMN {self.definition(self.free_column(table))}{self.place(table)}"
        if roll < 30:
            return f"DROP COLUMN `{self.column(table)}`"
        if roll < 43:
            name = self.column(table)
            return f"MODIFY {self.definition(name, keys=False)}{self.place(table)}"
        if roll < 50:
            name, new = self.column(table), self.free_column(table)
            return f"CHANGE `{name}` {self.definition(new, keys=False)}{self.place(table)}"
        if roll < 62:
            return f"ADD {self.key(columns)}"
        if roll < 70:
            return self.drop_key(table)
        if roll < 76:
            return f"ADD {self.foreign_key(list(columns), table)}"
        if roll < 79:
            return self.drop_foreign_key(table)
        if roll < 83:
            return f"ADD {self.check(list(columns))}"
        if roll < 86:
            return self.drop_check(table)
        if roll < 91:
            default = self.pick("SET DEFAULT 1", "SET DEFAULT NULL", "DROP DEFAULT")
            return f"ALTER COLUMN `{self.column(table)}` {default}"
        return self.rare_clause(table)

    def rare_clause(self, table: Table) -> str:
        if self.chance(35):
            return random_features.clause(self, table)
        if self.chance(30):
            return self.pick(
                "CONVERT TO CHARACTER SET utf8mb4",
                "CONVERT TO CHARACTER SET latin1",
                "CONVERT TO CHARACTER SET utf8mb3 COLLATE utf8mb3_bin",
            )
        if self.chance(30):
            return self.pick(
                "DEFAULT CHARACTER SET latin1",
                "COLLATE utf8mb4_bin",
                "COMMENT 'new'",
                "COMMENT ''",
                "ENGINE=InnoDB",
                "ROW_FORMAT=DYNAMIC",
                "ROW_FORMAT=DEFAULT",
            )
        if self.chance(50):
            names = [index.name for index in table.indexes if index.kind != "PRIMARY"] or ["k1"]
            return f"RENAME INDEX `{self.pick(*names)}` TO k{self.random.randrange(5)}"
        if self.chance(50):
            return f"RENAME COLUMN `{self.column(table)}` TO `{self.free_column(table)}`"
        return f"RENAME TO `{self.free_table()}`"

    def place(self, table: Table) -> str:
        if not self.chance(25):
            return ""
        return self.pick(" FIRST", f" AFTER `{self.column(table)}`")

    def drop_key(self, table: Table) -> str:
        names = [index.name for index in table.indexes] or ["k1"]
        name = self.pick(*names)
        return "DROP PRIMARY KEY" if name == "PRIMARY" else f"DROP INDEX `{name}`"

    def drop_foreign_key(self, table: Table) -> str:
        names = [key.name for key in table.foreign_keys] or ["fk1"]
        return f"DROP {self.pick('FOREIGN KEY', 'FOREIGN KEY', 'CONSTRAINT')} `{self.pick(*names)}`"

    def drop_check(self, table: Table) -> str:
        names = [check.name for check in table.checks] or ["ck1"]
        words = ["CONSTRAINT"] if self.target.mariadb else ["CONSTRAINT", "CHECK"]
        return f"DROP {self.pick(*words)} `{self.pick(*names)}`"

    def create_index(self) -> str:
        table = self.table()
        column = self.pick(*table.columns)
        unique = self.pick("", "", "UNIQUE ")
        part = self.key_part(column, column.name)
        return f"CREATE {unique}INDEX k{self.random.randrange(5)} ON `{table.name}` ({part})"

    def drop_index(self) -> str:
        table = self.table()
        names = [index.name for index in table.indexes if index.kind != "PRIMARY"] or ["k1"]
        return f"DROP INDEX `{self.pick(*names)}` ON `{table.name}`"

    def drop_table(self) -> str:
        names = [f"`{self.table().name}`"]
        return f"DROP TABLE {self.pick('', 'IF EXISTS ')}{', '.join(names)}"

    def rename_table(self) -> str:
        return f"RENAME TABLE `{self.table().name}` TO `{self.free_table()}`"

    def create_like(self) -> str:
        return f"CREATE TABLE `{self.free_table()}` LIKE `{self.table().name}`"

    def rename_column(self) -> str:
        table = self.table()
        old, new = self.column(table), self.free_column(table)
        return f"ALTER TABLE `{table.name}` RENAME COLUMN `{old}` TO `{new}`"

    def set_checks(self) -> str:
        return f"SET foreign_key_checks = {self.pick(0, 1, 1)}"

    def add_foreign_key(self) -> str:
        table = self.table()
        names = [column.name for column in table.columns]
        return f"ALTER TABLE `{table.name}` ADD {self.foreign_key(names, table)}"
