"""The state that the clauses of one ALTER TABLE share while they are applied."""

from __future__ import annotations

from collections.abc import Sequence

from stillroom.catalog.errors import Unsupported
from stillroom.catalog.parser.syntax import Action, RenameTo
from stillroom.catalog.table import Table
from stillroom.catalog.tables.checks import read_again
from stillroom.catalog.tables.draft import AssemblyScope, Draft


class Work:
    """One table under one ALTER: as it was, as it is to be, and what became of its columns."""

    def __init__(self, table: Table, actions: Sequence[Action], scope: AssemblyScope) -> None:
        self.table = table
        self.actions = actions
        self.scope = scope
        in_work = any(not isinstance(action, RenameTo) for action in actions)
        self.draft = Draft(
            table.name,
            table.schema,
            table.engine,
            table.charset,
            table.collation,
            foreign_keys=list(table.foreign_keys),
            checks=list(read_again(table) if in_work else table.checks),
            comment=table.comment,
            auto_increment=table.auto_increment,
            options=dict(table.options),
            partitions=table.partitions,
            temporary=table.temporary,
            old=table,
        )
        self.converted = ""  # the collation of CONVERT TO CHARACTER SET
        self.new_names: dict[str, str] = {}  # of columns, by their old names in lower case
        self.changed: set[str] = set()  # those that CHANGE or MODIFY defines, in lower case


class Clauses:
    """Clauses of one kind, applied to the draft of a Work."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.table = work.table
        self.actions = work.actions
        self.scope = work.scope
        self.draft = work.draft
        self.mariadb = work.scope.target.mariadb

    def unsupported(self, reason: str, position: int = 0) -> Unsupported:
        """The refusal to know what a clause does, to be raised."""
        return Unsupported(self.scope.statement, position, reason)
