"""Views, triggers, routines, events and sequences: stored by name with their text, never run."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.catalog import Catalog, Schema
from stillroom.catalog.errors import DDLError
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Program
from stillroom.catalog.parser.syntax import AlterSequence, CreateProgram, DropPrograms, TableName
from stillroom.catalog.record import replace
from stillroom.catalog.session import Session

_Notes = tuple[tuple[int, str], ...]


_LIKE_TABLES = ("VIEW", "SEQUENCE")  # they share their names with tables


def takes_name(schema: Schema, name: str) -> bool:
    """Whether the schema has a view or a sequence of that name."""
    return any((kind, name) in schema.programs for kind in _LIKE_TABLES)


def is_sequence(schema: Schema, name: str) -> bool:
    """Whether the schema has a sequence of that name."""
    return ("SEQUENCE", name) in schema.programs


def without_sequence(schema: Schema, name: str) -> Schema:
    """The schema after DROP TABLE of a sequence."""
    key = ("SEQUENCE", name)
    left = {other: program for other, program in schema.programs.items() if other != key}
    return replace(schema, programs=left)


def renamed_sequence(catalog: Catalog, old: tuple[str, str], new: tuple[str, str]) -> Catalog:
    """The catalog after RENAME TABLE of a sequence; names are schema and name."""
    source = catalog.schema(old[0])
    program = replace(source.programs["SEQUENCE", old[1]], name=new[1])
    catalog = catalog.with_schema(without_sequence(source, old[1]))
    goal = catalog.schema(new[0])
    programs = {**goal.programs, ("SEQUENCE", new[1]): program}
    return catalog.with_schema(replace(goal, programs=programs))


def has_triggers(schema: Schema, table: str) -> bool:
    """Whether a table has triggers."""
    return any(program.table == table for program in schema.programs.values())


def retargeted(schema: Schema, old: str, new: str) -> Schema:
    """The schema with the triggers of one table moved to another name."""
    if not has_triggers(schema, old):
        return schema
    programs = {
        key: replace(program, table=new) if program.table == old else program
        for key, program in schema.programs.items()
    }
    return replace(schema, programs=programs)


def apply(
    catalog: Catalog, statement: CreateProgram | AlterSequence | DropPrograms, session: Session
) -> tuple[Catalog, _Notes]:
    """The catalog after the statement, and the server's notes."""
    if isinstance(statement, AlterSequence):
        return catalog, _check_altered(catalog, statement, session)
    if isinstance(statement, CreateProgram):
        return _create(catalog, statement, session)
    notes: list[tuple[int, str]] = []
    for name in statement.names:
        schema = catalog.schema(_schema(name, session))
        key = (statement.kind, _key(statement.kind, name.name))
        if key in schema.programs:
            left = {other: program for other, program in schema.programs.items() if other != key}
            catalog = catalog.with_schema(replace(schema, programs=left))
            continue
        error = _missing(statement.kind, schema.name, name.name, catalog)
        if not statement.if_exists:
            raise error
        notes.append((error.number, error.message))
    return catalog, tuple(notes)


def _check_altered(catalog: Catalog, statement: AlterSequence, session: Session) -> _Notes:
    """That there is such a sequence; its numbers are no part of a catalog."""
    schema, name = catalog.schema(_schema(statement.name, session)), statement.name.name
    if is_sequence(schema, name):
        return ()
    if name in schema.tables:
        raise refusal(er.MARIADB_NOT_SEQUENCE, f"{schema.name}.{name}")
    error = refusal(er.MARIADB_UNKNOWN_SEQUENCES, f"{schema.name}.{name}")
    if not statement.if_exists:
        raise error
    return ((error.number, error.message),)


def _schema(name: TableName, session: Session) -> str:
    schema = name.schema or session.schema
    if schema is None:
        raise refusal(er.NO_DB_ERROR)
    return schema


def _key(kind: str, name: str) -> str:
    """Views, sequences and triggers are told apart by case, routines and events are not."""
    return name if kind in (*_LIKE_TABLES, "TRIGGER") else name.lower()


def _create(catalog: Catalog, statement: CreateProgram, session: Session) -> tuple[Catalog, _Notes]:
    kind, name = statement.kind, statement.name.name
    schema = catalog.schema(_schema(statement.name, session))
    key = (kind, _key(kind, name))
    exists = key in schema.programs
    if kind in _LIKE_TABLES:
        exists = name in schema.tables or takes_name(schema, name)
    if exists and not (statement.or_replace and key in schema.programs):
        error = _existing(kind, name)
        if statement.if_not_exists:
            return catalog, ((error.number, error.message),)
        raise error
    table = None
    if statement.table is not None:
        table = statement.table.name
        if table not in schema.tables:
            raise refusal(er.NO_SUCH_TABLE, schema.name, table)
    program = Program(kind, name, statement.text, table)
    return catalog.with_schema(replace(schema, programs={**schema.programs, key: program})), ()


def _existing(kind: str, name: str) -> DDLError:
    match kind:
        case "VIEW" | "SEQUENCE":
            return refusal(er.TABLE_EXISTS_ERROR, name)
        case "TRIGGER":
            return refusal(er.TRG_ALREADY_EXISTS)
        case "EVENT":
            return refusal(er.EVENT_ALREADY_EXISTS, name)
    return refusal(er.SP_ALREADY_EXISTS, kind, name)


def _missing(kind: str, schema: str, name: str, catalog: Catalog) -> DDLError:
    match kind:
        case "VIEW":
            if catalog.target.mariadb:
                return refusal(er.MARIADB_UNKNOWN_VIEW, f"{schema}.{name}")
            return refusal(er.BAD_TABLE_ERROR, f"{schema}.{name}")
        case "SEQUENCE":
            if name in catalog.schema(schema).tables:
                return refusal(er.MARIADB_NOT_SEQUENCE2, f"{schema}.{name}")
            return refusal(er.MARIADB_UNKNOWN_SEQUENCES, f"{schema}.{name}")
        case "TRIGGER":
            return refusal(er.TRG_DOES_NOT_EXIST)
        case "EVENT":
            return refusal(er.EVENT_DOES_NOT_EXIST, name)
    return refusal(er.SP_DOES_NOT_EXIST, kind, f"{schema}.{name}")
