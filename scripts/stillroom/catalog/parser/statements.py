"""Parse one statement of any kind."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import CatalogError, DDLError, syntax_error
from stillroom.catalog.parser.alterations import alter_table
from stillroom.catalog.parser.cursor import Cursor
from stillroom.catalog.parser.data_types import charset_clause
from stillroom.catalog.parser.index_statements import create_index, drop_index
from stillroom.catalog.parser.keys import has_vector_indexes
from stillroom.catalog.parser.lexer import Kind
from stillroom.catalog.parser.statement_kinds import StatementKind, kind, word_behind_with
from stillroom.catalog.parser.syntax import (
    AlterSchema,
    AlterSequence,
    CreateProgram,
    CreateSchema,
    DropPrograms,
    DropSchema,
    DropTables,
    Inert,
    Option,
    RenameTables,
    Statement,
    TableName,
    TruncateTable,
    Use,
)
from stillroom.catalog.parser.tables import create_table
from stillroom.catalog.parser.variables import set_variables
from stillroom.catalog.target import Target

_PROGRAMS = ("VIEW", "TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "SEQUENCE")
_DELIMITER = (
    "DELIMITER is a command of the mysql client, and not SQL. Leave it out:"
    " pass a trigger or routine whole to one op.execute(), with the semicolons"
    " in its body"
)
_INERT = frozenset(
    [
        StatementKind.DML,
        StatementKind.SELECT,
        StatementKind.SHOW,
        StatementKind.TRANSACTION,
        StatementKind.ADMIN,
        StatementKind.EMPTY,
    ]
)


def parse(text: str, target: Target, sql_mode: frozenset[str] = frozenset()) -> Statement:
    """The statement as data.

    Raises Unsupported for what this grammar does not know, DDLError 1064 for what no server
    would read.
    """
    cursor = Cursor(text, target, sql_mode)
    start = cursor.position
    if cursor.at_end:
        return Inert(start)
    word = cursor.token.value if cursor.token.kind is Kind.WORD else ""
    match word:
        case "CREATE":
            return _create(cursor, start)
        case "ALTER":
            return _alter(cursor, start)
        case "DROP":
            return _drop(cursor, start)
        case "RENAME":
            return _rename(cursor, start)
        case "TRUNCATE":
            return _truncate(cursor, start)
        case "USE":
            cursor.take()
            schema = cursor.identifier()
            cursor.expect_end()
            return Use(schema, start)
        case "SET":
            return set_variables(cursor, start)
    if kind(text) in _INERT:
        check_with(text, target)
        return Inert(start)
    raise _unknown(cursor, word)


def _unknown(cursor: Cursor, word: str) -> CatalogError:
    if word == "DELIMITER":
        return DDLError(er.PARSE_ERROR, _DELIMITER)
    return cursor.unsupported(f"{word or 'this'} statements are not supported by a replay")


def check_with(text: str, target: Target) -> None:
    """Error 1064 for WITH before a change: MariaDB has it from 12 on, and both no INSERT."""
    behind = word_behind_with(text)
    if behind is None:
        return
    never = target.mariadb and not target.mariadb_from(12)
    if never or behind.group(1).upper() not in ("UPDATE", "DELETE"):
        raise syntax_error(target.product, text, behind.start(1))


def _truncate(cursor: Cursor, start: int) -> TruncateTable:
    cursor.take()
    cursor.accept("TABLE")
    table = cursor.table_name()
    _wait(cursor)
    cursor.expect_end()
    return TruncateTable(table, start)


def _wait(cursor: Cursor) -> None:
    if cursor.accept("WAIT"):
        cursor.integer()
    else:
        cursor.accept("NOWAIT")


def _create(cursor: Cursor, start: int) -> Statement:
    cursor.take()
    or_replace = cursor.accept("OR", "REPLACE")
    if or_replace and cursor.target.mysql and cursor.at_any("TABLE", "TEMPORARY", "INDEX"):
        raise cursor.syntax_error()
    temporary = cursor.accept("TEMPORARY")
    if cursor.accept("TABLE"):
        return create_table(cursor, temporary=temporary, or_replace=or_replace, start=start)
    vector = cursor.at("VECTOR")
    if vector and not has_vector_indexes(cursor):
        raise cursor.syntax_error()
    if vector or cursor.at_any("UNIQUE", "FULLTEXT", "SPATIAL", "INDEX"):
        return create_index(cursor, start, or_replace=or_replace)
    if cursor.accept_any("DATABASE", "SCHEMA"):
        if_not_exists = cursor.if_not_exists()
        name = cursor.identifier()
        options = _schema_options(cursor)
        return CreateSchema(name, options, if_not_exists, or_replace, start)
    if temporary and not cursor.at("SEQUENCE"):
        raise cursor.syntax_error()
    if temporary:
        raise cursor.unsupported("a temporary sequence is not supported")
    return _create_program(cursor, start, or_replace=or_replace)


def _check_sequence(cursor: Cursor) -> None:
    """MySQL has no sequences."""
    if cursor.target.mysql and cursor.at("SEQUENCE"):
        raise cursor.syntax_error()


def _schema_options(cursor: Cursor) -> tuple[Option, ...]:
    options: list[Option] = []
    while not cursor.at_end and not cursor.at(";"):
        position = cursor.position
        cursor.accept("DEFAULT")
        if cursor.at_any("CHARSET", "CHARACTER", "CHAR"):
            options.append(Option("CHARSET", charset_clause(cursor), position))
            continue
        name = cursor.accept_any("COLLATE", "COMMENT", "ENCRYPTION")
        if name is None:
            raise cursor.unsupported("unknown option of a database")
        cursor.accept("=")
        value = cursor.word_or_string()
        options.append(Option(name, value.lower() if name == "COLLATE" else value, position))
    cursor.expect_end()
    return tuple(options)


def _create_program(cursor: Cursor, start: int, *, or_replace: bool) -> CreateProgram:
    """Skip ALGORITHM, DEFINER and SQL SECURITY, keep the rest as text."""
    while cursor.at_any("ALGORITHM", "DEFINER", "SQL", "AGGREGATE"):
        word = cursor.take().value
        if word == "SQL":
            cursor.expect("SECURITY")
            cursor.take()
        elif word != "AGGREGATE":
            cursor.expect("=")
            cursor.take()
            while not cursor.at_any("SQL", *_PROGRAMS):
                cursor.take()
    _check_sequence(cursor)
    program = cursor.accept_any(*_PROGRAMS)
    if program is None:
        raise cursor.unsupported("unknown kind of CREATE")
    if_not_exists = cursor.if_not_exists()
    name = cursor.table_name()
    table = None
    if program == "TRIGGER":
        while not cursor.accept("ON"):
            cursor.take()
        table = cursor.table_name()
    return CreateProgram(program, name, cursor.text, table, if_not_exists, or_replace, start)


def _alter(cursor: Cursor, start: int) -> Statement:
    cursor.take()
    cursor.accept("ONLINE")
    if cursor.accept("IGNORE") and cursor.target.mysql:
        raise cursor.syntax_error()
    if cursor.accept("TABLE"):
        return alter_table(cursor, start)
    if cursor.accept_any("DATABASE", "SCHEMA"):
        name = None
        if cursor.at_identifier() and not cursor.at_any("CHARSET", "COMMENT", "ENCRYPTION"):
            name = cursor.identifier()
        return AlterSchema(name, _schema_options(cursor), start)
    _check_sequence(cursor)
    if cursor.accept("SEQUENCE"):
        if_exists = cursor.if_exists()
        return AlterSequence(cursor.table_name(), if_exists, start)
    raise cursor.unsupported("unknown kind of ALTER")


def _drop(cursor: Cursor, start: int) -> Statement:
    cursor.take()
    temporary = cursor.accept("TEMPORARY")
    if cursor.accept_any("TABLE", "TABLES"):
        if_exists = cursor.if_exists()
        tables = _tables(cursor)
        cursor.accept_any("RESTRICT", "CASCADE")
        _wait(cursor)
        cursor.expect_end()
        return DropTables(tables, if_exists, temporary, start)
    if cursor.accept("INDEX"):
        return drop_index(cursor, start)
    if cursor.accept_any("DATABASE", "SCHEMA"):
        if_exists = cursor.if_exists()
        name = cursor.identifier()
        cursor.expect_end()
        return DropSchema(name, if_exists, start)
    _check_sequence(cursor)
    program = cursor.accept_any(*_PROGRAMS)
    if program is None:
        raise cursor.unsupported("unknown kind of DROP")
    if_exists = cursor.if_exists()
    names = _tables(cursor)
    cursor.accept_any("RESTRICT", "CASCADE")
    cursor.expect_end()
    return DropPrograms(program, names, if_exists, start)


def _tables(cursor: Cursor) -> tuple[TableName, ...]:
    names = [cursor.table_name()]
    while cursor.accept(","):
        names.append(cursor.table_name())
    return tuple(names)


def _rename(cursor: Cursor, start: int) -> RenameTables:
    cursor.take()
    if not cursor.accept_any("TABLE", "TABLES"):
        raise cursor.unsupported("unknown kind of RENAME")
    if_exists = cursor.own_if_exists()
    pairs = []
    while True:
        old = cursor.table_name()
        _wait(cursor)
        cursor.expect("TO")
        pairs.append((old, cursor.table_name()))
        if not cursor.accept(","):
            break
    cursor.expect_end()
    return RenameTables(tuple(pairs), if_exists, start)
