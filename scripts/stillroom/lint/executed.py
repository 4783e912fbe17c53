"""The statements of one revision as they ran in a replay: what the rules look at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from stillroom.catalog import (
    Catalog,
    CatalogError,
    DDLError,
    Session,
    Table,
    Target,
    execute,
    quoted_name,
)
from stillroom.catalog.parser.statements import parse
from stillroom.catalog.parser.syntax import (
    AlterTable,
    CreateTable,
    RenameTables,
    RenameTo,
    Statement,
    TableName,
)
from stillroom.cost import Cost, cost
from stillroom.cost.alteration import Alteration
from stillroom.errors import CannotTell
from stillroom.findings import Place
from stillroom.replay import ReplayedStatement

VERSION_COLUMN = "version_num"
_ROWS = re.compile(
    r"\s*(?:INSERT|REPLACE|UPDATE|DELETE)\s+"
    r"(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|QUICK|IGNORE|INTO|FROM)\s+)*"
    r"(?:(?:`(?:[^`]|``)*`|\w+)\.)?(`(?:[^`]|``)*`|\w+)",
    re.I,
)


def _changed_table(sql: str) -> str:
    """The table whose rows a statement changes, or nothing."""
    match = _ROWS.match(sql)
    return unquoted_name(match[1]) if match else ""


def unquoted_name(text: str) -> str:
    """A name as it is, of one in a statement."""
    return text[1:-1].replace("``", "`") if text.startswith("`") else text


def sets(sql: str, column: str) -> bool:
    """Whether an UPDATE sets a column."""
    names = rf"(?:{re.escape(quoted_name(column))}|(?<![\w$`]){re.escape(column)}(?![\w$`]))"
    return bool(re.search(rf"{names}\s*=", sql, re.I))


def version_tables(catalog: Catalog) -> dict[str, int]:
    """Tables as Alembic makes them for its versions, and how many characters they hold."""
    executed = {}
    for schema in catalog.schemas.values():
        for table in schema.tables.values():
            column = table.column(VERSION_COLUMN)
            if column is not None and len(table.columns) == 1 and column.type.length:
                executed[table.name] = column.type.length
    return executed


@dataclass(frozen=True)
class RevisionStatement:
    """One statement of a revision as it ran, with the tables that it met.

    ``parsed`` is None unless it is DDL. ``fresh`` names the tables that the revision itself created
    before: nobody has rows in them yet. ``error`` is a DDLError where the server refuses the
    statement, and another error where the replay does not know what it does.
    """

    sql: str
    kind: str  # a catalog's StatementKind, e.g. "dml"
    place: Place
    before: Catalog
    after: Catalog
    session: Session
    parsed: Statement | None = None
    fresh: frozenset[str] = frozenset()
    error: Exception | None = None
    start: Catalog | None = None  # where the revision began
    changes: tuple[str, ...] = ()  # the statements on rows that it has run before

    def at_start(self, table: str) -> Table | None:
        """A table as the revision found it."""
        return self.start.find(self.session.schema or "", table) if self.start else None

    def unwritten(self, table: str, columns: Iterable[str]) -> bool:
        """Whether the revision has left the values of these columns as they were."""
        own = [sql for sql in self.changes if _changed_table(sql) == table]
        return not any(
            sql.lstrip()[:6].upper() != "UPDATE" or sets(sql, name)
            for sql in own
            for name in columns
        )

    @property
    def session_after(self) -> Session:
        """The settings of the connection behind it."""
        if self.kind != "session":
            return self.session
        try:
            return execute(self.before, self.sql, self.session).session
        except CatalogError:
            return self.session

    @property
    def refusal(self) -> DDLError | None:
        """What the server answers instead of doing it."""
        return self.error if isinstance(self.error, DDLError) else None

    @property
    def target(self) -> Target:
        """The server that the revision is for."""
        return self.before.target

    def find(self, name: TableName) -> Table | None:
        """The table as the statement meets it, if there is one that may have rows."""
        if name.name in self.fresh:
            return None
        table = self.before.find(name.schema or self.session.schema or "", name.name)
        return None if table is None or table.temporary else table

    @property
    def fresh_after(self) -> frozenset[str]:
        """The tables that the revision has made, after this statement."""
        return _made(self)

    @cached_property
    def change(self) -> Alteration | None:
        """What an ALTER TABLE makes of a table that may have rows."""
        if not isinstance(self.parsed, AlterTable) or self.error is not None:
            return None
        before = self.find(self.parsed.table)
        if before is None:
            return None
        name, schema = before.name, before.schema
        for action in self.parsed.actions:
            if isinstance(action, RenameTo):
                name, schema = action.table.name, action.table.schema or schema
        after = self.after.find(schema, name)
        return Alteration(before, after, self.parsed.actions) if after else None

    @cached_property
    def cost(self) -> Cost | None:
        """What it costs on a table with rows; None where it is no alteration of one."""
        if self.change is None or not isinstance(self.parsed, AlterTable):
            return None
        checks = self.session.foreign_key_checks
        before, after = self.change.before, self.change.after
        return cost(self.parsed, before, after, sql=self.sql, foreign_key_checks=checks)

    @property
    def costs(self) -> str:
        """The cost as messages show it, or nothing."""
        return f"Cost on {self.target}: {self.cost}." if self.cost else ""

    @property
    def rows_of(self) -> str:
        """The table whose rows it changes, or nothing."""
        return _changed_table(self.sql) if self.kind == "dml" else ""

    @property
    def table(self) -> str:
        """The name of the table that an ALTER TABLE is about, or nothing."""
        return self.change.before.name if self.change else ""


@dataclass(frozen=True)
class LintedRevision:
    """One revision with its file, its source, and the statements of its upgrade and downgrade."""

    id: str
    path: Path
    file: str  # as messages show it
    source: str
    statements: Sequence[RevisionStatement] = field(default_factory=tuple)
    models: tuple[str, ...] = ()  # the packages of the project's models
    downgrade_statements: Sequence[RevisionStatement] = field(default_factory=tuple)
    published: str = ""  # the commit in which others may have got it, if it has changed since
    failure: CannotTell | None = None  # what ended the replay in it
    parents: tuple[Path, ...] = ()

    def at(self, line: int) -> Place:
        """A place in the file of the revision."""
        return Place(self.file, line)


def statements_of(
    steps: Iterable[ReplayedStatement], file: str, fresh: frozenset[str] = frozenset()
) -> list[RevisionStatement]:
    """The replayed ``steps`` of one revision, parsed; ``file`` is the place of those without one.

    ``fresh`` names tables that are empty when it begins.
    """
    statements: list[RevisionStatement] = []
    session: Session | None = None
    start: Catalog | None = None
    changes: tuple[str, ...] = ()
    for step in steps:
        start = start or step.before
        session = session or Session.default(step.before.target)
        place = step.place or Place(file)
        parsed = _read(step, session)
        statement = RevisionStatement(
            step.sql,
            step.kind,
            place,
            step.before,
            step.after,
            session,
            parsed,
            fresh,
            step.error,
            start,
            changes,
        )
        changes += (step.sql,) if step.kind == "dml" else ()
        statements.append(statement)
        session = statement.session_after
        fresh = statement.fresh_after
    return statements


def _read(step: ReplayedStatement, session: Session) -> Statement | None:
    if step.kind != "ddl":
        return None
    try:
        return parse(step.sql, step.before.target, session.sql_mode)
    except CatalogError:
        return None  # the replay has stopped there, and says so


def _made(statement: RevisionStatement) -> frozenset[str]:
    """The tables that the revision has made, after one more statement."""
    parsed = statement.parsed
    if isinstance(parsed, CreateTable):
        existing = statement.before.find(statement.session.schema or "", parsed.table.name)
        return statement.fresh if existing else statement.fresh | {parsed.table.name}
    if isinstance(parsed, RenameTables):
        pairs = [(old.name, new.name) for old, new in parsed.pairs]
    elif isinstance(parsed, AlterTable):
        name = parsed.table.name
        pairs = [
            (name, action.table.name) for action in parsed.actions if isinstance(action, RenameTo)
        ]
    else:
        pairs = []
    fresh = statement.fresh
    for old, new in pairs:
        if old in fresh:
            fresh = fresh - {old} | {new}
    return fresh
