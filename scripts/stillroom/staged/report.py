"""Judges whether the models need a revision that does not exist, as staged or as the files are."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

from stillroom.drift import CANNOT_TELL, CLEAN, DRIFT, Verdict, baseline, check
from stillroom.drift.report import needs_revision
from stillroom.errors import CannotTell, StillroomError
from stillroom.findings import Finding
from stillroom.project.alembic_env import alembic_options
from stillroom.project.alembic_env.alembic_options import AlembicOptions
from stillroom.project.git import tracked_files
from stillroom.project.import_places import imported_from
from stillroom.project.project import alembic_config
from stillroom.project.settings import DEFAULT_TARGET, Settings
from stillroom.project.settings_files import databases
from stillroom.replay import History
from stillroom.shell import Command
from stillroom.staged import index_verdicts, revisions, snapshots, tree_verdicts
from stillroom.staged.dependencies import watched
from stillroom.staged.revisions import Staged
from stillroom.staged.squashes import of_squashes
from stillroom.staged.workspace import (
    inside,
    load_settings,
    project_history,
    staged_project,
    version_folders,
    with_hint,
)

STAGED = "staged models"
Look = Callable[[History], None]
Meanwhile = Callable[[History, Settings, Staged], None]


@dataclass(frozen=True)
class Report:
    """The verdict, and all that was found, the causes behind the differences."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    judged: str  # the models, in words
    commands: tuple[str, ...] = ()
    began_at: str = ""  # the snapshot, if the replay has begun there

    @property
    def is_staged(self) -> bool:
        """Whether it is about what is staged, or about a commit."""
        return self.judged == STAGED

    @property
    def status(self) -> str:
        """The verdict's; drift too if the revisions themselves are at fault."""
        if self.verdict.status == CANNOT_TELL:
            return CANNOT_TELL
        return DRIFT if self.findings else CLEAN

    @property
    def exit_code(self) -> int:
        """0 clean, 1 drift, 2 cannot tell."""
        return replace(self.verdict, status=self.status).exit_code


@dataclass
class _Base:
    """Where a replay may begin; ``shown`` is the snapshot, once it has."""

    committed: snapshots.Committed
    full: bool
    shown: str = ""
    files: tuple[str, ...] = ()  # the snapshot that is judged

    def put_in(self, history: History) -> None:
        """Let the history begin there; with ``full``, take nothing from the cache either."""
        self.files = snapshots.files(history)
        if self.full:
            history.cache = None
        else:
            snapshots.begin_there(history, history.project.root.resolve(), self.committed)

    def note(self, history: History) -> None:
        """Whether it has."""
        self.shown = history.known.shown if history.known and history.began_at_known else ""


def worktree_report(root: Path, *, full: bool = False) -> Report:
    """Judge the files as they are; ``full`` replays all revisions, whatever is known of them."""
    settings = load_settings(root)
    with inside(settings):
        base = _Base(snapshots.committed_last(root), full)
        verdict, left = _judge(settings, root, tracked_files(root), base)
        commands = _commands([*version_folders(settings), *base.files], left, ())
    return Report(verdict, tuple(left), "models as the files are", commands, base.shown)


def staged_report(
    root: Path,
    *,
    since: str | None = None,
    until: str | None = None,
    full: bool = False,
    meanwhile: Meanwhile | None = None,
) -> Report:
    """Judge what is staged, or the commit ``until``, compared with HEAD or the commit ``since``.

    ``meanwhile`` is called while the history is open, if it can be judged.
    """
    key = index_verdicts.index_key(str(root))
    instead = "judge the files as they are: --worktree"
    with (
        staged_project(root, instead, since=since, until=until) as (settings, staged),
        watched(staged.copy.top, staged.repository.top) as dependencies,
    ):
        report = _staged_report(root, settings, staged, full, meanwhile)
        if report.verdict.status != CANNOT_TELL:
            squashes = of_squashes(staged, settings, root, since or "HEAD")
            report = replace(report, findings=(*report.findings, *squashes))
    if report.status == CLEAN and not until and _is_as_hooked():
        every = databases(settings.ini)
        tree_verdicts.remember(
            root,
            staged.committed_entries,
            staged.entries,
            dependencies,
            [staged.copy.prefix + folder for folder in staged.folders],
            alembic_options.current().section,
            every,
        )
        if len(every) < 2 or _are_all_clean(root, key):
            index_verdicts.remember(str(root), key)
    return report


def _are_all_clean(root: Path, key: str | None) -> bool:
    """Whether each of several databases has been found clean with the index of ``key``."""
    return key == index_verdicts.index_key(str(root)) and tree_verdicts.is_clean(root)


def _is_as_hooked() -> bool:
    """Whether the configuration is the one that the hook judges, which takes no options."""
    options = alembic_options.current()
    return options == AlembicOptions.given("", options.database, ())


def _staged_report(
    root: Path, settings: Settings, staged: Staged, full: bool, meanwhile: Meanwhile | None
) -> Report:
    def look(history: History) -> None:
        if meanwhile is not None:
            meanwhile(history, settings, staged)

    base = _Base(snapshots.committed_before(staged), full)
    verdict, left = _judge(settings, root, list(staged.tree), base, look)
    if verdict.reason is not None and _works_as_it_is(root, staged):
        verdict = replace(verdict, reason=with_hint(verdict.reason))
    findings = [*revisions.of_published(staged), *revisions.of_losses(staged)]
    if any(finding.code.startswith("DR") for finding in left):
        covered = False
        if staged.left_out:
            staged.copy.overlay(root, staged.left_out)
            again, others = _judge(settings, root, list(staged.tree), base)
            covered = again.status != CANNOT_TELL and not others
        findings += revisions.of_drift(staged, covered)
    commands = _commands([*staged.folders, *base.files], left, findings)
    return Report(verdict, (*left, *findings), STAGED, commands, base.shown)


def _works_as_it_is(root: Path, staged: Staged) -> bool:
    """Whether there is a verdict on the working tree."""
    try:
        with (
            imported_from(staged.repository.top, staged.copy.top),
            project_history(load_settings(root)) as history,
        ):
            return check(history).status != CANNOT_TELL
    except StillroomError:
        return False


def _judge(
    settings: Settings,
    root: Path,
    files: Sequence[str],
    base: _Base,
    look: Look = lambda history: None,
) -> tuple[Verdict, list[Finding]]:
    """The verdict on the project at ``settings.root``, and its findings less the baseline.

    ``look`` is called while the history is open, if it can be judged.
    """
    known: Set[str] = frozenset()
    gone: dict[str, int] = {}
    others: list[Finding] = []
    try:
        with project_history(settings, root) as history:
            base.put_in(history)
            known = history.revisions.keys()
            verdict = check(history, sources=files)
            if gone := baseline.without_gone(history, verdict):
                verdict = check(history, sources=files)
            if verdict.status != CANNOT_TELL:
                others = snapshots.of_snapshot(history)
                look(history)
            base.note(history)
    except CannotTell as reason:  # the files make no history
        verdict = Verdict(CANNOT_TELL, settings.target or DEFAULT_TARGET, reason=reason)
    config = alembic_config(settings)
    shown = baseline.path(settings.root, config).relative_to(settings.root).as_posix()
    if verdict.status == CANNOT_TELL:
        return verdict, []
    accepted = baseline.read(settings.root / shown, verdict.target)
    return verdict, [*baseline.left(verdict.findings, accepted, shown, known, gone), *others]


def _commands(
    files: Sequence[str], left: Sequence[Finding], findings: Sequence[Finding]
) -> tuple[str, ...]:
    """What to paste to get on, if a new revision is what is missing."""
    if findings or not any(map(needs_revision, left)):
        return ()
    return (str(Command("revision", m="…")), f"git add {shlex.join(files)}")
