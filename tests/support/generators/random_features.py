"""What one family of servers has alone, or histories use seldom, in random DDL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stillroom.catalog import Column, Table

if TYPE_CHECKING:
    from tests.support.generators.random_ddl import RandomDDL

SEQUENCES = ("s1", "s2")
KEYS = ("`{0}` + 1", "lower(`{0}`)", "coalesce(`{0}`, 0)", "cast(`{0}` as char(10))")
ARRAYS = ("unsigned", "char(10)", "date")


def column_words(writer: RandomDDL) -> list[str]:
    """Attributes of a column that come seldom."""
    words = ["INVISIBLE"] if writer.chance(3) else []
    if writer.target.mariadb and writer.chance(2):
        words.append(writer.pick("WITH SYSTEM VERSIONING", "WITHOUT SYSTEM VERSIONING"))
    return words


def next_value(writer: RandomDDL) -> str:
    """A default that takes the next number of a sequence."""
    name = writer.pick(*SEQUENCES)
    return writer.pick(f"DEFAULT nextval({name})", f"DEFAULT NEXT VALUE FOR `{name}`")


def functional_key(writer: RandomDDL, columns: Mapping[str, Column | None]) -> str:
    """A key over an expression, or over the members of a JSON array."""
    arrays = [name for name, column in columns.items() if column and column.type.name == "json"]
    if arrays and writer.chance(70):
        part = f"cast(`{writer.pick(*arrays)}` as {writer.pick(*ARRAYS)} array)"
    else:
        part = writer.pick(*KEYS).format(writer.pick(*columns))
    others = f", `{writer.pick(*columns)}`" if writer.chance(20) else ""
    kind, name = writer.pick("KEY", "KEY", "UNIQUE KEY"), f"k{writer.random.randrange(4)}"
    return f"{kind} {writer.pick('', name)} (({part}){writer.pick('', ' DESC')}{others})"


def key_words(writer: RandomDDL) -> str:
    """Whether the optimizer may use a key."""
    if writer.target.mysql:
        return writer.pick("INVISIBLE", "VISIBLE")
    return writer.pick("IGNORED", "NOT IGNORED")


def table_words(writer: RandomDDL) -> str:
    """Options of a table that come seldom."""
    return " WITH SYSTEM VERSIONING" if writer.target.mariadb and writer.chance(5) else ""


def clause(writer: RandomDDL, table: Table) -> str:
    """One change of such a thing."""
    keys = [index.name for index in table.indexes if index.kind != "PRIMARY"] or ["k1"]
    checks = [check.name for check in table.checks] or ["ck1"]
    name = writer.pick(*table.columns).name
    choices = [
        f"ALTER INDEX `{writer.pick(*keys)}` {key_words(writer)}",
        f"RENAME INDEX `{(key := writer.pick(*keys))}` TO `{key.swapcase()}`",
        f"RENAME COLUMN `{name}` TO `{name.swapcase()}`",
        f"CHANGE `{name}` {writer.definition(name.swapcase(), keys=False)}",
        f"MODIFY {writer.definition(name, keys=False)} INVISIBLE",
    ]
    if writer.target.mysql:
        choices += [
            f"ALTER CHECK `{writer.pick(*checks)}` {writer.pick('NOT ENFORCED', 'ENFORCED')}",
            f"ALTER COLUMN `{name}` SET {writer.pick('INVISIBLE', 'VISIBLE')}",
        ]
    else:
        choices += [f"{writer.pick('ADD', 'DROP')} SYSTEM VERSIONING"]
    return writer.pick(*choices)


def exchange(writer: RandomDDL, table: Table) -> str:
    """The rows of a partition against those of another table."""
    name = writer.pick(*table.partitions.names, "p0") if table.partitions else "p0"
    other = writer.pick(*writer.tables).name
    return f"EXCHANGE PARTITION {name} WITH TABLE `{other}`"


def statement(writer: RandomDDL) -> str:
    """One statement about sequences, tables under other letters, or copies to exchange."""
    name, sequence = writer.table().name, writer.pick(*SEQUENCES)
    choices = [f"RENAME TABLE `{name}` TO `{name.swapcase()}`"]
    if writer.target.mariadb:
        start = writer.pick("", " START WITH 5", " INCREMENT BY 2 NOCACHE", " MAXVALUE 100 CYCLE")
        choices += [
            f"CREATE SEQUENCE {writer.pick('', 'IF NOT EXISTS ')}{sequence}{start}",
            f"DROP SEQUENCE {writer.pick('', 'IF EXISTS ')}{sequence}",
            f"ALTER SEQUENCE {sequence} RESTART {writer.pick(7, 30)}",
        ]
    return writer.pick(*choices)
