"""Writes the two revisions of a two-step change, each proven by a replay, or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext

from stillroom.authoring.author import Author, explained
from stillroom.authoring.drafted import Drafted, Written
from stillroom.authoring.renames.questions import Questioner
from stillroom.authoring.request import Request
from stillroom.authoring.two_step import model_code
from stillroom.authoring.two_step.changes import Change
from stillroom.authoring.two_step.decision import decided
from stillroom.authoring.two_step.model_code import ModelCode
from stillroom.authoring.two_step.phases import Contract, Expand
from stillroom.authoring.writing import draft
from stillroom.drift.models import metadata_of_env
from stillroom.errors import CannotTell
from stillroom.findings import shown
from stillroom.project.alembic_env.env_runner import AUTOGENERATE
from stillroom.replay.alembic_project import run
from stillroom.replay.history import History
from stillroom.replay.server import Server, State


@dataclass(frozen=True)
class WrittenTwoSteps:
    """Both revisions in their places, and the models of the two releases."""

    expand: Written
    contract: Written
    models: tuple[ModelCode, ...]


def write_two_steps(
    history: History, request: Request, *, drafts: Path, sources: Sequence[str] = ()
) -> WrittenTwoSteps:
    """Write both revisions. Nothing is written if one of them is not proven.

    ``sources`` are files that may declare tables which nothing imports. No database is contacted.
    Raises CannotTell and StillroomError with what to do.
    """
    with draft.folder(drafts) as folder, explained(request):
        return _TwoSteps(history, request, folder, sources).write()


class _TwoSteps:
    def __init__(
        self, history: History, request: Request, folder: Path, sources: Sequence[str]
    ) -> None:
        self._history, self._request, self._folder = history, request, folder
        self._sources = sources

    def write(self) -> WrittenTwoSteps:
        start = self._history.state_at("heads")
        asked = Author(self._history, self._request, self._folder, self._sources)
        asked.check_place()
        changes = self._decided(asked, start)
        first = Expand(changes, self._request.fills)
        expand = self._drafted(first, " (expand)", self._request.head, start)
        second = Contract(changes, expand.draft.id)
        contract = self._drafted(second, " (contract)", expand.draft.id, expand.after)
        code = self._code(changes, first)
        return WrittenTwoSteps(*self._placed(expand, contract), code)

    def _decided(self, asked: Author, start: State) -> list[Change]:
        changes: list[Change] = []

        def steps(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            if start.databases:
                raise CannotTell(
                    "works on several databases, or on another one than it connects to: nothing is"
                    " changed in two steps there",
                    where=shown(self._history.project.env_py),
                )
            metadata = metadata_of_env(context, self._history.project.env_py)
            asked.refuse_unimported()
            models = asked.models(metadata, context, start)
            changes.extend(decided(context, start, models, metadata, self._request))
            return ()

        run(self._history.project, Server(start), steps, command=AUTOGENERATE)
        return changes

    def _drafted(self, phase: Expand | Contract, suffix: str, head: str, start: State) -> Drafted:
        fills = phase.fills_of_request(self._request.fills)
        request = replace(
            self._request,
            fills=fills,
            without_default=self._request.without_default if isinstance(phase, Expand) else (),
            message=self._request.message + suffix,
            head=head,
            branch_label=self._request.branch_label if isinstance(phase, Expand) else None,
            depends_on=self._request.depends_on if isinstance(phase, Expand) else None,
            splice=self._request.splice and isinstance(phase, Expand),
            questioner=Questioner({}, ()),
        )
        author = Author(self._history, request, self._folder, phase=phase)
        drafted = author.draft(start)
        if drafted is None:  # a release runs with it, and the tables need nothing
            skeleton = author.skeleton()
            drafted = Drafted(skeleton, self._history.move(start, skeleton.id))
        return drafted

    def _placed(self, expand: Drafted, contract: Drafted) -> tuple[Written, Written]:
        """Put both into their places: the first goes again if the second cannot come."""
        first = expand.placed(self._history)
        try:
            return first, contract.placed(self._history)
        except BaseException:
            first.path.unlink(missing_ok=True)
            raise

    def _code(self, changes: list[Change], first: Expand) -> tuple[ModelCode, ...]:
        code: list[ModelCode] = []

        def steps(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            final = metadata_of_env(context, self._history.project.env_py)
            code.extend(
                model_code.of_changes(
                    changes, first.models, final, context, self._history.project.root
                )
            )
            return ()

        run(self._history.project, Server(self._history.empty), steps, command=AUTOGENERATE)
        return tuple(code)
