"""Resolve a column definition into the column that the server keeps."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import Unsupported
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Column, DataType
from stillroom.catalog.parser.syntax import ColumnSpec, Literal, Now, Raw, Value
from stillroom.catalog.record import record, replace
from stillroom.catalog.session import Session
from stillroom.catalog.target import Target
from stillroom.catalog.types.kinds import has_bare_default, is_blob, is_geometry, is_string
from stillroom.catalog.types.literal_defaults import LiteralDefault
from stillroom.catalog.types.scope import TypeScope
from stillroom.catalog.types.types import resolve_type

_LONGEST_NAME = 64
_LONGEST_COMMENT = 1024


@record
class ColumnScope:
    """What a column depends on besides its own definition."""

    target: Target
    session: Session
    collation: str  # of the table
    statement: str


def resolve_column(spec: ColumnSpec, scope: ColumnScope) -> Column:
    """The column, its expressions still as written in ``pending`` form: see ``expressions``.

    Raises what the server raises for an impossible definition.
    """
    _check_name(spec.name)
    kind = resolve_type(
        spec.type,
        TypeScope(scope.target, scope.session, scope.collation, spec.name, scope.statement),
    )
    if len(spec.comment) > _LONGEST_COMMENT:
        raise refusal(er.TOO_LONG_FIELD_COMMENT, spec.name, _LONGEST_COMMENT)
    column = Column(
        spec.name,
        kind,
        nullable=_nullable(spec, kind, scope),
        auto_increment=spec.auto_increment,
        comment=spec.comment,
        stored=spec.stored,
        invisible=spec.invisible,
        compressed=spec.compressed,
        unversioned=spec.versioned is False,
        explicit_collation=is_string(kind) and _explicit(spec),
    )
    if spec.generated is not None:
        return _generated(spec, column, scope)
    return _with_default(spec, column, scope)


def _check_name(name: str) -> None:
    if len(name) > _LONGEST_NAME:
        raise refusal(er.TOO_LONG_IDENT, name)
    if not name or name.endswith(" "):
        raise refusal(er.WRONG_COLUMN_NAME, name)


def _explicit(spec: ColumnSpec) -> bool:
    return spec.type.national or spec.type.charset is not None or spec.type.collation is not None


def _nullable(spec: ColumnSpec, kind: DataType, scope: ColumnScope) -> bool:
    if spec.nullable is None and kind.name == "timestamp" and not scope.session.explicit_timestamps:
        return False
    return True if spec.nullable is None else spec.nullable


def _generated(spec: ColumnSpec, column: Column, scope: ColumnScope) -> Column:
    """A generated column has no default, and its text is resolved with the whole table."""
    if spec.default is not None or spec.auto_increment or spec.on_update is not None:
        raise Unsupported(
            scope.statement,
            spec.position,
            "a generated column with a default or ON UPDATE is not supported",
        )
    if scope.target.mariadb and spec.nullable is not None:
        raise Unsupported(
            scope.statement,
            spec.position,
            "NULL or NOT NULL of a generated column is not supported",
        )
    return replace(column, generated="")


def _with_default(spec: ColumnSpec, column: Column, scope: ColumnScope) -> Column:
    on_update = None
    if spec.on_update is not None:
        moment = spec.on_update
        if scope.target.mariadb and column.type.name in ("datetime", "timestamp"):
            moment = Now(column.type.length or 0)  # whatever was written
        if not _takes_now(column.type, moment):
            raise refusal(er.INVALID_ON_UPDATE, spec.name)
        on_update = now_text(moment, scope.target)
    column = replace(column, on_update=on_update)
    if spec.auto_increment:
        _check_auto_increment(spec, column)
        return replace(column, nullable=False)
    if spec.default is not None:
        return set_default(column, spec.default, scope)
    if column.nullable and (scope.target.mariadb or not has_bare_default(column.type)):
        return replace(column, default="NULL")
    return column


def _check_auto_increment(spec: ColumnSpec, column: Column) -> None:
    if spec.default is not None:
        raise refusal(er.INVALID_DEFAULT, spec.name)
    if column.type.name not in (
        "tinyint",
        "smallint",
        "mediumint",
        "int",
        "bigint",
        "float",
        "double",
    ):
        raise refusal(er.WRONG_FIELD_SPEC, spec.name)


def set_default(
    column: Column, value: Value, scope: ColumnScope, *, altered: bool = False
) -> Column:
    """The column with another default. An expression stays as written for the moment."""
    match value:
        case Raw():
            return replace(column, default=value.text, default_is_expression=True)
        case Now():
            return _now_default(column, value, scope)
        case Literal() if altered and column.auto_increment and value.kind != "null":
            return column  # accepted, and of no effect
        case Literal(kind="null"):
            lob = is_blob(column.type) or column.type.name == "vector"
            if altered and scope.target.mysql and lob:
                raise refusal(er.BLOB_CANT_HAVE_DEFAULT, column.name)
            if not column.nullable:
                raise refusal(er.INVALID_DEFAULT, column.name)
            text = "NULL" if scope.target.mariadb or not has_bare_default(column.type) else None
            return replace(column, default=text, default_is_expression=False)
    if is_geometry(column.type) and scope.target.mariadb:
        raise Unsupported(
            scope.statement, value.position, "a literal default of a geometry is not supported"
        )
    if scope.target.mysql and column.type.name == "vector":
        raise refusal(er.BLOB_CANT_HAVE_DEFAULT, column.name)
    if is_blob(column.type) and scope.target.mysql:
        return _blob_default(column, value, scope)
    maker = LiteralDefault(column.name, column.type, scope.target, scope.session, scope.statement)
    return replace(column, default=maker.text(value), default_is_expression=False)


def _blob_default(column: Column, value: Literal, scope: ColumnScope) -> Column:
    """MySQL knows no literal default of a BLOB; an empty one it drops unless strict."""
    if scope.session.strict or value.value or value.kind != "string":
        raise refusal(er.BLOB_CANT_HAVE_DEFAULT, column.name)
    return replace(column, default=None, default_is_expression=False)


def _takes_now(kind: DataType, moment: Now) -> bool:
    return kind.name in ("datetime", "timestamp") and (kind.length or 0) == moment.fsp


def _now_default(column: Column, moment: Now, scope: ColumnScope) -> Column:
    if not _takes_now(column.type, moment) and scope.target.mysql:
        raise refusal(er.INVALID_DEFAULT, column.name)
    if column.type.name in ("datetime", "timestamp"):
        moment = Now(column.type.length or 0)
    text = now_text(moment, scope.target)
    return replace(column, default=text, default_is_expression=False)


def now_text(moment: Now, target: Target) -> str:
    """CURRENT_TIMESTAMP as the server prints it, with its digits."""
    if target.mariadb:
        return f"current_timestamp({moment.fsp or ''})"
    return f"CURRENT_TIMESTAMP({moment.fsp})" if moment.fsp else "CURRENT_TIMESTAMP"


def implicit_timestamps(
    specs: list[ColumnSpec | None], columns: list[Column], scope: ColumnScope
) -> list[Column]:
    """Without explicit_defaults_for_timestamp the first TIMESTAMP sets itself, others are zero.

    ``specs`` has None for the columns that a statement leaves alone.
    """
    if scope.session.explicit_timestamps:
        return columns
    revised = list(columns)
    first = True
    for place, (spec, column) in enumerate(zip(specs, columns, strict=True)):
        if column.type.name != "timestamp" or column.generated is not None:
            continue
        plain = spec is not None and spec.default is None and spec.on_update is None
        if plain and not column.nullable and column.default is None:
            revised[place] = _implicit(column, first, scope)
        first = first and column.nullable
    return revised


def _implicit(column: Column, first: bool, scope: ColumnScope) -> Column:
    if first:
        now = now_text(Now(column.type.length or 0), scope.target)
        return replace(column, default=now, on_update=now)
    return set_default(column, Literal("string", "0000-00-00 00:00:00"), scope)
