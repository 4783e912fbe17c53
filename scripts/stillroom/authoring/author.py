"""Writes the revision that takes a history to the models: complete and proven, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
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
from stillroom.drift.models import (
    DeclaredProgram,
    build,
    metadata_of,
    missing_programs,
    without_views,
)
from stillroom.errors import CannotTell, StillroomError
from stillroom.findings import shown
from stillroom.project.explanations import of_write_hook
from stillroom.replay.alembic_project import AlembicProject, run
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


def write(history: History, request: Request, *, drafts: Path) -> Written | None:
    """Write the revision; None if the models need none. Nothing is written if it is not proven.

    Until then it lies in the folder ``drafts``. No database is contacted. Raises CannotTell and
    StillroomError with what to do.
    """
    with draft.folder(drafts) as folder:
        try:
            return _Author(history.project, history, request, folder).write()
        except CommandError as error:  # Alembic's own answer to head, splice and depends_on
            fix = str(request.command(splice=True)) if "--splice" in str(error) else ""
            what = str(error).replace("; please specify --splice", ": splice=1 is needed")
            raise of_write_hook(error) or StillroomError(what, fix=fix) from error


class _Author:
    """One run: env.py configures Alembic once, and once more behind renames."""

    def __init__(
        self, project: AlembicProject, history: History, request: Request, folder: Path
    ) -> None:
        self.project, self.history = project, history
        self.request, self.folder = request, folder
        self.renamed: answers.Renamed | None = None
        self.composition: Composition | None = None
        self.composed: Composed | None = None
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
        if self.composed is None or self.composition is None:
            self._refuse_programs(start)
            return None
        new = draft.write(self.composed.script, self.composed.context, self.project, self.folder)
        prove(new, self.history, start, self.composition.missing, self.composition.stripped)
        composed, target = self.composed, self.history.target
        changes = [*composed.changes]
        for program in missing_programs(self.programs, start.catalog):
            what = f"the {program.words}, which a DDL event of the models creates, is not in it"
            changes.append(f"{what}: write\n{program.code}")
        server = self.history.server
        return Written(new.id, new.place(), target, tuple(changes), composed.losses, server)

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
            self._refuse_several_databases()
            metadata = _metadata(context, self.project)
            models = self._models(metadata, context, start)
            questioner, command = self.request.questioner, self.request.command
            renamed = answers.renamed(context, start, models, metadata, questioner, command)
            self.renamed = renamed
            if not renamed.answered:
                self._compose_behind(renamed, context, revision)
            return ()

        def steps_behind(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            if self.renamed is not None:
                self._compose_behind(self.renamed, context, revision)
            return ()

        run(self.project, Server(start), steps)
        if self.renamed is not None and self.renamed.answered:
            run(self.project, Server(self.renamed.state), steps_behind)

    def _compose_behind(
        self, renamed: answers.Renamed, context: MigrationContext, revision: RevisionContext
    ) -> None:
        metadata = _metadata(context, self.project)
        models = self._models(metadata, context, renamed.state)
        self.composition = Composition(
            self.project, self.request, context, metadata, models, renamed
        )
        self.composed = self.composition.compose(revision)

    def _refuse_several_databases(self) -> None:
        if self.renamed is not None:
            raise CannotTell(
                "configures Alembic for several databases",
                where=shown(self.project.env_py),
                fix="Write this revision with Alembic itself: alembic revision --autogenerate",
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


def _metadata(context: MigrationContext, project: AlembicProject) -> list[MetaData]:
    metadata = metadata_of(context.opts.get("target_metadata"))
    if not metadata:
        raise CannotTell(
            "gives Alembic no target_metadata, so there are no models to compare",
            where=shown(project.env_py),
            fix="context.configure(…, target_metadata=Base.metadata)",
        )
    return metadata


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
