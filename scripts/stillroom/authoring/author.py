"""Writes the revision that takes a history to the models: complete and proven, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.autogenerate.api import RevisionContext
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import MetaData

from stillroom.authoring.composition import Composed, Composition
from stillroom.authoring.drafted import Drafted, Written
from stillroom.authoring.phase import Phase
from stillroom.authoring.proof import prove
from stillroom.authoring.renames import answers
from stillroom.authoring.request import Request
from stillroom.authoring.writing import draft
from stillroom.authoring.writing.draft import Draft
from stillroom.catalog import Catalog
from stillroom.drift import baseline, report
from stillroom.drift.declarations import declarations
from stillroom.drift.difference import Difference, shown_schema
from stillroom.drift.models import (
    DeclaredProgram,
    Refused,
    build,
    metadata_of_env,
    missing_programs,
    without_views,
)
from stillroom.errors import CannotTell, StillroomError
from stillroom.findings import Finding, shown
from stillroom.project.alembic_env.env_runner import AUTOGENERATE
from stillroom.project.explanations import of_alembic, of_write_hook
from stillroom.project.model_imports import unimported_tables
from stillroom.project.settings import of_config
from stillroom.replay.alembic_project import AlembicProject, run
from stillroom.replay.databases import as_seen_from, schema_of
from stillroom.replay.history import History
from stillroom.replay.revisions.heads import kept_apart
from stillroom.replay.server import Server, State
from stillroom.shell import Command


def write(
    history: History, request: Request, *, drafts: Path, sources: Sequence[str] = ()
) -> Written | None:
    """Write the revision; None if the models need none. Nothing is written if it is not proven.

    Until then it lies in the folder ``drafts``. No database is contacted. Raises CannotTell and
    StillroomError with what to do, also if ``sources`` declare tables that env.py does not import.
    """
    with draft.folder(drafts) as folder, explained(request):
        return Author(history, request, folder, sources).write()


class InTwoSteps(Exception):
    """Somebody has answered that a rename is to be made in two steps."""


@contextmanager
def explained(request: Request) -> Iterator[None]:
    """Within it, what goes wrong while a revision is written is told in our words."""
    try:
        yield
    except (OSError, ImportError) as error:
        raise of_write_hook(error) or error from error
    except CommandError as error:  # Alembic's own answer to head, splice and depends_on
        told = of_write_hook(error) or _of_place(error, request) or of_alembic(error)
        raise told or error from error


def _of_place(error: CommandError, request: Request) -> StillroomError | None:
    """Alembic's wish for ``--splice``, as our own commands spell it."""
    what = str(error).replace("; please specify --splice", ": splice=1 is needed")
    is_wish = what != str(error)
    return StillroomError(what, fix=str(request.command(splice=True))) if is_wish else None


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


def _seen(catalog: Catalog, database: str) -> Catalog:
    return as_seen_from(State(catalog), database).catalog


class Author:
    """One run: env.py configures Alembic once for each database, and once more behind renames."""

    def __init__(
        self,
        history: History,
        request: Request,
        folder: Path,
        sources: Sequence[str] = (),
        phase: Phase | None = None,
    ) -> None:
        self.project, self.history, self.sources = history.project, history, sources
        self.request, self.folder = request, folder
        self.phase = phase or Phase()
        self.renamed: answers.Renamed | None = None
        self.parts: list[_Part] = []
        self.tables: set[str] = set()  # of all databases, if there are several
        self.programs: tuple[DeclaredProgram, ...] = ()

    def write(self) -> Written | None:
        """Write what the models need behind the heads, or a skeleton; None if they need nothing."""
        self.check_place()
        if self.request.empty:
            skeleton = self.skeleton()
            return Written(skeleton.id, skeleton.place(), self.history.target)
        drafted = self.draft(self.history.state_at("heads"))
        return drafted.placed(self.history) if drafted else None

    def skeleton(self) -> Draft:
        """A revision that does nothing."""
        script = self._revision().generated_revisions[0]
        return draft.write(script, None, self.project, self.folder, self.phase.mark)

    def draft(self, start: State) -> Drafted | None:
        """Compose the revision that follows ``start`` and prove it; None if none is needed."""
        revision = self._revision()
        self._compose(start, revision)
        if not self.parts:
            self._refuse_programs(start)
            return None
        last = self.parts[-1].composed
        new = draft.write(last.script, last.context, self.project, self.folder, self.phase.mark)
        after = prove(new, self.history, start, self._missing, self._not_restored)
        changes = [change for part in self.parts for change in part.composed.changes]
        for program in missing_programs(self.programs, start.catalog):
            what = f"the {program.words}, which a DDL event of the models creates, is not in it"
            changes.append(f"{what}: write\n{program.code}")
        losses = sum(part.composed.losses for part in self.parts)
        return Drafted(new, after, tuple(changes), losses)

    def _missing(self, catalog: Catalog) -> list[Difference]:
        return [difference for part in self.parts for difference in part.missing(catalog)]

    def _not_restored(self, before: Catalog, after: Catalog) -> list[Difference]:
        return [
            difference for part in self.parts for difference in part.not_restored(before, after)
        ]

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

    def check_place(self) -> None:
        """Raise StillroomError if the request does not say which revision to follow."""
        _refuse_heads(self.project, self.request)
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
            here = as_seen_from(start, schema_of(context))
            metadata = self._metadata(context, here)
            self.refuse_unimported()
            models = self.models(metadata, context, here)
            request = self.request
            if start.databases:
                tables = {*here.catalog.tables(), *models.tables()}
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
        if self.request.questioner.steps == 2:
            raise InTwoSteps
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
        metadata = self._metadata(context, renamed.state)
        models = self.models(metadata, context, renamed.state)
        database = schema_of(context)
        name = shown_schema(database)
        composition = Composition(
            self.project, request, context, metadata, models, renamed, name, self.phase
        )
        if composed := composition.compose(revision):
            self.parts.append(_Part(database, composition, composed))

    def _refuse_renames(self) -> None:
        raise CannotTell(
            "works on several databases, or on another one than it connects to: no rename is "
            "written",
            where=shown(self.project.env_py),
            fix="Write it by hand, with op.alter_column() or op.rename_table(), into: "
            f"{Command('revision', m=self.request.message, empty=True)}",
        )

    def refuse_unimported(self) -> None:
        """Raise StillroomError for a table that the sources declare and nothing imports."""
        missing = unimported_tables(
            self.project.root, of_config(self.project.config).models, self.sources
        )
        refuse_unimported(baseline.without_accepted(missing, self.history))

    def _metadata(self, context: MigrationContext, state: State) -> Sequence[MetaData]:
        own = metadata_of_env(context, self.project.env_py)
        metadata = self.phase.metadata(own, context, state.catalog)
        if metadata is not own:
            context.opts["target_metadata"] = metadata  # which Alembic compares
        return metadata

    def models(
        self, metadata: Sequence[MetaData], context: MigrationContext, state: State
    ) -> Catalog:
        """The tables of ``metadata``; those that the target refuses as they are in the history.

        Raises CannotTell for one of these that the project has not accepted.
        """
        cache = self.history.cache if type(self.phase) is Phase else None
        built = build(metadata, context, self.history.target, cache, state.catalog)
        self._refuse_tables(built.refused)
        self.programs = built.programs
        return without_views(built.catalog, state.catalog)

    def _refuse_tables(self, refused: Sequence[Refused]) -> None:
        places = declarations(self.project.root, {each.table.name for each in refused})
        fallback = shown(self.project.env_py)
        findings = [report.refused_table(each, places, fallback) for each in refused]
        for finding in baseline.without_accepted(findings, self.history):
            raise CannotTell(finding.what, where=str(finding.where), fix=finding.fix)


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
    lines = [f"{head.revision}  {shown(Path(head.path))}" for head in heads]
    first = heads[0].revision
    if kept_apart(project.scripts):
        labels = heads[0].branch_labels
        first = f"{min(labels)}@head" if labels else first
    else:
        lines.append(f"To join them: {Command('merge', m='join the branches')}")
    lines.append(f"To go on with one of them: {request.command(head=first)}")
    raise StillroomError(
        f"the history has {len(heads)} heads; a revision can follow only one",
        fix="\n".join(lines),
    )
