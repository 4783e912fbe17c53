"""ALTER TABLE: all clauses of a statement applied in the server's own order of work."""

from __future__ import annotations

from collections.abc import Sequence

from stillroom.catalog.alteration.columns import ColumnClauses
from stillroom.catalog.alteration.constraints import ConstraintClauses
from stillroom.catalog.alteration.followers import Followers
from stillroom.catalog.alteration.keys import KeyClauses
from stillroom.catalog.alteration.options import OptionClauses
from stillroom.catalog.alteration.partitions import PartitionClauses
from stillroom.catalog.alteration.work import Work
from stillroom.catalog.errors import Unsupported
from stillroom.catalog.keys.foreign_key_names import highest_number, sort_keys
from stillroom.catalog.keys.foreign_key_names import renamed as renamed_key
from stillroom.catalog.keys.index_order import clustered
from stillroom.catalog.parser.syntax import Action, AddElement, Drop, IndexSpec
from stillroom.catalog.record import replace
from stillroom.catalog.table import Table
from stillroom.catalog.tables.assembly import assemble
from stillroom.catalog.tables.creation import check_versioned_columns
from stillroom.catalog.tables.draft import AssemblyScope


def altered_table(table: Table, actions: Sequence[Action], scope: AssemblyScope) -> Table:
    """The altered table, under its old name. Raises what the server raises, or Unsupported."""
    work = Work(table, actions, scope)
    OptionClauses(work).apply()
    constraints = ConstraintClauses(work)
    if scope.target.mysql:
        constraints.check_drops()
        Followers(work).check_names()
    ColumnClauses(work).apply()
    if "SYSTEM VERSIONING" in work.draft.options and not table.versioned:
        check_versioned_columns(work.draft)
    KeyClauses(work).apply()
    constraints.apply()
    PartitionClauses(work).apply()
    new = assemble(work.draft, scope)
    _check_hashes(table, new, scope)
    if _put_back(table, new, actions):
        return replace(new, indexes=table.indexes)
    return new


def _put_back(old: Table, new: Table, actions: Sequence[Action]) -> bool:
    """Whether keys are dropped and added as they were, and nothing else is done."""
    keys_alone = all(
        (isinstance(action, Drop) and action.kind == "INDEX")
        or (isinstance(action, AddElement) and isinstance(action.element, IndexSpec))
        for action in actions
    )
    drops = sum(isinstance(action, Drop) for action in actions)
    # An added key may also take the place of one that the server made for a foreign key.
    if not keys_alone or 2 * drops != len(actions) or set(new.indexes) != set(old.indexes):
        return False
    rows = clustered(old)  # MariaDB copies the table for it, and sorts its keys
    dropped = {action.name.lower() for action in actions if isinstance(action, Drop)}
    return old.target.mysql or rows is None or rows.name.lower() not in dropped


def _check_hashes(old_table: Table, table: Table, scope: AssemblyScope) -> None:
    """MariaDB has ways of its own with a key that it begins or ceases to hash."""
    for index in table.indexes:
        old = old_table.index(index.name)
        if old is not None and old.hashed != index.hashed:
            raise Unsupported(
                scope.statement,
                0,
                f"a change of how the key {index.name} is hashed is not supported",
            )


def renamed_table(table: Table, schema: str, name: str) -> Table:
    """The table under its new name, with the automatic names of its constraints."""
    checks = table.checks
    if table.target.mysql:
        checks = tuple(
            replace(check, name=f"{name}_chk_{number}") if number else check
            for check in checks
            for number in [highest_number(table.name, [check.name], "chk")]
        )
        checks = tuple(sorted(checks, key=lambda check: check.name.lower()))
    keys = [renamed_key(key, table.name, name) for key in table.foreign_keys]
    own = (table.schema, table.name)
    keys = [
        replace(key, schema=schema, table=name) if (key.schema, key.table) == own else key
        for key in keys
    ]
    return replace(
        table,
        name=name,
        schema=schema,
        checks=checks,
        foreign_keys=sort_keys(keys, table.target),
    )
