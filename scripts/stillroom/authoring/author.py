"""Writes the revision that takes a history to the models: complete and proven, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.autogenerate.api import RevisionContext
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import MetaData

from stillroom.authoring.composition import Composed, Composition
from stillroom.authoring.proof import prove
from stillroom.authoring.renames import answers
from stillroom.authoring.request import Request
from stillroom.authoring.writing import draft
from stillroom.catalog import Catalog, Target
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift import baseline
from stillroom.drift.difference import Difference
from stillroom.drift.models import (
    DeclaredProgram,
    build,
    metadata_of_env,
    missing_programs,
    without_views,
)
from stillroom.errors import CannotTell, StillroomError
from stillroom.findings import Finding, shown
from stillroom.project.alembic_env.env_runner import AUTOGENERATE
from stillroom.project.explanations import of_write_hook
from stillroom.project.model_imports import unimported_tables
from stillroom.replay.alembic_project import AlembicProject, run
from stillroom.replay.databases import as_seen_from, schema_of
from stillroom.replay.history import History
from stillroom.replay.server import Server, State
from stillroom.shell import Command


@dataclass(frozen=True)
class Written:
    """A revision in its place, for the target.

    ``changes`` say what it does, in words; ``losses`` counts the lines that a person must complete.
    ``server`` is the scratch server that has run the revisions before it.
    """

    id: str
    path: Path
    target: Target
    changes: tuple[str, ...] = ()
    losses: int = 0
    server: str = ""


def write(
    history: History, request: Request, *, drafts: Path, sources: Sequence[str] = ()
) -> Written | None:
    """Write the revision; None if the models need none. Nothing is written if it is not proven.

    Until then it lies in the folder ``drafts``. No database is contacted. Raises CannotTell and
    StillroomError with what to do, also if ``sources`` declare tables that env.py does not import.
    """
    with draft.folder(drafts) as folder:
        try:
            return _Author(history.project, history, request, folder, sources).write()
        except (OSError, ImportError) as error:
            raise of_write_hook(error) or error from error
        except CommandError as error:  # Alembic's own answer to head, splice and depends_on
            fix = str(request.command(splice=True)) if "--splice" in str(error) else ""
            what = str(error).replace("; please specify --splice", ": splice=1 is needed")
            raise of_write_hook(error) or StillroomError(what, fix=fix) from error


@dataclass(frozen=True)
class _Part:
    """What a revision does in one of the databases of env.py; mostly there is one."""

    database: str
    composition: Composition
    composed: Composed

    def missing(self, catalog: Catalog) -> list[Difference]:
        return self.composition.missing(_seen(catalog, self.database))

    def not_restored(self, before: Catalog, after: Catalog) -> list[Difference]:
        return self.composition.not_restored(
            _seen(before, self.database), _seen(after, self.database)
        )


def _tables(catalog: Catalog) -> set[str]:
    return set(catalog.tables())


def _seen(catalog: Catalog, database: str) -> Catalog:
    return as_seen_from(State(catalog), database).catalog


class _Author:
    """One run: env.py configures Alembic once for each database, and once more behind renames."""

    def __init__(
        self,
        project: AlembicProject,
        history: History,
        request: Request,
        folder: Path,
        sources: Sequence[str],
    ) -> None:
        self.project, self.history, self.sources = project, history, sources
        self.request, self.folder = request, folder
        self.renamed: answers.Renamed | None = None
        self.parts: list[_Part] = []
        self.tables: set[str] = set()  # of all databases, if there are several
        self.programs: tuple[DeclaredProgram, ...] = ()

    def write(self) -> Written | None:
        self._refuse_unknown_revisions()
        _refuse_heads(self.project, self.request)
        revision = self._revision()
        if self.request.empty:
            skeleton = draft.write(revision.generated_revisions[0], None, self.project, self.folder)
            return Written(skeleton.id, skeleton.place(), self.history.target)
        start = self.history.state_at("heads")
        self._compose(start, revision)
        if not self.parts:
            self._refuse_programs(start)
            return None
        last = self.parts[-1].composed
        new = draft.write(last.script, last.context, self.project, self.folder)
        prove(new, self.history, start, self._missing, self._not_restored)
        changes = [change for part in self.parts for change in part.composed.changes]
        for program in missing_programs(self.programs, start.catalog):
            what = f"the {program.words}, which a DDL event of the models creates, is not in it"
            changes.append(f"{what}: write\n{program.code}")
        losses = sum(part.composed.losses for part in self.parts)
        target, server = self.history.target, self.history.server
        return Written(new.id, new.place(), target, tuple(changes), losses, server)

    def _missing(self, catalog: Catalog) -> list[Difference]:
        return [one for part in self.parts for one in part.missing(catalog)]

    def _not_restored(self, before: Catalog, after: Catalog) -> list[Difference]:
        return [one for part in self.parts for one in part.not_restored(before, after)]

    def _refuse_programs(self, start: State) -> None:
        """Raise StillroomError for a view, trigger or routine that nothing but an event creates."""
        for program in missing_programs(self.programs, start.catalog):
            raise StillroomError(
                f"the {program.words} is created by a DDL event of the models and by no revision,"
                " and Alembic has no operation for it",
                fix=(
                    "Write a revision for it: "
                    f"{Command('revision', m=f'add {program.words}', empty=True)}\n"
                    f"{program.code}"
                ),
            )

    def _refuse_unknown_revisions(self) -> None:
        for name in (self.request.head, self.request.depends_on):
            if name and name != "head":
                self.project.scripts.get_revisions(name)

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

    def _compose(self, start: State, revision: RevisionContext) -> None:
        """Run env.py for the renames, and for all else: at once, if there are no renames."""

        def steps(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            missing = unimported_tables(self.project.root, self.sources)
            refuse_unimported(baseline.without_accepted(missing, self.history))
            metadata = metadata_of_env(context, self.project.env_py)
            here = as_seen_from(start, schema_of(context))
            models = self._models(metadata, context, here)
            request = self.request
            if start.databases:
                tables = _tables(here.catalog) | _tables(models)
                self.tables |= tables
                request = request.about(tables)
            questioner = request.questioner
            renamed = answers.renamed(context, here, models, metadata, questioner, request.command)
            self.renamed = renamed
            if not renamed.answered:
                self._compose_behind(renamed, context, revision, request)
            elif start.databases:
                self._refuse_renames()
            return ()

        def steps_behind(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            if self.renamed is not None:
                self._compose_behind(self.renamed, context, revision, self.request)
            return ()

        run(self.project, Server(start), steps, command=AUTOGENERATE)
        if start.databases:
            self.request.refuse_others(self.tables)
        if self.renamed is not None and self.renamed.answered:
            run(self.project, Server(self.renamed.state), steps_behind, command=AUTOGENERATE)

    def _compose_behind(
        self,
        renamed: answers.Renamed,
        context: MigrationContext,
        revision: RevisionContext,
        request: Request,
    ) -> None:
        metadata = metadata_of_env(context, self.project.env_py)
        models = self._models(metadata, context, renamed.state)
        database = schema_of(context)
        shown_name = "" if database == DEFAULT_SCHEMA else database
        composition = Composition(
            self.project, request, context, metadata, models, renamed, shown_name
        )
        if composed := composition.compose(revision):
            self.parts.append(_Part(database, composition, composed))

    def _refuse_renames(self) -> None:
        raise CannotTell(
            "works in several databases, or in another than its connection; there no rename is "
            "written",
            where=shown(self.project.env_py),
            fix="Write it by hand, with op.alter_column() or op.rename_table(), into: "
            f"{Command('revision', m=self.request.message, empty=True)}",
        )

    def _models(self, metadata: list[MetaData], context: MigrationContext, state: State) -> Catalog:
        built = build(metadata, context, self.history.target, self.history.cache)
        if built.refused:
            table, why = built.refused[0]
            raise CannotTell(
                f"table {table.fullname} cannot be created from the models: {why}",
                fix="Correct the model, or name the right server in alembic.ini, "
                "[stillroom] target.",
            )
        self.programs = built.programs
        return without_views(built.catalog, state.catalog)


def refuse_unimported(findings: Sequence[Finding]) -> None:
    """Raise StillroomError for tables that code declares and nothing imports."""
    if findings:
        lines = "\n".join(finding.headline for finding in findings)
        raise StillroomError(
            f"{lines}\n{findings[0].why}", fix=f"{findings[0].fix}\nNothing was written."
        )


def _refuse_heads(project: AlembicProject, request: Request) -> None:
    heads = [
        head for head in map(project.scripts.get_revision, project.scripts.get_heads()) if head
    ]
    if len(heads) < 2 or request.head != "head":
        return
    lines = "\n".join(f"{head.revision}  {shown(Path(head.path))}" for head in heads)
    raise StillroomError(
        f"the history has {len(heads)} heads; a revision can follow only one",
        fix=f"{lines}\nTo join them: {Command('merge', m='join the branches')}\n"
        f"To go on with one of them: {request.command(head=heads[0].revision)}",
    )
