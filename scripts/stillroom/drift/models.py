"""Builds the models into a catalog: what ``create_all()`` would make of them on the target."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    BLANK_SCHEMA,
    Dialect,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    create_mock_engine,
)
from sqlalchemy.exc import CompileError, SQLAlchemyError
from sqlalchemy.schema import AddConstraint, CreateColumn, CreateIndex, CreateTable

from stillroom.catalog import Catalog, DDLError, Session, Target, Unsupported, execute, quoted_name
from stillroom.catalog.record import replace
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.errors import CannotTell
from stillroom.findings import shown
from stillroom.project.model_imports import import_models, import_project_module
from stillroom.project.settings import of_config
from stillroom.replay.cache import Cache, engine_digest, key_of
from stillroom.replay.server import State

_KEYS = "models.json"


@dataclass(frozen=True)
class DeclaredProgram:
    """A view, trigger or routine that a DDL event of the models creates: no table of a catalog."""

    kind: str  # as in CREATE, e.g. "TRIGGER"
    name: str
    statement: str

    @property
    def words(self) -> str:
        """Its kind and name: ``trigger audit``."""
        return f"{self.kind.lower()} {self.name}"

    @property
    def code(self) -> str:
        """The lines that a revision needs: one to create it, and one for the downgrade."""
        drop = f"DROP {self.kind} {quoted_name(self.name)}"
        calls = (self.statement.strip(), drop)
        up, down = (json.dumps(sql.replace("%", "%%"), ensure_ascii=False) for sql in calls)
        call = "op.get_bind().exec_driver_sql"
        return f"    {call}({up})\nand into its downgrade():\n    {call}({down})"


_PROGRAM = re.compile(
    r"\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:ALGORITHM|DEFINER)\s*=\s*\S+\s+)*"
    r"(?:SQL\s+SECURITY\s+\w+\s+)?(?P<kind>TRIGGER|VIEW|PROCEDURE|FUNCTION|EVENT)\s+"
    r"(?:IF\s+NOT\s+EXISTS\s+)?(?:`(?P<quoted>(?:[^`]|``)+)`|(?P<plain>\w+))",
    re.IGNORECASE,
)


def _program(statement: str) -> DeclaredProgram | None:
    match = _PROGRAM.match(statement)
    if match is None:
        return None
    name = match["plain"] or match["quoted"].replace("``", "`")
    return DeclaredProgram(match["kind"].upper(), name, statement)


def missing_programs(built: Sequence[DeclaredProgram], history: Catalog) -> list[DeclaredProgram]:
    """Those that the history does not create."""
    known = {
        (kind, name.lower())
        for schema in history.schemas.values()
        for kind, name in schema.programs
    }
    return [program for program in built if (program.kind, program.name.lower()) not in known]


def without_views(models: Catalog, history: Catalog) -> Catalog:
    """``models`` without the tables that are views in the history: models may be mapped to them."""
    for table in models.all_tables():
        schema = history.schemas.get(table.schema)
        if schema is not None and ("VIEW", table.name) in schema.programs:
            models = models.with_schema(models.schema(table.schema).without_table(table.name))
    return models


@dataclass(frozen=True)
class Refused:
    """A table that the target would not create, with its words."""

    table: Table
    why: str
    definition: str  # stands for the table as the models declare it: another one, another text


@dataclass(frozen=True)
class Built:
    """The catalog of the models, and the tables that the target would refuse."""

    catalog: Catalog
    refused: tuple[Refused, ...] = ()
    programs: tuple[DeclaredProgram, ...] = ()  # that the models make by events beside tables


def metadata_of(given: MetaData | Sequence[MetaData] | None) -> list[MetaData]:
    """Alembic takes one MetaData or several."""
    if given is None:
        return []
    return [given] if isinstance(given, MetaData) else list(given)


class NoModels(CannotTell):
    """There is nothing to compare the revisions with."""


def metadata_of_env(context: MigrationContext, env_py: Path) -> Sequence[MetaData]:
    """The ``target_metadata`` of env.py; if it gives none, that of the base class that is set.

    Raises NoModels if that is not set either.
    """
    metadata = metadata_of(context.opts.get("target_metadata"))
    if metadata:
        return _without_own_schema(metadata, context)
    settings = of_config(context.config) if context.config else None
    if settings is None or not settings.names_base:
        raise NoModels(
            "gives Alembic no target_metadata, so there are no models to compare",
            where=shown(env_py),
            fix="Name them in the settings, [stillroom]: base = app.db:Base, models = app.models;"
            " if there are none: models = none",
        )
    import_models(settings.models)
    module, _, name = settings.base.partition(":")
    own = getattr(getattr(import_project_module(module), name, None), "metadata", None)
    if not isinstance(own, MetaData):
        raise CannotTell(
            f"{module} has no base class of models named '{name}'",
            where=f"{settings.ini.name}: [stillroom] base",
            fix="Name the module and the class: base = app.db:Base",
        )
    context.opts["target_metadata"] = own  # Alembic's own functions ask there
    return _without_own_schema([own], context)


def _without_own_schema(
    metadata: Sequence[MetaData], context: MigrationContext
) -> Sequence[MetaData]:
    """``metadata`` with no schema for tables that name the database which is connected to.

    Reflection gives the tables of that one no schema: Alembic would create them again.
    """
    own = context.bind.engine.url.database if context.bind else None
    schemas = {table.schema for collection in metadata for table in collection.tables.values()}
    if not own or own not in schemas:
        return metadata
    copies = [_in_default_schema(collection, own) for collection in metadata]
    context.opts["target_metadata"] = copies
    return copies


def _in_default_schema(metadata: MetaData, own: str) -> MetaData:
    def schema(table: Table, to: str | None, key: ForeignKeyConstraint, named: str | None) -> Any:
        return BLANK_SCHEMA if named in (own, None) else named

    copy = MetaData(naming_convention=metadata.naming_convention)
    copy.dispatch._update(metadata.dispatch)  # what listens to it
    for table in metadata.tables.values():
        to: Any = None if table.schema == own else table.schema
        copied = table.to_metadata(copy, schema=to, referred_schema_fn=schema)
        # A naming convention puts the schema into the names of indexes.
        names = {index.columns.keys()[0]: index.name for index in table.indexes if _of_flag(index)}
        for index in filter(_of_flag, copied.indexes):
            index.name = names[index.columns.keys()[0]]
    return copy


def _of_flag(index: Index) -> bool:
    """Whether it is of a column with ``index=True``, which is made anew in a copy of its table."""
    return bool(index._column_flag)


def wanted_tables(metadata: Sequence[MetaData], context: MigrationContext) -> list[Table]:
    """The tables that the project's filters let through, each after those that it refers to."""
    filters = AutogenContext(context, metadata=metadata)
    with warnings.catch_warnings():
        # create_all() adds the foreign keys of tables that refer to each other when all are there.
        warnings.filterwarnings("ignore", "Cannot correctly sort tables")
        tables = [table for collection in metadata for table in collection.sorted_tables]
    return [
        table
        for table in tables
        if _wanted(table, filters) and not _is_version_table(table, context)
    ]


def _wanted(table: Table, filters: AutogenContext) -> bool:
    names = {"schema_name": table.schema, "table_name": table.name}
    return filters.run_name_filters(
        table.name,
        "table",
        names,  # type: ignore[arg-type]
    ) and filters.run_object_filters(table, table.name, "table", False, None)


def _is_version_table(table: Table, context: MigrationContext) -> bool:
    return (table.schema, table.name) == (context.version_table_schema, context.version_table)


def build(
    metadata: Sequence[MetaData],
    context: MigrationContext,
    target: Target,
    cache: Cache | None = None,
    history: Catalog | None = None,
) -> Built:
    """Create the tables of ``metadata`` that the project's filters let through.

    One that the target refuses is as in ``history``, for those that refer to it, or not there.

    ``cache`` keeps them for the next time: a table that is declared as it was is not read again.
    """
    return create(wanted_tables(metadata, context), context, target, cache, history)


def create(
    tables: Sequence[Table],
    context: MigrationContext,
    target: Target,
    cache: Cache | None = None,
    history: Catalog | None = None,
) -> Built:
    """``tables`` on an empty server; see ``build``."""
    assert context.bind is not None
    default = context.bind.engine.url.database
    script, refused, programs = _compiled(tables, context.dialect)
    catalog = _schemas(tables, target, default, history)
    for failed in refused:
        catalog = _as_before(catalog, history, _schema_of(failed.table, default), failed.table.name)
    known = _Known.read(cache, catalog)
    session = Session.default(target)
    for part, statements in [(part, part.statements) for part in script] + [
        (part, part.late) for part in script if part.late
    ]:
        schema = _schema_of(part.element, default)
        of_refused = not part.others.isdisjoint(each.table.fullname for each in refused)
        key = "" if part.late or of_refused else part.key(script)
        if key and (table := known.table(schema, part.table, key)):
            catalog = catalog.with_table(table)
            continue
        try:
            for statement in statements:
                catalog = execute(catalog, statement, session.with_changes(schema=schema)).catalog
        except DDLError as error:
            refused.append(part.refused(f"{error.message} ({error.number})"))
            catalog = _as_before(catalog, history, schema, part.table)
        except Unsupported as error:
            raise CannotTell(
                f"cannot build the table {part.table} from the models: {error}"
            ) from error
        else:
            known.keys[f"{schema}.{part.table}"] = key
    known.write(catalog)
    return Built(catalog, tuple(refused), tuple(programs))


@dataclass
class _Part:
    """What makes one table: ``statements``, and ``late`` ones when all tables are there.

    ``others`` are the tables that its foreign keys refer to.
    """

    element: Table
    statements: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    others: set[str] = field(default_factory=set)
    indexes: list[int] = field(default_factory=list)  # which of ``statements`` make one

    def settle(self) -> None:
        """Put in order what SQLAlchemy has in sets: else each run numbers keys in another way."""
        self.late.sort()
        texts = sorted(self.statements[place] for place in self.indexes)
        for place, text in zip(self.indexes, texts, strict=True):
            self.statements[place] = text

    @property
    def table(self) -> str:
        return self.element.name

    def key(self, script: Sequence[_Part]) -> str:
        """What the table depends on, as a key."""
        theirs = [
            text
            for part in script
            if part.element.fullname in self.others
            for text in part.statements
        ]
        return key_of(*self.statements, *theirs)

    def refused(self, why: str) -> Refused:
        """The table as one that the target refuses."""
        columns = [
            f"{column.name} {type(column.type).__name__} {column.nullable}"
            for column in self.element.columns  # a type that cannot be compiled is in no statement
        ]
        definition = key_of(*columns, *sorted(self.statements), *sorted(self.late))
        return Refused(self.element, why, definition[:12])


def _compiled(
    tables: Sequence[Table], dialect: Dialect
) -> tuple[list[_Part], list[Refused], list[DeclaredProgram]]:
    """The statements of ``create_all()`` for each table, in order; what cannot be compiled; views,
    triggers and routines.
    """
    parts: dict[Table, _Part] = {}
    failed: dict[Table, str] = {}
    programs: list[DeclaredProgram] = []

    def note(element: Any, *_: Any, **__: Any) -> None:
        # What a listener of the project adds belongs to the table that was made last.
        table = _table_of(element)
        if table is None and (program := _program(_text(element, dialect))):
            programs.append(program)
            return
        if table is None:
            table = next(reversed(parts), None)
        if table is None:
            return
        part = parts.setdefault(table, _Part(table))
        part.others = {key.column.table.fullname for key in table.foreign_keys} - {table.fullname}
        statements = part.late if isinstance(element, AddConstraint) else part.statements
        if isinstance(element, CreateIndex):
            part.indexes.append(len(statements))
        try:
            statements.append(_text(element, dialect))
        except SQLAlchemyError as error:
            failed.setdefault(table, _why(error, table, dialect))

    mock = create_mock_engine(f"{dialect.name}://", note)
    for collection in dict.fromkeys(table.metadata for table in tables):
        wanted = [table for table in tables if table.metadata is collection]
        collection.create_all(mock, tables=wanted, checkfirst=False)
    script = [part for table, part in parts.items() if table not in failed]
    for part in script:
        part.settle()
    refused = [parts[table].refused(why) for table, why in failed.items()]
    return script, refused, programs


def _why(error: SQLAlchemyError, table: Table, dialect: Dialect) -> str:
    """Why the dialect refuses a table: SQLAlchemy names the column where it cannot print a type,
    but not where the dialect's own type takes other arguments.
    """
    if not isinstance(error, CompileError):
        for column in table.columns:
            try:
                _text(CreateColumn(column), dialect)
            except SQLAlchemyError as refusal:
                return f"(in table {table.name!r}, column {column.name!r}): {refusal}"
    return str(error)


def _text(element: Any, dialect: Dialect) -> str:
    # The driver's formatting undoes what the compiler doubles.
    return str(element.compile(dialect=dialect)) % ()


def _table_of(element: Any) -> Table | None:
    if isinstance(element, CreateTable):
        return element.element
    if isinstance(element, (CreateIndex, AddConstraint)):
        return element.element.table
    return None


def _schema_of(table: Table, default: str | None) -> str:
    return DEFAULT_SCHEMA if table.schema in (None, default) else str(table.schema)


def _as_before(catalog: Catalog, history: Catalog | None, schema: str, name: str) -> Catalog:
    """``catalog`` with a table as ``history`` has it."""
    if table := history.find(schema, name) if history else None:
        return catalog.with_table(table)
    return catalog.with_schema(catalog.schema(schema).without_table(name))


def _schemas(
    tables: Sequence[Table], target: Target, default: str | None, history: Catalog | None
) -> Catalog:
    """The databases of ``tables``, still empty, with the collations that they have in history."""
    catalog = Catalog.empty(target)
    for name in sorted({table.schema for table in tables if table.schema not in (None, default)}):
        created = execute(catalog, f"CREATE DATABASE `{name}`", Session.default(target))
        catalog = created.catalog
    for name, schema in catalog.schemas.items():
        if history and name in history.schemas:
            collation = history.schemas[name].collation
            catalog = catalog.with_schema(replace(schema, collation=collation))
    return catalog


@dataclass
class _Known:
    """The tables of the last time, with their keys."""

    cache: Cache | None
    name: str
    before: dict[str, str]
    catalog: Catalog | None
    keys: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, cache: Cache | None, empty: Catalog) -> _Known:
        collations = [f"{name} {schema.collation}" for name, schema in empty.schemas.items()]
        name = key_of("models", engine_digest(), str(empty.target), *collations)
        try:
            text = ((cache.read(_KEYS) if cache else None) or b"{}").decode()
            before = json.loads(text)
        except ValueError:
            return cls(cache, name, {}, None)
        # The state goes by the name of its keys: the two files can never be of two times.
        state = cache.get(key_of(name, text)) if cache else None
        return cls(cache, name, before, state.catalog if state else None)

    def table(self, schema: str, name: str, key: str) -> Any:
        place = f"{schema}.{name}"
        if self.catalog is None or self.before.get(place) != key:
            return None
        self.keys[place] = key
        return self.catalog.find(schema, name)

    def write(self, catalog: Catalog) -> None:
        # Another engine has a state of its own, though the tables are declared as before.
        if self.cache is not None and (self.keys != self.before or self.catalog is None):
            text = json.dumps(self.keys)
            self.cache.put(key_of(self.name, text), State(catalog))
            self.cache.write(_KEYS, text.encode())
