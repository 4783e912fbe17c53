"""Writes the revision that takes a history to the models: complete, proven, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.autogenerate.api import AutogenContext, RevisionContext
from alembic.config import Config
from alembic.operations import ops as op
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import MetaData

from stillroom.authoring.corrections.columns import (
    completed,
    refuse_malformed,
    unused,
    with_free_columns,
    with_inherited_collations,
    with_null_defaults,
    with_nullable_formulas,
    with_parentheses,
)
from stillroom.authoring.corrections.constraints import as_constraints, with_names
from stillroom.authoring.corrections.foreign_keys import leftovers, with_actions, without_cycles
from stillroom.authoring.losses import losses
from stillroom.authoring.operations.exact_comparison import exact_differences
from stillroom.authoring.operations.ordering import Arrangement, Refused, grouped
from stillroom.authoring.operations.own import Remark, wrapped
from stillroom.authoring.operations.sqlite_equivalents import Models, Reflected
from stillroom.authoring.proof import prove
from stillroom.authoring.renames import answers
from stillroom.authoring.request import Request
from stillroom.authoring.writing import draft
from stillroom.authoring.writing.expressions import keep_defaults
from stillroom.catalog import Catalog, Target
from stillroom.catalog.printing.text import name_text
from stillroom.drift.alembic_operations import autogenerate, has_comparators_of_its_own, leaves
from stillroom.drift.check import wanted, without_version_table
from stillroom.drift.comparison import differences
from stillroom.drift.declarations import declarations
from stillroom.drift.difference import Difference
from stillroom.drift.models import build, metadata_of
from stillroom.drift.python_defaults import with_python_defaults
from stillroom.drift.report import change_words, finding
from stillroom.errors import CannotTell, StillroomError
from stillroom.findings import shown
from stillroom.project import alembic_internals
from stillroom.project.settings import target_of
from stillroom.replay.alembic_project import AlembicProject, opened, run
from stillroom.replay.cache import Cache
from stillroom.replay.history import History
from stillroom.replay.server import Server, State


@dataclass(frozen=True)
class Written:
    """A revision in its place, for the target.

    ``changes`` are what it does, in words; ``losses`` the lines that a person must complete.
    """

    id: str
    path: Path
    target: Target
    changes: tuple[str, ...] = ()
    losses: int = 0


def write(config: Config, request: Request, *, cache: Path) -> Written | None:
    """Write the revision; None if the models need none. Nothing is written if it is not proven.

    ``config`` is the project's own, ``cache`` a folder for what can be made again. No database
    is contacted. Raises CannotTell and StillroomError with what to do.
    """
    with opened(config) as project, draft.folder(cache) as folder:
        history = History.read(project, target_of(config), Cache(cache / "history"))
        try:
            return _Author(project, history, request, folder).write()
        except CommandError as error:  # Alembic's own answer to head, splice and depends_on
            fix = request.command(splice=True) if "--splice" in str(error) else ""
            what = str(error).replace("; please specify --splice", ": splice=1 is needed")
            raise StillroomError(what, fix=fix) from error


@dataclass
class _Author:
    project: AlembicProject
    history: History
    request: Request
    folder: Path

    def __post_init__(self) -> None:
        self.losses = 0
        self.changes: list[str] = []
        self.script: op.MigrationScript | None = None
        self.rendering: AutogenContext | None = None

    def write(self) -> Written | None:
        for name in (self.request.head, self.request.depends_on):
            if name and name != "head":
                self.project.scripts.get_revisions(name)
        _refuse_heads(self.project, self.request)
        revision = self._revision()
        if self.request.empty:
            return self._written(draft.write(revision.generated_revisions[0], None, *self._where))
        start = self.history.state_at("heads")
        renamed = self._renamed(start, revision)

        def steps(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            self._examine(context, start, renamed, revision)
            return ()

        if renamed.answered:
            run(self.project, Server(renamed.state), steps)
        if self.script is None:
            return None
        new = draft.write(self.script, self.rendering, *self._where)
        prove(new, self.history, start, self._missing, self._stripped)
        return self._written(new)

    @property
    def _where(self) -> tuple[AlembicProject, Path]:
        return self.project, self.folder

    def _revision(self) -> RevisionContext:
        request = self.request
        arguments = {
            "message": request.message,
            "rev_id": None,
            "head": request.head,
            "splice": request.splice,
            "branch_label": request.branch_label,
            "version_path": request.version_path,
            "depends_on": request.depends_on,
            "sql": False,
            "autogenerate": not request.empty,
        }
        return RevisionContext(self.project.config, self.project.scripts, arguments)

    def _renamed(self, start: State, revision: RevisionContext) -> answers.Renamed:
        """Carry out the renames; without any, all else is done on the way."""
        found: list[answers.Renamed] = []

        def steps(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            if found:
                raise CannotTell(
                    "configures Alembic for several databases",
                    where=shown(self.project.env_py),
                    fix="Write this revision with Alembic itself: alembic revision --autogenerate",
                )
            models = self._models(context).catalog
            metadata = _metadata(context, self.project)
            request = self.request
            done = answers.renamed(
                context, start, models, metadata, request.questioner, request.command
            )
            found.append(done)
            if not done.answered:
                self._examine(context, start, done, revision)
            return ()

        run(self.project, Server(start), steps)
        return found[0]

    def _models(self, context: MigrationContext) -> Any:
        metadata = _metadata(context, self.project)
        built = build(metadata, context, self.history.target, self.history.cache)
        if built.refused:
            table, why = built.refused[0]
            raise CannotTell(
                f"table {table.fullname} cannot be created from the models: {why}",
                fix="Correct the model, or name the right server in alembic.ini, "
                "[stillroom] target.",
            )
        return built

    def _examine(
        self,
        context: MigrationContext,
        start: State,
        renamed: answers.Renamed,
        revision: RevisionContext,
    ) -> None:
        """Make the operations of the revision."""
        metadata = _metadata(context, self.project)

        def stripped(catalog: Catalog) -> Catalog:
            return without_version_table(catalog, context)

        self._stripped = stripped
        state = State(stripped(renamed.state.catalog), renamed.state.rows)
        built = self._models(context).catalog
        models = with_python_defaults(built, metadata, context, history=state.catalog)
        keep_defaults(context.impl)
        generated = autogenerate(context, metadata, state, revision, _only(context, state, built))
        if not generated.scripts:
            return
        script = generated.scripts[0]
        candidates = as_constraints(list(leaves(script.upgrade_ops)), state.catalog)
        back = as_constraints(list(leaves(script.downgrade_ops)), state.catalog)
        candidates = [*_new_schemas(state.catalog, built), *candidates]
        candidates, back = without_cycles(candidates, back)
        with_names(candidates, back, state.catalog, built)
        with_free_columns([*candidates, *back])
        with_inherited_collations(candidates, back)
        with_null_defaults([*candidates, *back])
        with_parentheses(candidates, models, context.dialect)
        with_nullable_formulas(candidates, context.dialect)
        with_actions(back, state.catalog)
        more = completed(candidates, self.request.fills, context.dialect)
        refuse_malformed(more.operations, state.catalog, built)
        _refuse_unknown(more.unknown, self.request)
        if left := unused(candidates, self.request.fills):
            raise StillroomError(f"fill: no column {left[0]} becomes NOT NULL in this revision")
        goal = with_python_defaults(models, metadata, context, keys=more.defaulted)

        def compare(before: Catalog, after: Catalog) -> list[Difference]:
            return wanted(differences(before, after), generated, context)

        up = Arrangement(context, state, goal, compare, Models(metadata, context))
        changes = compare(state.catalog, goal)
        lost = losses(state.catalog, goal, changes)
        up.take(_without_kept_defaults(more.operations, state.catalog, models, built))
        try:
            up.complete()
        except Refused as error:
            raise error.at(self._place(error.statement, changes)) from error
        up.tidy(leftovers(state.catalog, up.state.catalog, goal))
        origin = Reflected(context)
        down = Arrangement(context, up.state, state.catalog, exact_differences, origin)
        down.take(back)
        down.complete()
        upgrade = [*renamed.upgrade, *up.operations]
        if all(isinstance(one, Remark) for one in upgrade):
            return
        notes = [line for loss in lost for line in (*wrapped(loss.what), loss.lines[-1])]
        script.upgrade_ops_list[-1].ops = [*([Remark(notes)] if notes else []), *grouped(upgrade)]
        restored = _docstring([loss.downgrade for loss in lost])
        script.downgrade_ops_list[-1].ops = [
            *restored,
            *grouped([*down.operations, *renamed.downgrade]),
        ]
        self.changes = [
            *(f"{one.words} is renamed to {one.new}" for one in renamed.answered),
            *map(change_words, changes),
        ]
        self.losses = len(lost)
        self.script, self.rendering = script, alembic_internals.rendering_context(revision)
        self._missing = lambda catalog: compare(stripped(catalog), goal)

    def _place(self, statement: str, changes: Sequence[Difference]) -> str:
        """Where the models declare what ``statement`` is about."""
        about = [one for one in changes if name_text(one.table) in statement]
        about.sort(key=lambda one: name_text(one.name) not in statement)
        places = declarations(self.project.root, {one.table for one in about})
        fallback = shown(self.project.env_py)
        return str(finding(about[0], places, fallback).where) if about else fallback

    def _written(self, new: draft.Draft) -> Written:
        return Written(new.id, new.place(), self.history.target, tuple(self.changes), self.losses)


def _only(context: MigrationContext, state: State, models: Catalog) -> set[tuple[str, str]] | None:
    """The tables that differ; None if the project has taught Alembic to see more than tables."""
    if has_comparators_of_its_own(context):
        return None
    return {(one.schema, one.table) for one in differences(state.catalog, models)}


def _metadata(context: MigrationContext, project: AlembicProject) -> list[MetaData]:
    metadata = metadata_of(context.opts.get("target_metadata"))
    if not metadata:
        raise CannotTell(
            "gives Alembic no target_metadata, so there are no models to compare",
            where=shown(project.env_py),
            fix="context.configure(…, target_metadata=Base.metadata)",
        )
    return metadata


def _new_schemas(history: Catalog, models: Catalog) -> list[op.MigrateOperation]:
    """What makes the databases of tables with a schema; a downgrade leaves them, being empty."""
    return [
        op.ExecuteSQLOp(f"CREATE DATABASE IF NOT EXISTS {name_text(name)}")
        for name in models.schemas
        if name not in history.schemas
    ]


def _docstring(lost: Sequence[str]) -> list[op.MigrateOperation]:
    if not lost:
        return []
    text = f"Brings back the tables, but not {'; '.join(lost)}."
    return [Remark(wrapped(text, 84), docstring=True)]


def _without_kept_defaults(
    operations: Sequence[op.MigrateOperation], history: Catalog, goal: Catalog, models: Catalog
) -> list[op.MigrateOperation]:
    """``operations`` that leave alone the defaults which the history keeps for the models."""
    kept = {
        (one.schema, one.table, one.name)
        for one in set(differences(history, models)).difference(differences(history, goal))
    }
    found = []
    for one in operations:
        if isinstance(one, op.AlterColumnOp):
            place = (one.schema or "", one.table_name, one.column_name)
            if place in kept and _is_dropped(one.modify_server_default):
                one.modify_server_default = False
                if not one.has_changes():
                    continue
        found.append(one)
    return found


def _is_dropped(default: Any) -> bool:
    return default is None or str(getattr(default, "arg", "")) == "NULL"


def _refuse_heads(project: AlembicProject, request: Request) -> None:
    heads = [
        head for head in map(project.scripts.get_revision, project.scripts.get_heads()) if head
    ]
    if len(heads) < 2 or request.head != "head":
        return
    lines = "\n".join(f"{head.revision}  {shown(Path(head.path))}" for head in heads)
    raise StillroomError(
        f"the history has {len(heads)} heads; a revision can follow only one",
        fix=f'{lines}\nTo join them: make merge m="join the branches"\n'
        f"To go on with one of them: {request.command(head=heads[0].revision)}",
    )


def _refuse_unknown(unknown: Sequence[tuple[str, str]], request: Request) -> None:
    if not unknown:
        return
    words = "\n".join(f"{name} is NOT NULL, and {why}" for name, why in unknown)
    command = request.command(fills=[f"{name}=''" for name, _ in unknown])
    raise StillroomError(
        f"{words}: which value do the rows get that are there already?",
        fix=f"Answer with an SQL expression: {command}\n"
        "Or give the model a default, or make the column nullable. Nothing was written.",
    )
