"""Answers SHOW and DESCRIBE."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from stillroom.catalog import Table
from stillroom.catalog import error_numbers as er
from stillroom.catalog.messages import refusal
from stillroom.replay.server import variables
from stillroom.replay.server.answers import descriptions, information_schema
from stillroom.replay.server.answers.context import QueryContext
from stillroom.replay.server.answers.sqlite_engine import Column
from stillroom.replay.server.answers.sqlite_translation import translate
from stillroom.replay.server.answers.words import Words
from stillroom.replay.server.results import Result
from stillroom.replay.server.unanswerable import Unanswerable

Shown: TypeAlias = "tuple[tuple[str, ...], list[tuple[Any, ...]]]"

_SCOPES = frozenset({"FULL", "EXTENDED", "GLOBAL", "SESSION", "LOCAL", "STORAGE"})


def show(sql: str, context: QueryContext) -> Result:
    """Unanswerable if only a server can say; DDLError as the server would."""
    words = Words([token for token in context.tokens(sql) if token.value != ";"])
    verb = words.take().value
    if verb in ("DESC", "DESCRIBE", "EXPLAIN"):
        return _describe(words, context)
    full = False
    while words.peek().value in _SCOPES:
        full = words.take().value == "FULL" or full
    subject = words.take().value
    if subject == "CREATE":
        return _create(words, context)
    if subject not in _SUBJECTS:
        raise Unanswerable(f"only a server can answer SHOW {subject}")
    columns, rows = _SUBJECTS[subject](words, context, full)
    return _filtered(columns, rows, words, context)


def _filtered(
    columns: tuple[str, ...], rows: list[tuple[Any, ...]], words: Words, context: QueryContext
) -> Result:
    if words.accept("LIKE"):
        pattern = _like(words.take().value)
        rows = [row for row in rows if pattern.fullmatch(str(row[0]))]
    elif words.accept("WHERE"):
        names = frozenset(name.lower() for name in columns)
        condition = translate(words.rest(), frozenset(), lambda _: "NULL", names).text
        with context.sqlite_engine([]) as sqlite:
            kinds = [Column.like(n, (row[i] for row in rows)) for i, n in enumerate(columns)]
            sqlite.add("main", "shown", kinds, rows)
            _, rows, _ = sqlite.run(f"SELECT * FROM shown WHERE {condition}")  # noqa: S608
    elif words.rest():
        raise Unanswerable("only a server can answer this form of SHOW")
    return Result.of(columns, rows)


def _like(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\\.|%|_)", pattern)
    wild = {"%": ".*", "_": "."}
    text = "".join(
        wild[part] if part in wild else re.escape(part[1:] if part.startswith("\\") else part)
        for part in parts
    )
    return re.compile(text, re.IGNORECASE | re.DOTALL)


def _schema(words: Words, context: QueryContext) -> str:
    """The catalog's name of the schema after FROM or IN, else of the current one."""
    if words.accept("FROM", "IN"):
        shown = words.name()
        schema = context.real_schema(shown)
        if schema not in context.catalog.schemas:
            raise refusal(er.BAD_DB_ERROR, shown)
        return schema
    if context.session.schema is None:
        raise refusal(er.NO_DB_ERROR)
    return context.session.schema


def _table(words: Words, context: QueryContext) -> Table:
    schema, name = words.qualified()
    if words.accept("FROM", "IN"):
        schema = words.name()
    return context.existing_table(name, schema)


def _create(words: Words, context: QueryContext) -> Result:
    kind = words.take().value
    if kind == "TABLE":
        table = _table(words, context)
        return Result.of(("Table", "Create Table"), [(table.name, table.create_statement)])
    if kind in ("DATABASE", "SCHEMA"):
        name = words.name()
        charset = context.variable("@@character_set_database")
        text = f"CREATE DATABASE `{name}` /*!40100 DEFAULT CHARACTER SET {charset} */"
        return Result.of(("Database", "Create Database"), [(name, text)])
    raise Unanswerable(f"only a server can answer SHOW CREATE {kind}")


def _describe(words: Words, context: QueryContext) -> Result:
    if words.peek().value in ("SELECT", "UPDATE", "DELETE", "INSERT", "ANALYZE", "FORMAT"):
        raise Unanswerable("only a server can explain a statement")
    table = _table(words, context)
    columns, rows = _columns_of(table, context, full=False)
    if words.rest():
        wanted = words.name().lower()
        rows = [row for row in rows if row[0].lower() == wanted]
    return Result.of(columns, rows)


def _tables(words: Words, context: QueryContext, full: bool) -> Shown:
    schema = _schema(words, context)
    shown = context.shown_schema(schema)
    names = [(name, "BASE TABLE") for name in context.catalog.tables(schema)]
    names += [
        (p.name, "VIEW") for own, p in information_schema.programs(context, "VIEW") if own == shown
    ]
    rows: list[tuple[Any, ...]] = sorted(names)
    column = f"Tables_in_{shown}"
    if words.peek().value == "LIKE":
        column += f" ({words.tokens[words.position + 1].value})"
    if full:
        return (column, "Table_type"), rows
    return (column,), [(name,) for name, _ in rows]


def _columns(words: Words, context: QueryContext, full: bool) -> Shown:
    words.accept("FROM", "IN")
    return _columns_of(_table(words, context), context, full=full)


def _columns_of(table: Table, context: QueryContext, *, full: bool) -> Shown:
    described = [
        row
        for row in descriptions.columns(context)
        if row["TABLE_NAME"] == table.name
        and row["TABLE_SCHEMA"] == context.shown_schema(table.schema)
    ]
    names = {
        "Field": "COLUMN_NAME",
        "Type": "COLUMN_TYPE",
        "Collation": "COLLATION_NAME",
        "Null": "IS_NULLABLE",
        "Key": "COLUMN_KEY",
        "Default": "COLUMN_DEFAULT",
        "Extra": "EXTRA",
        "Privileges": "PRIVILEGES",
        "Comment": "COLUMN_COMMENT",
    }
    if not full:
        for name in ("Collation", "Privileges", "Comment"):
            del names[name]
    rows = []
    for row in described:
        default = row["COLUMN_DEFAULT"]
        shown = {**row, "COLUMN_DEFAULT": _bare(default)}
        rows.append(tuple(shown[key] for key in names.values()))
    return tuple(names), rows


def _bare(default: str | None) -> str | None:
    if default is None or default.upper() == "NULL":
        return None
    quoted = default.startswith("'") and default.endswith("'")
    return default[1:-1].replace("''", "'") if quoted else default


def _indexes(words: Words, context: QueryContext, full: bool) -> Shown:
    words.accept("FROM", "IN")
    table = _table(words, context)
    names = {
        "Table": "TABLE_NAME",
        "Non_unique": "NON_UNIQUE",
        "Key_name": "INDEX_NAME",
        "Seq_in_index": "SEQ_IN_INDEX",
        "Column_name": "COLUMN_NAME",
        "Collation": "COLLATION",
        "Cardinality": "CARDINALITY",
        "Sub_part": "SUB_PART",
        "Packed": "PACKED",
        "Null": "NULLABLE",
        "Index_type": "INDEX_TYPE",
        "Comment": "COMMENT",
        "Index_comment": "INDEX_COMMENT",
    }
    if context.catalog.target.mysql:
        names |= {"Visible": "IS_VISIBLE", "Expression": "EXPRESSION"}
    else:
        names["Ignored"] = "IGNORED"
    rows = [
        tuple(row.get(key, 0 if key == "CARDINALITY" else None) for key in names.values())
        for row in descriptions.statistics(context)
        if row["TABLE_NAME"] == table.name
        and row["TABLE_SCHEMA"] == context.shown_schema(table.schema)
    ]
    return tuple(names), rows


def _variables(words: Words, context: QueryContext, full: bool) -> Shown:
    known = variables.settings(context.catalog.target, context.session)
    switches = {
        "autocommit",
        "foreign_key_checks",
        "unique_checks",
        "sql_safe_updates",
        "read_only",
    }
    rows: list[tuple[Any, ...]] = [
        (name, ("ON" if value else "OFF") if name in switches else str(value))
        for name, value in sorted(known.items())
        if not name.startswith("@")
    ]
    return ("Variable_name", "Value"), rows


def _schemas(words: Words, context: QueryContext, full: bool) -> Shown:
    names = [context.shown_schema(name) for name in context.catalog.schemas]
    return ("Database",), [(name,) for name in sorted([*names, information_schema.SCHEMA])]


def _status(words: Words, context: QueryContext, full: bool) -> Shown:
    """Counters of a server; only that there is no cluster is certain."""
    asked = words.tokens[words.position + 1].value if words.rest() else ""
    if not asked.startswith("wsrep"):
        raise Unanswerable("only a server can answer SHOW STATUS")
    return ("Variable_name", "Value"), []


def _nothing(*columns: str) -> Callable[[Words, QueryContext, bool], Shown]:
    return lambda words, context, full: (columns, [])


def _engines(words: Words, context: QueryContext, full: bool) -> Shown:
    return ("Engine", "Support", "Comment"), [("InnoDB", "DEFAULT", ""), ("MyISAM", "YES", "")]


def _collation(words: Words, context: QueryContext, full: bool) -> Shown:
    raise Unanswerable("only a server can answer SHOW COLLATION")


def _table_status(words: Words, context: QueryContext, full: bool) -> Shown:
    if not words.accept("STATUS"):
        raise Unanswerable("only a server can answer this form of SHOW")
    schema = _schema(words, context)
    rows: list[tuple[Any, ...]] = [
        (table.name, table.engine, "Dynamic", table.collation, table.comment)
        for table in context.catalog.tables(schema).values()
    ]
    return ("Name", "Engine", "Row_format", "Collation", "Comment"), rows


_SUBJECTS: dict[str, Callable[[Words, QueryContext, bool], Shown]] = {
    "TABLES": _tables,
    "TABLE": _table_status,
    "COLUMNS": _columns,
    "FIELDS": _columns,
    "INDEX": _indexes,
    "INDEXES": _indexes,
    "KEYS": _indexes,
    "VARIABLES": _variables,
    "DATABASES": _schemas,
    "SCHEMAS": _schemas,
    "ENGINES": _engines,
    "COLLATION": _collation,
    "WARNINGS": _nothing("Level", "Code", "Message"),
    "ERRORS": _nothing("Level", "Code", "Message"),
    "STATUS": _status,
}
