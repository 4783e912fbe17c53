"""Create a table from a CREATE TABLE statement."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.collations import collation_charset
from stillroom.catalog.keys.foreign_key_names import generated_index
from stillroom.catalog.keys.index_order import KeyScope, clustered, in_order
from stillroom.catalog.keys.indexes import from_spec
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Column, DataType, Index, KeyPart
from stillroom.catalog.parser.syntax import (
    CheckSpec,
    ColumnSpec,
    CreateTable,
    ForeignKeySpec,
    IndexSpec,
)
from stillroom.catalog.record import replace
from stillroom.catalog.session import GENERATES_KEYS, REQUIRES_KEYS, Session
from stillroom.catalog.table import Table
from stillroom.catalog.tables.assembly import assemble
from stillroom.catalog.tables.checks import read_again
from stillroom.catalog.tables.draft import AssemblyScope, Draft, DraftColumn, draft_column
from stillroom.catalog.tables.options import apply_options, table_collation

_LONGEST_NAME = 64
_GENERATED = "my_row_id"


def check_table_name(name: str) -> None:
    """Error 1059 or 1103 for a name that no table can have."""
    if len(name) > _LONGEST_NAME:
        raise refusal(er.TOO_LONG_IDENT, name)
    if not name or name.endswith(" "):
        raise refusal(er.WRONG_TABLE_NAME, name)


def new_draft(
    statement: CreateTable, schema: str, schema_collation: str, scope: AssemblyScope
) -> Draft:
    """The draft of the table that a CREATE TABLE with a column list makes."""
    check_table_name(statement.table.name)
    collation = table_collation(statement.options, schema_collation, scope.target)
    draft = Draft(
        statement.table.name,
        schema,
        scope.session.storage_engine,
        collation_charset(collation),
        collation,
        temporary=statement.temporary,
        partitioning=statement.partitioning,
    )
    apply_options(draft, statement.options, scope.target, scope.statement)
    for element in statement.elements:
        add_element(draft, element, scope)
    _version_columns(draft)
    return draft


def _version_columns(draft: Draft) -> None:
    """A column WITH SYSTEM VERSIONING gives it to the table, and takes it from the others.

    Not from those that are calculated.
    """
    wanted = [part.spec is not None and part.spec.versioned is True for part in draft.columns]
    if any(wanted) and "SYSTEM VERSIONING" not in draft.options:
        draft.options["SYSTEM VERSIONING"] = "1"
        for part, versioned in zip(draft.columns, wanted, strict=True):
            if part.spec is not None and part.spec.generated is None:
                part.column = replace(part.column, unversioned=not versioned)
    if "SYSTEM VERSIONING" not in draft.options:
        for part in draft.columns:
            part.column = replace(part.column, unversioned=False)
        return
    if draft.temporary:
        raise refusal(er.MARIADB_VERS_NOT_SUPPORTED, "CREATE TEMPORARY TABLE")
    check_versioned_columns(draft)


def check_versioned_columns(draft: Draft) -> None:
    """Error 4123 for a table with a history of no column."""
    if all(part.column.unversioned for part in draft.columns):
        raise refusal(er.MARIADB_VERS_TABLE_MUST_HAVE_COLUMNS, draft.name)


def add_element(
    draft: Draft, element: ColumnSpec | IndexSpec | ForeignKeySpec | CheckSpec, scope: AssemblyScope
) -> None:
    """Append one element of a column list to the draft."""
    match element:
        case ColumnSpec():
            draft.columns.append(draft_column(element, draft.collation, scope))
            add_column_parts(draft, element, scope)
        case IndexSpec():
            draft.indexes.append(from_spec(element, key_scope(draft, scope)))
        case ForeignKeySpec():
            draft.new_foreign_keys.append(element)
            draft.indexes.append(generated_index(element))
        case CheckSpec():
            draft.new_checks.append(element)


def key_scope(draft: Draft, scope: AssemblyScope) -> KeyScope:
    """What keys depend on, for a new or altered table."""
    return KeyScope(scope.target, scope.session, scope.statement, draft.engine, "")


def add_column_parts(draft: Draft, spec: ColumnSpec, scope: AssemblyScope) -> None:
    """The key, the reference and the checks that stand inside a column's definition."""
    if spec.key is not None:
        name = "PRIMARY" if spec.key == "PRIMARY" else ""
        constraint = spec.key == "UNIQUE"
        draft.indexes.append(Index(name, spec.key, (KeyPart(spec.name),), constraint=constraint))
    if scope.target.mysql:
        draft.new_checks += spec.checks
    # MySQL before 9.0 reads an inline reference and forgets it.
    if spec.reference is not None and (scope.target.mariadb or scope.target.mysql_from(9, 0)):
        key = ForeignKeySpec((spec.name,), spec.reference, position=spec.position)
        draft.new_foreign_keys.append(key)
        draft.indexes.append(generated_index(key))


def table_like(statement: CreateTable, schema: str, source: Table, scope: AssemblyScope) -> Table:
    """The copy that CREATE TABLE … LIKE makes: everything but foreign keys and AUTO_INCREMENT."""
    name = statement.table.name
    check_table_name(name)
    checks = read_again(source)
    keys = KeyScope(source.target, scope.session, scope.statement, source.engine, "")
    if source.target.mysql:
        checks = tuple(
            replace(check, name=f"{name}_chk_{number}")
            for number, check in enumerate(checks, start=1)
        )
        for check in checks:
            if scope.check_taken(schema, check.name):
                raise refusal(er.CHECK_CONSTRAINT_DUP_NAME, check.name)
    return replace(
        source,
        name=name,
        schema=schema,
        indexes=in_order(source.indexes, source.by_name, keys),
        foreign_keys=(),
        checks=checks,
        auto_increment=None,
        temporary=statement.temporary,
    )


def with_generated_key(draft: Draft, table: Table, scope: AssemblyScope) -> Table:
    """The table with the key that sql_generate_invisible_primary_key of MySQL adds, if it is on."""
    if not scope.session.variables.get(GENERATES_KEYS) or table.engine != "InnoDB":
        return table
    if clustered(table) is not None:
        return table
    if table.partitions is not None:
        what = "generating invisible primary key for the partitioned tables"
        raise refusal(er.NOT_SUPPORTED_YET, what)
    if table.column(_GENERATED) is not None:
        raise refusal(er.GENERATED_INVISIBLE_PK_NAME_EXISTS, _GENERATED)
    key = Column(
        _GENERATED,
        DataType("bigint", unsigned=True),
        nullable=False,
        auto_increment=True,
        invisible=True,
    )
    draft.columns.insert(0, DraftColumn(key))
    draft.indexes.insert(0, Index("PRIMARY", "PRIMARY", (KeyPart(_GENERATED),)))
    return assemble(draft, scope)


def check_required_key(before: Table | None, table: Table, session: Session) -> None:
    """What sql_require_primary_key and sql_generate_invisible_primary_key ask of a table."""
    required, generated = map(session.variables.get, (REQUIRES_KEYS, GENERATES_KEYS))
    if not (required or generated) or clustered(table) is not None:
        return
    if required:
        raise refusal(er.TABLE_WITHOUT_PK)
    if before is not None and clustered(before):
        what = "an operation that leaves the table without a PRIMARY KEY or a UNIQUE KEY"
        raise refusal(er.NOT_SUPPORTED_YET, what)
