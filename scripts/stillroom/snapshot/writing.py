"""Writes a replayed state as SQL: a statement for each table, row and program, in a fixed order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stillroom.catalog import Catalog, Column, Program, Session, Table, quoted_name, quoted_string
from stillroom.catalog.record import replace
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.replay.server import State
from stillroom.replay.server.known_rows import Contents, Value
from stillroom.snapshot.header import END

# A row may have the number 0 in a column that counts, and a default may be a date of zeros.
SQL_MODE = "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES"
# What a client sets before it; `load` sets the same.
SETTINGS = (
    "SET NAMES utf8mb4",
    "SET foreign_key_checks = 0",
    f"SET sql_mode = '{SQL_MODE}'",
)
# What it sets behind the rows: a routine keeps the sql_mode that it is made in.
RESTORED = ("SET sql_mode = DEFAULT", "SET foreign_key_checks = 1")
GENERATED = "-- Keys that the server makes for foreign keys: "
UNKNOWN = "-- Rows that a replay cannot know: "
ANY_TABLE = "any table"
_OWN = f"{quoted_name(DEFAULT_SCHEMA)}."
# Views may call functions; triggers come behind the rows, as do events that change them.
_KINDS = (
    "SEQUENCE",
    "FUNCTION",
    "PROCEDURE",
    "PACKAGE",
    "PACKAGE BODY",
    "VIEW",
    "TRIGGER",
    "EVENT",
)
Unknown = tuple[str, str]  # the table in words, and file:line of what fills it


def body(state: State, data_only: Sequence[str] = ()) -> str:
    """All but the header. ``data_only`` are files of revisions that a replay leaves out."""
    parts = [
        *(f"{line};" for line in SETTINGS),
        "",
        *_blocks(state),
        *(f"{UNKNOWN}{table} ({where})" for table, where in unknown_rows(state, data_only)),
    ]
    return "\n".join([*parts, END, ""])


def unknown_rows(state: State, data_only: Sequence[str] = ()) -> Iterator[Unknown]:
    """The tables whose rows the history has put in and the replay does not know."""
    for table in sorted_tables(state.catalog):
        held = state.rows.of(table)
        if not is_known(table, held):
            yield table.sql_name, held.where
    for file in data_only:
        yield ANY_TABLE, file


def sorted_tables(catalog: Catalog) -> list[Table]:
    """All tables: those of the database itself first, each schema by name."""
    return sorted(
        catalog.all_tables(),
        key=lambda table: (table.schema != DEFAULT_SCHEMA, table.schema, table.name),
    )


def _blocks(state: State) -> Iterator[str]:
    yield from (f"{statement};\n" for statement in schema_statements(state.catalog))
    programs = sorted_programs(state.catalog)
    yield from (_program(program) for program in programs if program.kind == "SEQUENCE")
    tables = sorted_tables(state.catalog)
    for table in tables:
        yield from _table(table)
    for table in tables:
        held = state.rows.of(table)
        if held.rows and is_known(table, held):
            yield "".join(f"{line};\n" for line in row_statements(table, held))
    yield "".join(f"{line};\n" for line in RESTORED)
    yield from (_program(program) for program in programs if program.kind != "SEQUENCE")


def schema_statements(catalog: Catalog) -> Iterator[str]:
    """What makes the databases, and gives them their collations."""
    usual = Session.default(catalog.target).collation
    for name, schema in sorted(catalog.schemas.items()):
        if name == DEFAULT_SCHEMA and schema.collation != usual:
            yield f"ALTER DATABASE COLLATE {schema.collation}"
        elif name != DEFAULT_SCHEMA and (schema.tables or schema.programs):
            yield f"CREATE DATABASE IF NOT EXISTS {quoted_name(name)} COLLATE {schema.collation}"


def _table(table: Table) -> Iterator[str]:
    yield f"{create_statement(table)};"
    if keys := [quoted_name(index.name) for index in table.indexes if index.generated]:
        yield GENERATED + ", ".join(keys)
    if table.auto_increment is not None:
        yield f"{counter_statement(table)};"
    yield ""


def create_statement(table: Table) -> str:
    """CREATE TABLE without a counter, as a client can send it to a database of any name."""
    text = replace(table, auto_increment=None).create_statement
    text = text.replace(f"val({_OWN}", "val(")
    if table.schema != DEFAULT_SCHEMA:
        text = text.replace(quoted_name(table.name), table.sql_name, 1)
    return text


def counter_statement(table: Table) -> str:
    """What sets the counter that a revision has chosen for a table."""
    return f"ALTER TABLE {table.sql_name} AUTO_INCREMENT={table.auto_increment}"


# rows


def is_known(table: Table, held: Contents) -> bool:
    """Whether every value that the history has put into a table is known."""
    if held.lost:
        return False
    positions = _written(table, held)
    if not held.rows or held.unknown.isdisjoint(column.name.lower() for _, column in positions):
        return all(_is_exact(row[at], column) for row in held.rows for at, column in positions)
    return False


def _written(table: Table, held: Contents) -> list[tuple[int, Column]]:
    """The columns that an INSERT may name, with their places in the rows."""
    named = [(at, table.by_name[name]) for at, name in enumerate(held.columns)]
    return [(at, column) for at, column in named if column.generated is None]


def _is_exact(value: Value, column: Column) -> bool:
    """Whether a server keeps a value as it is written here."""
    return column.type.name != "enum" or value is None or value in column.type.values


def row_statements(table: Table, held: Contents) -> Iterator[str]:
    """An INSERT for each row: a row more is a line more."""
    columns, rows = known_rows(table, held)
    names = ", ".join(map(quoted_name, columns))
    for row in rows:
        values = ", ".join(map(_literal, row))
        yield f"INSERT INTO {table.sql_name} ({names}) VALUES ({values})"


def known_rows(table: Table, held: Contents) -> tuple[list[str], list[tuple[Value, ...]]]:
    """The columns that an INSERT may name, and the rows as their values."""
    written = _written(table, held)
    names = [column.name for _, column in written]
    return names, [tuple(row[at] for at, _ in written) for row in held.rows]


def _literal(value: Value) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else quoted_string(value)


# views, triggers, routines, events, sequences


def sorted_programs(catalog: Catalog) -> list[Program]:
    """In an order in which each is there before it is needed, and by name apart from that."""
    left = [program for schema in catalog.schemas.values() for program in schema.programs.values()]
    left.sort(key=lambda program: (_KINDS.index(program.kind), program.name))
    ordered: list[Program] = []
    while left:
        ready = next((program for program in left if not _needs_another(program, left)), left[0])
        left.remove(ready)
        ordered.append(ready)
    return ordered


def _needs_another(program: Program, others: Sequence[Program]) -> bool:
    """Whether a view is made from one of the other views."""
    words = set(re.findall(r"[\w$]+", program.text)) if program.kind == "VIEW" else set()
    views = [other for other in others if other.kind == "VIEW" and other is not program]
    return any(view.name in words for view in views)


def _program(program: Program) -> str:
    """The statement, behind a delimiter of its own if a line of it ends in a semicolon."""
    text = program_statement(program)
    if not re.search(r";[ \t]*$", text, re.MULTILINE):
        return f"{text};\n"
    delimiter = "$$"
    while delimiter in text:
        delimiter += "$"
    return f"DELIMITER {delimiter}\n{text}{delimiter}\nDELIMITER ;\n"


def program_statement(program: Program) -> str:
    """The statement that makes a program, in a database of any name."""
    return program.text.strip().removesuffix(";").replace(_OWN, "")
