"""Carries out the renames that were answered, before anything else is compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops as op
from alembic.runtime.migration import MigrationContext

from stillroom.authoring.operations.alter_statements import definition
from stillroom.authoring.operations.own import RenameTable, ServerStatements
from stillroom.authoring.operations.sqlite_equivalents import Models
from stillroom.authoring.renames import keys
from stillroom.authoring.renames.questions import (
    Questioner,
    Rename,
    column_candidates,
    implied,
    key_candidates,
    table_candidates,
)
from stillroom.catalog import Catalog, Table
from stillroom.catalog.printing.show_create import check_text
from stillroom.catalog.printing.text import name_text
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.catalog.table_expressions import named_columns
from stillroom.catalog.table_expressions import renamed as renamed_in
from stillroom.drift.alembic_operations import steps
from stillroom.drift.check import without_version_table
from stillroom.drift.comparison import differences
from stillroom.drift.difference import Difference
from stillroom.errors import StillroomError
from stillroom.replay.server import State

Candidates = Callable[[Catalog, Catalog, Sequence[Difference]], Iterator[Rename]]


@dataclass
class Renamed:
    """The state after the renames, the operations that make and undo them, and what they are."""

    state: State
    upgrade: list[op.MigrateOperation] = field(default_factory=list)
    downgrade: list[op.MigrateOperation] = field(default_factory=list)
    answered: list[Rename] = field(default_factory=list)


def renamed(
    context: MigrationContext,
    start: State,
    models: Catalog,
    metadata: Sequence[sa.MetaData],
    questioner: Questioner,
    command: Callable[..., str],
) -> Renamed:
    """Ask about tables, then columns, then keys. Raises StillroomError if nobody answers.

    ``command`` writes what to give with more ``renames`` or ``drops``.
    """
    found = Renamed(start)
    names: dict[str, str] = {}  # of tables: new -> old
    for candidates in (table_candidates, column_candidates, key_candidates):
        answered, open_ = _answered(candidates, found, models, context, questioner)
        if open_:
            _refuse_unknown(questioner, start.catalog, found.state.catalog)
            raise _unanswered(open_, command)
        for one in answered:
            if one.is_table:
                names[one.new] = one.old
                _apply_table(one, context, found)
            elif one.kind == "column":
                _apply_column(one, names, context, found)
            else:
                up, down = keys.renaming(one, found.state.catalog, Models(metadata, context))
                _run(up, context, found)
                found.downgrade.insert(0, down)
            found.answered.append(one)
    _refuse_unknown(questioner, start.catalog, found.state.catalog)
    if left := sorted(questioner.renames.keys() - questioner.used):
        raise StillroomError(
            f"rename: {left[0]} and {questioner.renames[left[0]]} are no such pair: the first "
            "must have gone from the models, the second be new in them and look alike"
        )
    return found


def _answered(
    candidates: Candidates,
    found: Renamed,
    models: Catalog,
    context: MigrationContext,
    questioner: Questioner,
) -> tuple[list[Rename], list[Rename]]:
    """The renames, and those that nobody has answered."""
    history = without_version_table(found.state.catalog, context)
    answered: list[Rename] = []
    open_: list[Rename] = []
    for one in candidates(history, models, differences(history, models)):
        if _is_settled(one, answered):
            continue
        answer = questioner.ask(one, implied=implied(one, found.answered))
        if answer:
            answered.append(one)
        elif answer is None:
            open_.append(one)
    return answered, [one for one in open_ if not _is_settled(one, answered)]


def _is_settled(one: Rename, answered: Sequence[Rename]) -> bool:
    """Whether its old or its new name is another's already."""
    return any(
        one.place == other.place and (one.old == other.old or one.new == other.new)
        for other in answered
    )


def _refuse_unknown(questioner: Questioner, *catalogs: Catalog) -> None:
    """Raise StillroomError if an answer names what is in none of ``catalogs``."""
    known: set[str] = set()
    for table in (table for catalog in catalogs for table in catalog.all_tables()):
        place = table.name if table.schema == DEFAULT_SCHEMA else f"{table.schema}.{table.name}"
        own = {one.name for one in table.indexes} | {one.name for one in table.foreign_keys}
        own |= {one.name for one in table.checks}
        inside = own | {column.name for column in table.columns}
        known |= {place} | own | {f"{place}.{name}" for name in inside}
    for option, names in (("rename", questioner.renames), ("drop", questioner.drops)):
        if unknown := sorted(set(names) - known):
            raise StillroomError(
                f"{option}: the revisions have no table, column or key {unknown[0]}",
                fix="A column goes with its table, as article.title. Nothing was written.",
            )


def _unanswered(candidates: Sequence[Rename], command: Callable[..., str]) -> StillroomError:
    words = "\n".join(
        f"{one.words} is gone and {one.new} is new, and they look alike" for one in candidates
    )
    renames = {one.dropped: one.answer for one in reversed(candidates)}
    keep, lose = "To rename it", "To drop it and make the other"
    if any(one.holds_rows for one in candidates):
        keep, lose = "To keep what is in it", "To lose it"
    return StillroomError(
        f"{words}: renamed, or dropped and made anew?",
        fix=f"{keep}: {command(renames=renames.values())}\n"
        f"{lose}: {command(drops=renames)}\nNothing was written.",
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
    down = op.AlterColumnOp(one.table, one.new, modify_name=one.old, **options)
    before, after = found.state.catalog, _after(up, context, found)
    if _is_named_elsewhere(_table(before, one), one.old):
        _run(_with_followers(_table(before, one), one.old, one.new), context, found)
        back = _with_followers(_table(found.state.catalog, one), one.new, one.old)
    elif after is not None and _only_renamed(before, after, one):
        _run(up, context, found)
        back = down
    else:
        # An alter_column would lose something of this column on its way.
        _run(_by_statement(_table(before, one), one.old, one.new, up), context, found)
        back = _by_statement(_table(before, one), one.new, one.old, down)
    found.downgrade.insert(0, back)


def _table(catalog: Catalog, one: Rename) -> Table:
    table = catalog.find(one.schema or DEFAULT_SCHEMA, one.table)
    assert table is not None
    return table


def _by_statement(
    table: Table, old: str, new: str, elsewhere: op.MigrateOperation
) -> op.MigrateOperation:
    schema = None if table.schema == DEFAULT_SCHEMA else table.schema
    group = op.ModifyTableOps(table.name, [elsewhere], schema=schema)
    return ServerStatements([f"{keys.alter(table)} {_clause(old, new)}"], [group])


def _clause(old: str, new: str) -> str:
    return f"RENAME COLUMN {name_text(old)} TO {name_text(new)}"


def _is_named_elsewhere(table: Table, name: str) -> bool:
    texts = [check.expression for check in table.checks]
    texts += [column.generated for column in table.columns if column.generated]
    return any(name.lower() in named_columns(text, table.target) for text in texts)


def _with_followers(table: Table, old: str, new: str) -> op.MigrateOperation:
    """Rename a column that CHECKs and generated columns name.

    MariaDB and SQLite let them follow; to MySQL it must be said, in the same statement. Alembic's
    copy for SQLite does not know of them.
    """
    plain = f"{keys.alter(table)} {_clause(old, new)}"
    names = {old.lower(): new}
    dropped, changed, added = [], [], []
    for check in table.checks:
        text = renamed_in(check.expression, names, table.target)
        if text != check.expression:
            dropped.append(f"DROP CONSTRAINT {name_text(check.name)}")
            added.append(f"ADD {check_text(replace(check, expression=text))}")
    for column in table.columns:
        text = renamed_in(column.generated or "", names, table.target)
        if column.generated and text != column.generated:
            changed.append(f"MODIFY COLUMN {definition(table, replace(column, generated=text))}")
    if table.target.mariadb:
        return op.ExecuteSQLOp(plain)
    clauses = [*dropped, _clause(old, new), *changed, *added]
    statement = f"{keys.alter(table)} {', '.join(clauses)}"
    return ServerStatements([statement], [op.ExecuteSQLOp(plain)])


def _after(operation: op.MigrateOperation, context: MigrationContext, found: Renamed) -> Any:
    step = list(steps([operation], context, found.state)).pop()
    return None if step.error else step.after


def _only_renamed(before: Catalog, after: Catalog, one: Rename) -> bool:
    ours, theirs = _table(before, one).column(one.old), _table(after, one).column(one.new)
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
