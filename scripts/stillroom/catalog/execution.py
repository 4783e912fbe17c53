"""Execute one statement on a catalog."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog import programs, schemas
from stillroom.catalog.alteration import altered_table, renamed_table
from stillroom.catalog.alteration.if_exists import without_vain_clauses
from stillroom.catalog.catalog import Catalog, Outcome
from stillroom.catalog.errors import Unsupported
from stillroom.catalog.keys.foreign_keys import ForeignKeyScope
from stillroom.catalog.keys.referential_checks import check_alteration, check_drop, check_new_parent
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.statements import parse
from stillroom.catalog.parser.syntax import (
    AlterCheck,
    AlterSchema,
    AlterSequence,
    AlterTable,
    CreateProgram,
    CreateSchema,
    CreateTable,
    DropPrograms,
    DropSchema,
    DropTables,
    Inert,
    RenameTables,
    RenameTo,
    SetVariables,
    Statement,
    TableName,
    TruncateTable,
    Use,
)
from stillroom.catalog.record import replace
from stillroom.catalog.session import Session
from stillroom.catalog.table import Table
from stillroom.catalog.table_expressions import named_sequences
from stillroom.catalog.tables.assembly import assemble
from stillroom.catalog.tables.creation import (
    check_required_key,
    check_table_name,
    new_draft,
    table_like,
    with_generated_key,
)
from stillroom.catalog.tables.draft import AssemblyScope, Draft
from stillroom.catalog.variables import set_variables

_Notes = tuple[tuple[int, str], ...]


def execute(catalog: Catalog, sql: str, session: Session) -> Outcome:
    """What one statement makes of a catalog and of the session that it runs in.

    Raises DDLError where the server of the target would refuse it, and Unsupported where its
    effect is not known. Neither changes anything.
    """
    return apply(catalog, parse(sql, catalog.target, session.sql_mode), sql, session)


def apply(catalog: Catalog, statement: Statement, sql: str, session: Session) -> Outcome:
    """As `execute`, for a statement that has been read from ``sql``."""
    return _Execution(catalog, session, sql).run(statement)


class _Execution:
    def __init__(self, catalog: Catalog, session: Session, sql: str) -> None:
        self.catalog = catalog
        self.session = session
        self.sql = sql
        self.target = catalog.target

    def run(self, statement: Statement) -> Outcome:  # noqa: C901 - one line per statement
        match statement:
            case CreateTable():
                return self._create_table(statement)
            case AlterTable():
                return self._alter_table(statement)
            case DropTables():
                return self._drop_tables(statement)
            case RenameTables():
                return self._rename_tables(statement)
            case TruncateTable():
                return self._truncate(statement)
            case CreateSchema() | AlterSchema() | DropSchema():
                catalog, notes = schemas.apply(self.catalog, statement, self.session)
                session = self.session
                if isinstance(statement, DropSchema) and statement.name == session.schema:
                    session = replace(session, schema=None)
                return Outcome(catalog, session, notes)
            case CreateProgram() | AlterSequence() | DropPrograms():
                catalog, notes = programs.apply(self.catalog, statement, self.session)
                return Outcome(catalog, self.session, notes)
            case Use():
                self.catalog.schema(statement.schema)
                return Outcome(self.catalog, replace(self.session, schema=statement.schema))
            case SetVariables():
                session = set_variables(self.session, statement, self.target, self.sql)
                return Outcome(self.catalog, session)
            case Inert():
                return Outcome(self.catalog, self.session)

    def _done(self, catalog: Catalog, *notes: tuple[int, str]) -> Outcome:
        return Outcome(catalog, self.session, notes)

    def _schema_name(self, name: TableName) -> str:
        schema = name.schema or self.session.schema
        if schema is None:
            raise refusal(er.NO_DB_ERROR)
        return schema

    def _existing(self, name: TableName) -> Table:
        schema = self._schema_name(name)
        table = self.catalog.find(schema, name.name)
        if table is None:
            raise refusal(er.NO_SUCH_TABLE, schema, name.name)
        return table

    def _scope(self, table: str) -> AssemblyScope:
        """What a table of that name is assembled with."""
        catalog = self.catalog

        def key_taken(other_schema: str, name: str) -> bool:
            return catalog.schema(other_schema).key_names.get(name.lower(), table) != table

        def check_taken(other_schema: str, name: str) -> bool:
            folded = name.lower()
            return any(
                check.name.lower() == folded
                for other in catalog.schema(other_schema).tables.values()
                if other.name != table and other.checks
                for check in other.checks
            )

        keys = ForeignKeyScope(self.target, self.session, catalog.find, key_taken)
        return AssemblyScope(self.target, self.session, self.sql, keys, check_taken)

    # tables

    def _create_table(self, statement: CreateTable) -> Outcome:  # noqa: C901 - IF NOT EXISTS, OR REPLACE, LIKE
        schema_name = self._schema_name(statement.table)
        schema = self.catalog.schema(schema_name)
        name = statement.table.name
        if statement.like is not None and name in schema.tables:
            source = statement.like
            if (self._schema_name(source), source.name) == (schema_name, name):
                raise refusal(er.NONUNIQ_TABLE, name)
        scope = self._scope(name)
        draft: Draft | None = None
        if statement.like is None:  # an impossible column comes before a table that exists
            draft = new_draft(statement, schema_name, schema.collation, scope)
        siblings = schema.temporary if statement.temporary else schema.tables
        exists = name in siblings or (not statement.temporary and programs.takes_name(schema, name))
        if exists and statement.or_replace:
            if statement.temporary:
                self.catalog = self.catalog.with_schema(schema.without_table(name))
            else:
                self._forget(schema_name, name)
            schema = self.catalog.schema(schema_name)
        elif exists:
            note = refusal(er.TABLE_EXISTS_ERROR, name)
            if statement.if_not_exists:
                return self._done(self.catalog, (note.number, note.message))
            raise note
        if statement.like is not None:
            table = table_like(statement, schema_name, self._existing(statement.like), scope)
        elif draft is not None:
            table = with_generated_key(draft, assemble(draft, scope), scope)
        check_required_key(None, table, self.session)
        self._check_sequences(table)
        if not table.temporary:
            check_new_parent(self.catalog, table, self.session)
        return self._done(self.catalog.with_table(table))

    def _forget(self, schema: str, name: str) -> None:
        """CREATE OR REPLACE begins with a DROP."""
        self._check_drop(schema, name, {(schema, name)})
        self.catalog = self.catalog.with_schema(self.catalog.schema(schema).without_table(name))

    def _check_drop(self, schema: str, name: str, together: set[tuple[str, str]]) -> None:
        check_drop(self.catalog, schema, name, self.session, together)

    def _alter_table(self, statement: AlterTable) -> Outcome:
        schema = self._schema_name(statement.table)
        if statement.if_exists and self.catalog.find(schema, statement.table.name) is None:
            note = refusal(er.NO_SUCH_TABLE, schema, statement.table.name)
            return self._done(self.catalog, (note.number, note.message))
        if programs.is_sequence(self.catalog.schema(schema), statement.table.name):
            raise Unsupported(
                self.sql, statement.position, "ALTER TABLE of a sequence is not supported"
            )
        table = self._existing(statement.table)
        self._check_new_names(table, statement)
        actions, notes = without_vain_clauses(statement.actions, table)
        scope = self._scope(table.name)
        altered = altered_table(table, actions, scope)
        if any(not isinstance(action, RenameTo) for action in actions):
            check_required_key(table, altered, self.session)
        self._check_sequences(altered)
        catalog = check_alteration(self.catalog, table, altered, actions, self.session, self.sql)
        self.catalog = catalog.with_table(altered)
        for action in actions:
            if isinstance(action, RenameTo):
                self._rename(TableName(table.name, schema), action.table, alter=True)
        return self._done(self.catalog, *notes)

    def _moves_checks(self, table: Table, statement: AlterTable, name: str) -> bool:
        """Whether MySQL gives checks their new names before other clauses ask for them."""
        if self.target.mariadb or len(statement.actions) == 1 or not table.checks:
            return False
        enforces = any(isinstance(action, AlterCheck) for action in statement.actions)
        return enforces or name.lower() == table.name.lower()

    def _check_sequences(self, table: Table) -> None:
        """Error 1146 for a default from a sequence that is not there."""
        for column in table.columns:
            if column.default_is_expression and "val(`" in (column.default or ""):
                for schema, name in named_sequences(column.default or ""):
                    known = self.catalog.schemas.get(schema)
                    if known is None or not programs.is_sequence(known, name):
                        raise refusal(er.NO_SUCH_TABLE, schema, name)

    def _check_new_names(self, table: Table, statement: AlterTable) -> None:
        for action in statement.actions:
            if isinstance(action, RenameTo):
                schema = self.catalog.schema(self._schema_name(action.table))
                name = action.table.name
                taken = name in schema.tables or programs.takes_name(schema, name)
                if taken and (schema.name, name) != (table.schema, table.name):
                    raise refusal(er.TABLE_EXISTS_ERROR, name)
                if self._moves_checks(table, statement, name):
                    raise Unsupported(
                        self.sql,
                        action.position,
                        "RENAME among clauses on checks is not supported",
                    )
                others = self.target.mariadb and len(statement.actions) > 1
                if others and self.catalog.referring(table.schema, table.name):
                    # Where the table is copied, keys of other tables do not follow the name.
                    raise Unsupported(
                        self.sql, action.position, "RENAME among other clauses is not supported"
                    )

    def _drop_tables(self, statement: DropTables) -> Outcome:
        names = [(self._schema_name(name), name.name) for name in statement.tables]
        missing = [
            f"{schema}.{name}"
            for schema, name in names
            if not self._droppable(schema, name, temporary=statement.temporary)
        ]
        if missing and not statement.if_exists and self.target.mysql:
            raise refusal(er.BAD_TABLE_ERROR, ",".join(missing))
        catalog = self.catalog
        for schema, name in names:
            if f"{schema}.{name}" in missing:
                continue
            if programs.is_sequence(catalog.schema(schema), name):
                left = programs.without_sequence(catalog.schema(schema), name)
                catalog = catalog.with_schema(left)
                continue
            if not statement.temporary and name not in catalog.schema(schema).temporary:
                together = set(names) if self.target.mysql else {(schema, name)}
                check_drop(catalog, schema, name, self.session, together)
            catalog = catalog.with_schema(catalog.schema(schema).without_table(name))
        if missing and not statement.if_exists:
            if len(names) > len(missing):
                raise Unsupported(
                    self.sql,
                    statement.position,
                    "a DROP that MariaDB carries out only in part is not supported",
                )
            raise refusal(er.BAD_TABLE_ERROR, ",".join(missing))
        notes = [(er.BAD_TABLE_ERROR, f"Unknown table '{name}'") for name in missing]
        return self._done(catalog, *notes)

    def _droppable(self, schema: str, name: str, *, temporary: bool) -> bool:
        """Whether DROP TABLE finds a table of that kind, or a sequence."""
        table = self.catalog.find(schema, name)
        if table is None:
            known = self.catalog.schemas.get(schema)
            return known is not None and programs.is_sequence(known, name)
        return table.temporary or not temporary

    def _rename_tables(self, statement: RenameTables) -> Outcome:
        for old, new in statement.pairs:
            if statement.if_exists:
                schema = self._schema_name(old)
                if self.catalog.find(schema, old.name) is None:
                    continue
            self._rename(old, new)
        return self._done(self.catalog)

    def _rename(self, old: TableName, new: TableName, *, alter: bool = False) -> None:
        schema = self._schema_name(new)
        check_table_name(new.name)
        if programs.is_sequence(self.catalog.schema(self._schema_name(old)), old.name):
            self._rename_sequence(old, TableName(new.name, schema))
            return
        table = self._existing(old)
        if alter and (schema, new.name) == (table.schema, table.name):
            return
        target_schema = self.catalog.schema(schema)
        place = target_schema.temporary if table.temporary else target_schema.tables
        if new.name in place or programs.takes_name(target_schema, new.name):
            raise refusal(er.TABLE_EXISTS_ERROR, new.name)
        if schema != table.schema and (
            programs.has_triggers(self.catalog.schema(table.schema), table.name)
        ):
            raise Unsupported(
                self.sql,
                new.position,
                "moving a table with triggers to another database is not supported",
            )
        moved = renamed_table(table, schema, new.name)
        if self.target.mysql and not table.temporary:
            check_taken = self._scope(table.name).check_taken
            for check in moved.checks:
                if check_taken(schema, check.name):
                    raise refusal(er.CHECK_CONSTRAINT_DUP_NAME, check.name)
        catalog = self.catalog.with_schema(
            programs.retargeted(self.catalog.schema(table.schema), table.name, new.name)
        )
        catalog = catalog.with_schema(catalog.schema(table.schema).without_table(table.name))
        if not table.temporary:
            for other in self.catalog.referring(table.schema, table.name):
                keys = tuple(
                    replace(key, schema=schema, table=new.name)
                    if (key.schema, key.table) == (table.schema, table.name)
                    else key
                    for key in other.foreign_keys
                )
                catalog = catalog.with_table(replace(other, foreign_keys=keys))
            check_new_parent(catalog, moved, self.session, renamed=True)
        self.catalog = catalog.with_table(moved)

    def _rename_sequence(self, old: TableName, new: TableName) -> None:
        schema = self.catalog.schema(self._schema_name(new))
        if new.name in schema.tables or programs.takes_name(schema, new.name):
            raise refusal(er.TABLE_EXISTS_ERROR, new.name)
        source, goal = (self._schema_name(old), old.name), (schema.name, new.name)
        self.catalog = programs.renamed_sequence(self.catalog, source, goal)

    def _truncate(self, statement: TruncateTable) -> Outcome:
        table = self._existing(statement.table)
        if table.versioned:
            raise refusal(er.MARIADB_VERS_NOT_SUPPORTED, "TRUNCATE TABLE")
        if self.session.foreign_key_checks and not table.temporary:
            for other in self.catalog.referring(table.schema, table.name):
                raise refusal(er.TRUNCATE_ILLEGAL_FK, table.name, other.name)
        return self._done(self.catalog.with_table(replace(table, auto_increment=None)))
