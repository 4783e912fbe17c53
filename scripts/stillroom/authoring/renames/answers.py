"""Carries out the renames that were confirmed, before anything else is compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops as op
from alembic.runtime.migration import MigrationContext

from stillroom.authoring.operations.alter_statements import definition
from stillroom.authoring.operations.own import RenameTable, ServerStatements
from stillroom.authoring.operations.sqlite_equivalents import ModelDefinitions
from stillroom.authoring.renames import keys
from stillroom.authoring.renames.questions import (
    Questioner,
    Rename,
    column_candidates,
    implied,
    key_candidates,
    table_candidates,
)
from stillroom.catalog import Catalog, Table, quoted_name
from stillroom.catalog.printing.show_create import check_text
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.catalog.table_expressions import named_columns
from stillroom.catalog.table_expressions import renamed as renamed_in
from stillroom.drift.alembic_operations import autogenerate, steps
from stillroom.drift.check import wanted, without_version_table
from stillroom.drift.comparison import differences
from stillroom.drift.difference import Difference
from stillroom.errors import StillroomError, printable
from stillroom.project.alembic_env import alembic_internals
from stillroom.replay.server import State
from stillroom.shell import Command


@dataclass
class Renamed:
    """The state after the renames, and the operations that make and undo them."""

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
    command: Callable[..., Command],
) -> Renamed:
    """Ask about tables, then columns, then keys. Raises StillroomError if there is no answer.

    ``command`` spells the command with more ``renames`` or ``drops``.
    """
    result = Renamed(start)
    names: dict[str, str] = {}  # of tables: new -> old
    for candidates in (table_candidates, column_candidates, key_candidates):
        history = without_version_table(result.state.catalog, context)
        changes = differences(history, models)
        if any(True for _ in candidates(history, models, changes)):
            changes = not_filtered_out(changes, start, context, metadata)
        possible = candidates(history, models, changes)
        confirmed, open_ = answered(possible, result, questioner)
        if open_:
            refuse_unknown(questioner, start.catalog, result.state.catalog)
            raise unanswered(open_, command)
        for rename in confirmed:
            if rename.is_table:
                names[rename.new] = rename.old
                _apply_table(rename, context, result)
            elif rename.kind == "column":
                _apply_column(rename, names, context, result)
            else:
                up, down = keys.renaming(
                    rename, result.state.catalog, ModelDefinitions(metadata, context)
                )
                _run(up, context, result)
                result.downgrade.insert(0, down)
            result.answered.append(rename)
    refuse_unknown(questioner, start.catalog, result.state.catalog)
    refuse_unused(questioner)
    return result


def refuse_unused(questioner: Questioner) -> None:
    """Raise StillroomError if a rename was given that nothing has asked for."""
    if left := sorted(questioner.renames.keys() - questioner.used):
        raise StillroomError(
            f"rename: {left[0]} and {questioner.renames[left[0]]} are not a rename: the"
            " models must lack the first, and have the second, new and similar"
        )


def not_filtered_out(
    changes: Sequence[Difference],
    start: State,
    context: MigrationContext,
    metadata: Sequence[sa.MetaData],
) -> list[Difference]:
    """``changes`` without those that the project's filters want left alone."""
    options = dict(context.opts)
    comparing = list(alembic_internals.comparing_functions(context))
    tables = {(change.schema, change.table) for change in changes}
    state = State(without_version_table(start.catalog, context), start.rows)
    try:
        return wanted(changes, autogenerate(context, metadata, state, only=tables), context)
    finally:
        context.opts.clear()
        context.opts.update(options)
        for attribute, _, function in comparing:
            setattr(context, attribute, function)


def answered(
    candidates: Iterable[Rename], result: Renamed, questioner: Questioner
) -> tuple[list[Rename], list[Rename]]:
    """The confirmed renames, and those without an answer."""
    answered: list[Rename] = []
    open_: list[Rename] = []
    for rename in candidates:
        if _is_settled(rename, answered):
            continue
        answer = questioner.ask(rename, implied=implied(rename, result.answered))
        if answer:
            answered.append(rename)
        elif answer is None:
            open_.append(rename)
    return answered, [rename for rename in open_ if not _is_settled(rename, answered)]


def _is_settled(rename: Rename, answered: Sequence[Rename]) -> bool:
    """Whether another rename has its old or its new name."""
    return any(
        rename.place == other.place and (rename.old == other.old or rename.new == other.new)
        for other in answered
    )


def refuse_unknown(questioner: Questioner, *catalogs: Catalog) -> None:
    """Raise StillroomError if an answer names what is in none of ``catalogs``."""
    known: set[str] = set()
    for table in (table for catalog in catalogs for table in catalog.all_tables()):
        place = table.name if table.schema == DEFAULT_SCHEMA else f"{table.schema}.{table.name}"
        own = {index.name for index in table.indexes} | {key.name for key in table.foreign_keys}
        own |= {check.name for check in table.checks}
        inside = own | {column.name for column in table.columns}
        known |= {place} | own | {f"{place}.{name}" for name in inside}
    for option, names in (("rename", questioner.renames), ("drop", questioner.drops)):
        if unknown := sorted(set(names) - known):
            raise StillroomError(
                f"{option}: the revisions have no table, column or key {unknown[0]}",
                fix="Write a column with its table, as article.title. Nothing was written.",
            )


def unanswered(candidates: Sequence[Rename], command: Callable[..., Command]) -> StillroomError:
    """For renames that nobody has answered: the commands that do."""
    words = "\n".join(
        printable(f"{rename.words} is gone, {rename.new} is new, and they look alike")
        for rename in candidates
    )
    renames = {rename.dropped: rename.answer for rename in reversed(candidates)}
    keep, lose = "To rename it", "To drop it and create the other"
    if any(rename.holds_rows for rename in candidates):
        keep, lose = "To rename it, and keep its data", "To drop it, and lose its data"
    in_two_steps = (
        "To rename it in two steps, while code that knows the old name runs: "
        f"{command(renames=renames.values(), steps=2)}\n"
        if all(rename.kind == "column" for rename in candidates)
        else ""
    )
    return StillroomError(
        f"{words}: was it renamed, or dropped and created again?",
        fix=f"{keep}: {command(renames=renames.values())}\n{in_two_steps}"
        f"{lose}: {command(drops=renames)}\nNothing was written.",
    )


def _apply_table(rename: Rename, context: MigrationContext, result: Renamed) -> None:
    schema = rename.schema or None
    _run(RenameTable(rename.old, rename.new, schema=schema), context, result)
    result.downgrade.insert(0, RenameTable(rename.new, rename.old, schema=schema))


def _apply_column(
    rename: Rename, tables: dict[str, str], context: MigrationContext, result: Renamed
) -> None:
    assert context.connection is not None
    table = tables.get(rename.table, rename.table)
    columns = sa.inspect(context.connection).get_columns(table, schema=rename.schema or None)
    known: dict[str, Any] = next(dict(each) for each in columns if each["name"] == rename.old)
    default = known.get("default")
    options = {
        "schema": rename.schema or None,
        "existing_type": known["type"],
        "existing_nullable": known["nullable"],
        "existing_comment": known.get("comment"),
        "existing_server_default": sa.DefaultClause(sa.text(default)) if default else None,
    }
    if known.get("autoincrement"):
        options["autoincrement"] = True
    up = op.AlterColumnOp(rename.table, rename.old, modify_name=rename.new, **options)
    down = op.AlterColumnOp(rename.table, rename.new, modify_name=rename.old, **options)
    before, after = result.state.catalog, _after(up, context, result)
    if _is_used_by_others(_table(before, rename), rename.old):
        _run(_with_followers(_table(before, rename), rename.old, rename.new), context, result)
        back = _with_followers(_table(result.state.catalog, rename), rename.new, rename.old)
    elif after is not None and _only_renamed(before, after, rename):
        _run(up, context, result)
        back = down
    else:
        # An alter_column would lose an attribute of this column.
        _run(_by_statement(_table(before, rename), rename.old, rename.new, up), context, result)
        back = _by_statement(_table(before, rename), rename.new, rename.old, down)
    result.downgrade.insert(0, back)


def _table(catalog: Catalog, rename: Rename) -> Table:
    table = catalog.find(rename.schema or DEFAULT_SCHEMA, rename.table)
    assert table is not None
    return table


def _by_statement(
    table: Table, old: str, new: str, equivalent: op.MigrateOperation
) -> op.MigrateOperation:
    schema = None if table.schema == DEFAULT_SCHEMA else table.schema
    group = op.ModifyTableOps(table.name, [equivalent], schema=schema)
    return ServerStatements([f"{keys.alter_table(table)} {_clause(old, new)}"], [group])


def _clause(old: str, new: str) -> str:
    return f"RENAME COLUMN {quoted_name(old)} TO {quoted_name(new)}"


def _is_used_by_others(table: Table, name: str) -> bool:
    texts = [check.expression for check in table.checks]
    texts += [column.generated for column in table.columns if column.generated]
    return any(name.lower() in named_columns(text, table.target) for text in texts)


def _with_followers(table: Table, old: str, new: str) -> op.MigrateOperation:
    """Rename a column that CHECKs and generated columns use.

    MariaDB and SQLite adapt them; MySQL needs them in the same statement. Alembic's copy of a table
    for SQLite does not know of them.
    """
    plain = f"{keys.alter_table(table)} {_clause(old, new)}"
    names = {old.lower(): new}
    dropped, changed, added = [], [], []
    for check in table.checks:
        text = renamed_in(check.expression, names, table.target)
        if text != check.expression:
            dropped.append(f"DROP CONSTRAINT {quoted_name(check.name)}")
            added.append(f"ADD {check_text(replace(check, expression=text))}")
    for column in table.columns:
        text = renamed_in(column.generated or "", names, table.target)
        if column.generated and text != column.generated:
            changed.append(f"MODIFY COLUMN {definition(table, replace(column, generated=text))}")
    if table.target.mariadb:
        return op.ExecuteSQLOp(plain)
    clauses = [*dropped, _clause(old, new), *changed, *added]
    statement = f"{keys.alter_table(table)} {', '.join(clauses)}"
    return ServerStatements([statement], [op.ExecuteSQLOp(plain)])


def _after(operation: op.MigrateOperation, context: MigrationContext, result: Renamed) -> Any:
    step = list(steps([operation], context, result.state)).pop()
    return None if step.error else step.after


def _only_renamed(before: Catalog, after: Catalog, rename: Rename) -> bool:
    ours, theirs = (
        _table(before, rename).column(rename.old),
        _table(after, rename).column(rename.new),
    )
    return ours is not None and theirs is not None and replace(ours, name=rename.new) == theirs


def _run(operation: op.MigrateOperation, context: MigrationContext, result: Renamed) -> None:
    step = list(steps([operation], context, result.state)).pop()
    if step.error:
        raise StillroomError(
            f"rename: a server would refuse this: {step.error}",
            fix="Drop what refers to the old name first, in a revision of its own.",
        )
    result.upgrade.append(operation)
    result.state = State(step.after, result.state.rows)
