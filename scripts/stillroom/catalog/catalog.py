"""The catalog: what a server knows about its databases and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from stillroom.catalog import error_numbers as er
from stillroom.catalog.collations import collation_charset
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Program
from stillroom.catalog.record import field, record, replace
from stillroom.catalog.session import DEFAULT_SCHEMA, Session
from stillroom.catalog.table import Table
from stillroom.catalog.target import Target


@record
class Schema:
    """One database: its defaults, its tables by name, its programs by kind and name."""

    name: str
    collation: str
    tables: Mapping[str, Table] = field(default_factory=dict)
    temporary: Mapping[str, Table] = field(default_factory=dict)
    programs: Mapping[tuple[str, str], Program] = field(default_factory=dict)
    comment: str = ""
    # Which table has a foreign key, by its name in lower case; and which tables refer to a table
    # of any schema. Kept up with the tables, since looking through all of them takes its time.
    key_names: Mapping[str, str] = field(default_factory=dict, compare=False)
    referrers: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict, compare=False)

    @property
    def charset(self) -> str:
        """The character set of new tables."""
        return collation_charset(self.collation)

    def find(self, name: str) -> Table | None:
        """A table; a temporary one hides the other of its name."""
        return self.temporary.get(name) or self.tables.get(name)

    def with_table(self, table: Table) -> Schema:
        """The same with a table added, or put in the place of the one of its name."""
        if table.temporary:
            return replace(self, temporary={**self.temporary, table.name: table})
        old = self.tables.get(table.name)
        schema = replace(self, tables={**self.tables, table.name: table})
        if (old.foreign_keys if old else ()) == table.foreign_keys:
            return schema
        return schema._with_keys(table.name, old, table)

    def _with_keys(self, name: str, old: Table | None, new: Table | None) -> Schema:
        """The schema with its two indexes of foreign keys brought up to date."""
        names, referrers = dict(self.key_names), dict(self.referrers)
        for key in old.foreign_keys if old else ():
            names.pop(key.name.lower(), None)
            parent = (key.schema, key.table)
            referrers[parent] = referrers.get(parent, frozenset()) - {name}
        for key in new.foreign_keys if new else ():
            names[key.name.lower()] = name
            parent = (key.schema, key.table)
            referrers[parent] = referrers.get(parent, frozenset()) | {name}
        return replace(self, key_names=names, referrers=referrers)

    def without_table(self, name: str) -> Schema:
        """The schema without that table and its triggers; a temporary one goes first."""
        if name in self.temporary:
            return replace(self, temporary=_without(self.temporary, name))
        programs = {key: program for key, program in self.programs.items() if program.table != name}
        old = self.tables.get(name)
        schema = replace(self, tables=_without(self.tables, name), programs=programs)
        if old is None or not old.foreign_keys:
            return schema
        return schema._with_keys(name, old, None)


def _without(tables: Mapping[str, Table], name: str) -> dict[str, Table]:
    return {key: table for key, table in tables.items() if key != name}


@record
class Outcome:
    """What a statement left behind: another catalog, another session, and the server's notes."""

    catalog: Catalog
    session: Session
    notes: tuple[tuple[int, str], ...] = ()


@record
class Catalog:
    """Immutable. Catalogs share the tables that do not differ; equal means printed equally."""

    target: Target
    schemas: Mapping[str, Schema] = field(default_factory=dict)

    @classmethod
    def empty(cls, target: Target, schema: str = DEFAULT_SCHEMA) -> Catalog:
        """A server with one empty schema, which has the server's default character set."""
        return cls(target, {schema: Schema(schema, Session.default(target).collation)})

    def show_create_table(self, name: str, schema: str | None = None) -> str:
        """The second column of SHOW CREATE TABLE; error 1146 if there is no such table."""
        return self.table(name, schema).create_statement

    def table(self, name: str, schema: str | None = None) -> Table:
        """A table. Error 1146 if there is none of that name."""
        table = self.schema(schema).find(name)
        if table is None:
            raise refusal(er.NO_SUCH_TABLE, schema or self._default_schema(), name)
        return table

    def tables(self, schema: str | None = None) -> Mapping[str, Table]:
        """The tables of a schema that are not temporary."""
        return MappingProxyType(dict(self.schema(schema).tables))

    def schema(self, name: str | None = None) -> Schema:
        """A schema; without a name the default one. Error 1049 if there is no such schema."""
        name = self._default_schema() if name is None else name
        if name not in self.schemas:
            raise refusal(er.BAD_DB_ERROR, name)
        return self.schemas[name]

    def _default_schema(self) -> str:
        if DEFAULT_SCHEMA in self.schemas or not self.schemas:
            return DEFAULT_SCHEMA
        return next(iter(self.schemas))

    def find(self, schema: str, name: str) -> Table | None:
        """A table, or None."""
        known = self.schemas.get(schema)
        return None if known is None else known.find(name)

    def with_schema(self, schema: Schema) -> Catalog:
        """The catalog with a schema added, or put in the place of the one of its name."""
        return replace(self, schemas={**self.schemas, schema.name: schema})

    def with_table(self, table: Table) -> Catalog:
        """The same with a table added, or put in the place of the one of its name."""
        return self.with_schema(self.schema(table.schema).with_table(table))

    def without_temporary(self) -> Catalog:
        """What is left when the connection ends."""
        schemas = {
            name: replace(schema, temporary={}) if schema.temporary else schema
            for name, schema in self.schemas.items()
        }
        return replace(self, schemas=schemas)

    def all_tables(self) -> Iterator[Table]:
        """The tables of all schemas that are not temporary."""
        for schema in self.schemas.values():
            yield from schema.tables.values()

    def referring(self, schema: str, name: str) -> list[Table]:
        """Other tables with a foreign key to this one."""
        return [
            owner.tables[table]
            for owner in self.schemas.values()
            for table in sorted(owner.referrers.get((schema, name), ()))
            if (owner.name, table) != (schema, name)
        ]
