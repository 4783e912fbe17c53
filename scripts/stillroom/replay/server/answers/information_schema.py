"""Fills the tables of ``information_schema`` from a catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stillroom.catalog import Program, Table
from stillroom.catalog.parser.lexer import Token
from stillroom.replay.server.answers.context import QueryContext
from stillroom.replay.server.answers.descriptions import Row, base_row, columns, statistics, tables
from stillroom.replay.server.answers.sqlite_engine import Column, SQLiteEngine
from stillroom.replay.server.unanswerable import Unanswerable

SCHEMA = "information_schema"
# What is listed among the tables and is none, with what its rows have beside its name.
_OTHER_KINDS: dict[str, Row] = {
    "VIEW": {"TABLE_COMMENT": "VIEW"},
    "SEQUENCE": {"ENGINE": "InnoDB"},
}


def mentioned(tokens: list[Token], context: QueryContext) -> list[str]:
    """The names, in capitals, that follow ``information_schema.``; all of them after USE of it."""
    if (context.session.schema or "").lower() == SCHEMA:
        return list(VIEWS)
    return [
        after.value.upper()
        for before, dot, after in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if dot.value == "." and before.value.lower() == SCHEMA
    ]


def fill(sqlite: SQLiteEngine, views: list[str], context: QueryContext) -> None:
    """Add these tables of information_schema; Unanswerable for one that is not held."""
    own = (context.session.schema or "").lower() == SCHEMA
    for view in dict.fromkeys(views):
        if view not in VIEWS:
            raise Unanswerable(f"only a server knows information_schema.{view}")
        names, rows_of = VIEWS[view]
        absent = _ABSENT["mysql" if context.catalog.target.mysql else "mariadb"].get(view, "")
        rows = list(rows_of(context))
        present = [name for name in names.split() if name not in absent.split()]
        columns = [Column.like(name, (row.get(name) for row in rows)) for name in present]
        filled = [tuple(row.get(column.name) for column in columns) for row in rows]
        sqlite.add("main" if own else SCHEMA, view, columns, filled)


def _schemata(context: QueryContext) -> Iterator[Row]:
    for name in (*context.catalog.schemas, SCHEMA):
        yield {
            "CATALOG_NAME": "def",
            "SCHEMA_NAME": context.shown_schema(name),
            "DEFAULT_CHARACTER_SET_NAME": context.variable("@@character_set_database"),
            "DEFAULT_COLLATION_NAME": context.variable("@@collation_database"),
            "DEFAULT_ENCRYPTION": "NO",
            "SCHEMA_COMMENT": context.catalog.schemas[name].comment if name != SCHEMA else "",
        }


def _tables(context: QueryContext) -> Iterator[Row]:
    for table in tables(context):
        yield {
            **base_row(context, table),
            "TABLE_TYPE": "SYSTEM VERSIONED" if table.versioned else "BASE TABLE",
            "ENGINE": table.engine,
            "VERSION": 10,
            "ROW_FORMAT": _row_format(table),
            "TEMPORARY": "N",
            "TABLE_COLLATION": table.collation,
            "TABLE_COMMENT": table.comment,
            "CREATE_OPTIONS": " ".join(f"{k.lower()}={v}" for k, v in table.options),
        }
    for kind, own in _OTHER_KINDS.items():
        for schema, program in programs(context, kind):
            yield {
                "TABLE_CATALOG": "def",
                "TABLE_SCHEMA": schema,
                "TABLE_NAME": program.name,
                "TABLE_TYPE": kind,
                **own,
            }


def _row_format(table: Table) -> str:
    named = next((value for name, value in table.options if name.upper() == "ROW_FORMAT"), "")
    return (named if named and named.upper() != "DEFAULT" else "Dynamic").capitalize()


def _constraints(context: QueryContext) -> Iterator[Row]:
    for table in tables(context):
        named = [
            (i.name, "PRIMARY KEY" if i.kind == "PRIMARY" else "UNIQUE")
            for i in table.indexes
            if i.unique
        ]
        named += [(key.name, "FOREIGN KEY") for key in table.foreign_keys]
        named += [(check.name, "CHECK") for check in table.checks]
        named += [(column.name, "CHECK") for column in table.columns if column.check]
        for name, kind in named:
            yield {
                **base_row(context, table, "CONSTRAINT"),
                "CONSTRAINT_NAME": name,
                "CONSTRAINT_TYPE": kind,
                "ENFORCED": "YES",
            }


def _key_columns(context: QueryContext) -> Iterator[Row]:
    for table in tables(context):
        base = {**base_row(context, table), **base_row(context, table, "CONSTRAINT")}
        for index in table.indexes:
            for position, name in enumerate(index.columns if index.unique else (), 1):
                yield {
                    **base,
                    "CONSTRAINT_NAME": index.name,
                    "COLUMN_NAME": name,
                    "ORDINAL_POSITION": position,
                }
        for key in table.foreign_keys:
            pairs = zip(key.columns, key.referenced_columns, strict=True)
            for position, (name, referenced) in enumerate(pairs, 1):
                yield {
                    **base,
                    "CONSTRAINT_NAME": key.name,
                    "COLUMN_NAME": name,
                    "ORDINAL_POSITION": position,
                    "POSITION_IN_UNIQUE_CONSTRAINT": position,
                    "REFERENCED_TABLE_SCHEMA": context.shown_schema(key.schema),
                    "REFERENCED_TABLE_NAME": key.table,
                    "REFERENCED_COLUMN_NAME": referenced,
                }


def _references(context: QueryContext) -> Iterator[Row]:
    for table in tables(context):
        for key in table.foreign_keys:
            other = context.catalog.find(key.schema, key.table)
            yield {
                **base_row(context, table, "CONSTRAINT"),
                "CONSTRAINT_NAME": key.name,
                "UNIQUE_CONSTRAINT_CATALOG": "def",
                "UNIQUE_CONSTRAINT_SCHEMA": context.shown_schema(key.schema),
                "UNIQUE_CONSTRAINT_NAME": _referenced_key(other, key.referenced_columns),
                "MATCH_OPTION": "NONE",
                "UPDATE_RULE": key.on_update or _no_action(table),
                "DELETE_RULE": key.on_delete or _no_action(table),
                "REFERENCED_TABLE_NAME": key.table,
            }


def _no_action(table: Table) -> str:
    return "RESTRICT" if table.target.mariadb else "NO ACTION"


def _referenced_key(table: Table | None, names: tuple[str, ...]) -> str | None:
    wanted = tuple(name.lower() for name in names)
    for index in table.indexes if table else ():
        if tuple(name.lower() for name in index.columns[: len(wanted)]) == wanted:
            return index.name
    return None


def _checks(context: QueryContext) -> Iterator[Row]:
    for table in tables(context):
        checks = [(check.name, check.expression, "Table") for check in table.checks]
        checks += [
            (column.name, column.check, "Column") for column in table.columns if column.check
        ]
        for name, clause, level in checks:
            yield {
                **base_row(context, table, "CONSTRAINT"),
                "CONSTRAINT_NAME": name,
                "LEVEL": level,
                "CHECK_CLAUSE": clause,
            }


def programs(context: QueryContext, kind: str) -> Iterator[tuple[str, Program]]:
    """Views, triggers or routines, each with what the project calls its schema."""
    for schema in context.catalog.schemas.values():
        for program in schema.programs.values():
            if program.kind == kind:
                yield context.shown_schema(schema.name), program


def _views(context: QueryContext) -> Iterator[Row]:
    for schema, program in programs(context, "VIEW"):
        yield {"TABLE_CATALOG": "def", "TABLE_SCHEMA": schema, "TABLE_NAME": program.name}


def _triggers(context: QueryContext) -> Iterator[Row]:
    for schema, program in programs(context, "TRIGGER"):
        yield {
            "TRIGGER_CATALOG": "def",
            "EVENT_OBJECT_CATALOG": "def",
            "ACTION_ORIENTATION": "ROW",
            "TRIGGER_SCHEMA": schema,
            "TRIGGER_NAME": program.name,
            "EVENT_OBJECT_SCHEMA": schema,
            "EVENT_OBJECT_TABLE": program.table,
        }


def _routines(context: QueryContext) -> Iterator[Row]:
    for kind in ("PROCEDURE", "FUNCTION"):
        for schema, program in programs(context, kind):
            yield {
                "ROUTINE_CATALOG": "def",
                "ROUTINE_BODY": "SQL",
                "ROUTINE_SCHEMA": schema,
                "ROUTINE_NAME": program.name,
                "SPECIFIC_NAME": program.name,
                "ROUTINE_TYPE": kind,
            }


_TABLE = "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME"
_CONSTRAINT = "CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME"
# Columns that only a server can fill, such as sizes, are absent: to ask for one is Unanswerable.
VIEWS: dict[str, tuple[str, Callable[[QueryContext], Iterator[Row]]]] = {
    "SCHEMATA": (
        "CATALOG_NAME SCHEMA_NAME DEFAULT_CHARACTER_SET_NAME DEFAULT_COLLATION_NAME SQL_PATH"
        " DEFAULT_ENCRYPTION SCHEMA_COMMENT",
        _schemata,
    ),
    "TABLES": (
        f"{_TABLE} TABLE_TYPE ENGINE VERSION ROW_FORMAT CHECK_TIME TABLE_COLLATION CHECKSUM"
        " CREATE_OPTIONS TABLE_COMMENT TEMPORARY",
        _tables,
    ),
    "COLUMNS": (
        f"{_TABLE} COLUMN_NAME ORDINAL_POSITION COLUMN_DEFAULT IS_NULLABLE DATA_TYPE"
        " CHARACTER_MAXIMUM_LENGTH CHARACTER_OCTET_LENGTH NUMERIC_PRECISION NUMERIC_SCALE"
        " DATETIME_PRECISION CHARACTER_SET_NAME COLLATION_NAME COLUMN_TYPE COLUMN_KEY EXTRA"
        " PRIVILEGES COLUMN_COMMENT IS_GENERATED GENERATION_EXPRESSION SRS_ID",
        columns,
    ),
    "STATISTICS": (
        f"{_TABLE} NON_UNIQUE INDEX_SCHEMA INDEX_NAME SEQ_IN_INDEX COLUMN_NAME COLLATION SUB_PART"
        " PACKED NULLABLE INDEX_TYPE COMMENT INDEX_COMMENT EXPRESSION IS_VISIBLE IGNORED",
        statistics,
    ),
    "TABLE_CONSTRAINTS": (
        f"{_CONSTRAINT} TABLE_SCHEMA TABLE_NAME CONSTRAINT_TYPE ENFORCED",
        _constraints,
    ),
    "KEY_COLUMN_USAGE": (
        f"{_CONSTRAINT} {_TABLE} COLUMN_NAME ORDINAL_POSITION POSITION_IN_UNIQUE_CONSTRAINT"
        " REFERENCED_TABLE_SCHEMA REFERENCED_TABLE_NAME REFERENCED_COLUMN_NAME",
        _key_columns,
    ),
    "REFERENTIAL_CONSTRAINTS": (
        f"{_CONSTRAINT} UNIQUE_CONSTRAINT_CATALOG UNIQUE_CONSTRAINT_SCHEMA UNIQUE_CONSTRAINT_NAME"
        " MATCH_OPTION UPDATE_RULE DELETE_RULE TABLE_NAME REFERENCED_TABLE_NAME",
        _references,
    ),
    "CHECK_CONSTRAINTS": (f"{_CONSTRAINT} TABLE_NAME LEVEL CHECK_CLAUSE", _checks),
    "VIEWS": (_TABLE, _views),
    "TRIGGERS": (
        "TRIGGER_CATALOG TRIGGER_SCHEMA TRIGGER_NAME EVENT_OBJECT_CATALOG EVENT_OBJECT_SCHEMA"
        " EVENT_OBJECT_TABLE ACTION_CONDITION ACTION_ORIENTATION ACTION_REFERENCE_OLD_TABLE"
        " ACTION_REFERENCE_NEW_TABLE",
        _triggers,
    ),
    "ROUTINES": (
        "ROUTINE_CATALOG ROUTINE_SCHEMA ROUTINE_NAME SPECIFIC_NAME ROUTINE_TYPE ROUTINE_BODY",
        _routines,
    ),
}
# What the tables of one family have, and those of the other have not.
_ABSENT = {
    "mariadb": {
        "SCHEMATA": "DEFAULT_ENCRYPTION",
        "COLUMNS": "SRS_ID",
        "STATISTICS": "EXPRESSION IS_VISIBLE",
        "TABLE_CONSTRAINTS": "ENFORCED",
    },
    "mysql": {
        "SCHEMATA": "SCHEMA_COMMENT",
        "TABLES": "TEMPORARY",
        "COLUMNS": "IS_GENERATED",
        "STATISTICS": "IGNORED",
        "CHECK_CONSTRAINTS": "TABLE_NAME LEVEL",
    },
}
