"""CREATE, ALTER and DROP DATABASE."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.catalog import Catalog, Schema
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.syntax import AlterSchema, CreateSchema, DropSchema, Option
from stillroom.catalog.record import replace
from stillroom.catalog.session import Session
from stillroom.catalog.tables.options import table_collation

_Notes = tuple[tuple[int, str], ...]
_LONGEST_NAME = 64


def apply(
    catalog: Catalog, statement: CreateSchema | AlterSchema | DropSchema, session: Session
) -> tuple[Catalog, _Notes]:
    """The catalog after the statement, and the server's notes."""
    match statement:
        case CreateSchema():
            return _create(catalog, statement)
        case AlterSchema():
            name = statement.name or session.schema
            if name is None:
                raise refusal(er.NO_DB_ERROR)
            schema = catalog.schema(name)
            return catalog.with_schema(_with_options(schema, statement.options, catalog)), ()
        case DropSchema():
            return _drop(catalog, statement, session)


def _create(catalog: Catalog, statement: CreateSchema) -> tuple[Catalog, _Notes]:
    name = statement.name
    if len(name) > _LONGEST_NAME:
        raise refusal(er.TOO_LONG_IDENT, name)
    if name in catalog.schemas and not statement.or_replace:
        error = refusal(er.DB_CREATE_EXISTS, name)
        if statement.if_not_exists:
            return catalog, ((error.number, error.message),)
        raise error
    collation = Session.default(catalog.target).collation
    schema = _with_options(Schema(name, collation), statement.options, catalog)
    return catalog.with_schema(schema), ()


def _with_options(schema: Schema, options: tuple[Option, ...], catalog: Catalog) -> Schema:
    comment = schema.comment
    for option in options:
        if option.name == "COMMENT":
            comment = option.value
    collation = table_collation(options, schema.collation, catalog.target)
    return replace(schema, collation=collation, comment=comment)


def _drop(catalog: Catalog, statement: DropSchema, session: Session) -> tuple[Catalog, _Notes]:
    name = statement.name
    if name not in catalog.schemas:
        error = refusal(er.DB_DROP_EXISTS, name)
        if statement.if_exists:
            return catalog, ((error.number, error.message),)
        raise error
    if session.foreign_key_checks:
        for table in catalog.schemas[name].tables.values():
            for other in catalog.referring(name, table.name):
                if other.schema != name:
                    raise refusal(er.FK_CANNOT_DROP_PARENT, table.name, "", other.name)
    left = {key: schema for key, schema in catalog.schemas.items() if key != name}
    return replace(catalog, schemas=left), ()
