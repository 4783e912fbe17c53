"""Carries out the renames that were answered, before anything else is compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops as op
from alembic.runtime.migration import MigrationContext

from stillroom.authoring.operations import RenameTable, ServerStatements
from stillroom.authoring.renames import Questioner, Rename, column_candidates, table_candidates
from stillroom.catalog import Catalog
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.catalog.text import name_text
from stillroom.drift.check import without_version_table
from stillroom.drift.comparison import differences
from stillroom.drift.difference import Difference
from stillroom.drift.operations import steps
from stillroom.errors import StillroomError
from stillroom.offline import State

Candidates = Callable[[Catalog, Catalog, Sequence[Difference]], Iterator[Rename]]


@dataclass
class Renamed:
    """The state after the renames, and the operations that make and undo them."""

    state: State
    upgrade: list[op.MigrateOperation] = field(default_factory=list)
    downgrade: list[op.MigrateOperation] = field(default_factory=list)


def renamed(
    context: MigrationContext, start: State, models: Catalog, questioner: Questioner
) -> Renamed:
    """Ask about tables first, then about columns. Raises StillroomError if nobody answers."""
    found = Renamed(start)
    used: set[str] = set()
    names: dict[str, str] = {}  # of tables: new -> old
    for candidates in (table_candidates, column_candidates):
        for one in _answered(candidates, found.state, models, context, questioner):
            used.add(one.dropped)
            if one.is_table:
                names[one.new] = one.old
                _apply_table(one, context, found)
            else:
                _apply_column(one, names, context, found)
    if left := sorted(questioner.renames.keys() - used):
        raise StillroomError(
            f"rename: {left[0]} and {questioner.renames[left[0]]} are no such pair: the first "
            "must have gone from the models, the second be new in them and look alike"
        )
    return found


def _answered(
    candidates: Candidates,
    state: State,
    models: Catalog,
    context: MigrationContext,
    questioner: Questioner,
) -> list[Rename]:
    history = without_version_table(state.catalog, context)
    answered: list[Rename] = []
    open_: list[Rename] = []
    settled: set[tuple[str, str, str]] = set()
    for one in candidates(history, models, differences(history, models)):
        old, new = (one.schema, one.table, one.old), (one.schema, one.table, f":{one.new}")
        if one.is_table:
            new = (one.schema, "", f":{one.new}")
        if not settled.isdisjoint({old, new}):
            continue
        answer = questioner.ask(one)
        if answer:
            answered.append(one)
            settled |= {old, new}
        elif answer is None:
            open_.append(one)
    open_ = [
        one
        for one in open_
        if (one.schema, "" if one.is_table else one.table, f":{one.new}") not in settled
    ]
    if open_:
        raise _unanswered(open_)
    return answered


def _unanswered(candidates: Sequence[Rename]) -> StillroomError:
    words = "\n".join(
        f"{'table ' if one.is_table else ''}{one.dropped} is gone and {one.new} is new, "
        "and they look alike"
        for one in candidates
    )
    renames = " ".join({one.dropped: one.answer for one in reversed(candidates)}.values())
    drops = " ".join(dict.fromkeys(one.dropped for one in candidates))
    return StillroomError(
        f"{words}: renamed, or dropped and made anew?",
        fix=f'To keep what is in it: make revision m="…" rename="{renames}"\n'
        f'To lose it: make revision m="…" drop="{drops}"\nNothing was written.',
    )


def _apply_table(one: Rename, context: MigrationContext, found: Renamed) -> None:
    schema = one.schema or None
    _run(RenameTable(one.old, one.new, schema=schema), context, found)
    found.downgrade.insert(0, RenameTable(one.new, one.old, schema=schema))


def _apply_column(
    one: Rename, tables: dict[str, str], context: MigrationContext, found: Renamed
) -> None:
    assert context.connection is not None
    table = tables.get(one.table, one.table)
    columns = sa.inspect(context.connection).get_columns(table, schema=one.schema or None)
    known: dict[str, Any] = next(dict(each) for each in columns if each["name"] == one.old)
    default = known.get("default")
    options = {
        "schema": one.schema or None,
        "existing_type": known["type"],
        "existing_nullable": known["nullable"],
        "existing_comment": known.get("comment"),
        "existing_server_default": sa.DefaultClause(sa.text(default)) if default else None,
    }
    if known.get("autoincrement"):
        options["autoincrement"] = True
    up = op.AlterColumnOp(one.table, one.old, modify_name=one.new, **options)
    before, after = found.state.catalog, _after(up, context, found)
    if after is not None and _only_renamed(before, after, one):
        _run(up, context, found)
        down: op.MigrateOperation = op.AlterColumnOp(
            one.table, one.new, modify_name=one.old, **options
        )
    else:
        # An alter_column would lose something of this column on its way.
        _run(ServerStatements([_rename_column(one, one.old, one.new)]), context, found)
        down = ServerStatements([_rename_column(one, one.new, one.old)])
    found.downgrade.insert(0, down)


def _rename_column(one: Rename, old: str, new: str) -> str:
    table = name_text(one.table)
    if one.schema:
        table = f"{name_text(one.schema)}.{table}"
    return f"ALTER TABLE {table} RENAME COLUMN {name_text(old)} TO {name_text(new)}"


def _after(operation: op.MigrateOperation, context: MigrationContext, found: Renamed) -> Any:
    step = list(steps([operation], context, found.state)).pop()
    return None if step.error else step.after


def _only_renamed(before: Catalog, after: Catalog, one: Rename) -> bool:
    place = (one.schema or DEFAULT_SCHEMA, one.table)
    old, new = before.find(*place), after.find(*place)
    ours = old.column(one.old) if old else None
    theirs = new.column(one.new) if new else None
    return ours is not None and theirs is not None and replace(ours, name=one.new) == theirs


def _run(operation: op.MigrateOperation, context: MigrationContext, found: Renamed) -> None:
    step = list(steps([operation], context, found.state)).pop()
    if step.error:
        raise StillroomError(
            f"rename: the server would refuse this: {step.error}",
            fix="Take away first what refers to the old name, in a revision of its own.",
        )
    found.upgrade.append(operation)
    found.state = State(step.after, found.state.rows)
