"""Collects the report on what the working tree's history adds to that of another state."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stillroom.authoring.difference import difference, without_own_tables
from stillroom.catalog import Catalog
from stillroom.diagram import of_change
from stillroom.errors import CannotTell, StillroomError
from stillroom.findings import Finding, shown
from stillroom.lint.check import lint
from stillroom.lint.selection import rules_of
from stillroom.plan.plan import plan_of
from stillroom.plan.start import sizes_of_database
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.git import Repository
from stillroom.release.models import release_reader
from stillroom.release.running import running
from stillroom.replay.history import History, heads_of
from stillroom.replay.revisions.graph import Revision
from stillroom.replay.revisions.heads import HEADS, of_heads
from stillroom.report.model import Report
from stillroom.report.renames import renamed
from stillroom.shell import Command
from stillroom.staged.report import staged_report, worktree_report
from stillroom.staged.workspace import load_settings, project_history, staged_project

# Where a branch has probably begun, if nobody says it.
_TRUNKS = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


@dataclass(frozen=True)
class _Base:
    """Where the report begins: in words, and the ids of the revisions that are there."""

    words: str
    revisions: frozenset[str]
    commit: str = ""


@dataclass(frozen=True)
class _Change:
    """What is between the two states, as far as a replay can tell."""

    target: str
    since: tuple[str, ...]
    new: tuple[str, ...]
    heads: tuple[Finding, ...]
    missing: tuple[str, ...]
    before: Catalog | None = None
    after: Catalog | None = None
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    reasons: tuple[str, ...] = ()
    release: tuple[str, ...] = ()
    server: str = ""
    asked: bool = False


def report_of(root: Path, since: str, *, sizes: bool = False) -> Report:
    """The report on what came after ``since``, a revision or a commit.

    By default it begins where the branch has left the main one. With ``sizes`` the project's
    database is asked how large its tables are. Raises StillroomError if that is
    not known, or if the files make no history.
    """
    base = _base(root, since)
    sized, of_tables = in_fresh_process(lambda: sizes_of_database(root)) if sizes else ("", None)
    change = in_fresh_process(lambda: _change(root, base))
    drift, reason = in_fresh_process(lambda: _drift(root))
    older = in_fresh_process(lambda: _already(root, base.commit, drift)) if drift else ()
    reasons = list(dict.fromkeys([*change.reasons, *filter(None, [reason])]))
    plan, begins = None, ",".join(change.since) or "base"
    if change.before is not None:
        try:
            plan = plan_of(root, "heads", begins, of_tables)
        except CannotTell as error:
            reasons = list(dict.fromkeys([*reasons, str(error)]))
    run = {revision.revision for revision in plan.revisions} if plan else set(change.new)
    report = Report(
        base.words,
        change.target,
        plan,
        drift=drift,
        older=older,
        errors=change.errors,
        warnings=change.warnings,
        heads=change.heads,
        behind=tuple(name for name in change.new if name not in run),
        missing=change.missing,
        reasons=tuple(reasons),
        release=change.release,
        server=change.server,
        asked=change.asked,
        sized=sized,
    )
    return _with_words(report, change)


def _with_words(report: Report, change: _Change) -> Report:
    """The report with what changes, in words and as a picture."""
    if change.before is None or change.after is None:
        return report
    before, after = without_own_tables(change.before), without_own_tables(change.after)
    names, said = renamed(before, (statement.sql for statement in report.statements()))
    changed = [table.name for change in report.row_changes() for table in change.tables[:1]]
    rows = [f"rows of {', '.join(dict.fromkeys(changed))} are changed"] if changed else []
    words = (*map(str, said), *difference(names, after).words, *rows)
    former = {
        (rename.table or rename.new, rename.new if rename.table else ""): rename.old
        for rename in said
    }
    title = f"since {report.since}, for {report.target}"
    diagram = of_change(names, after, title, former=former)
    return replace(report, words=words, diagram=diagram)


def _drift(root: Path) -> tuple[tuple[Finding, ...], str]:
    """The changes of models that no revision covers, and why they cannot be told."""
    report = worktree_report(root)
    reason = report.verdict.reason
    findings = tuple(finding for finding in report.findings if finding.code != HEADS)
    return findings, str(reason) if reason is not None else ""


def _already(root: Path, commit: str, drift: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those of ``drift`` that a check of that commit finds too, on whatever line."""
    if not commit:
        return ()
    try:
        report = staged_report(root, until=commit)
    except CannotTell:
        return ()
    known = {(finding.code, finding.what) for finding in report.findings}
    return tuple(finding for finding in drift if (finding.code, finding.what) in known)


def _base(root: Path, since: str) -> _Base:
    with_ids = in_fresh_process(lambda: _revisions_behind(root, since)) if since else None
    if with_ids is not None:
        return _Base(since, with_ids)
    repository = Repository.find(root)
    names = [since] if since else list(_TRUNKS)
    commits = [repository.commit(name) for name in names] if repository is not None else []
    commit = next(filter(None, commits), "")
    if repository is None or not commit:
        fix = f"{Command('report', from_='main')}\nIt is a revision, base, or a commit of git."
        if not since:
            raise StillroomError("since when? from= is missing", fix=fix)
        raise StillroomError(
            f"there is no revision and no commit of git that is called {since!r}", fix=fix
        )
    commit = repository.branch_point(commit) or commit
    revisions = in_fresh_process(lambda: _revisions_at(root, commit))
    return _Base(f"commit {commit[:10]}", revisions, commit)


def _revisions_behind(root: Path, name: str) -> frozenset[str] | None:
    """The revisions up to the one of that name; None if there is none."""
    with project_history(load_settings(root)) as history:
        try:
            return frozenset(revision.id for revision in history.order(name))
        except StillroomError as error:
            if "Can't locate revision" not in str(error):
                raise
            return None


def _revisions_at(root: Path, commit: str) -> frozenset[str]:
    try:
        with (
            staged_project(root, "name a revision", until=commit) as (then, _),
            project_history(then, root) as history,
        ):
            return frozenset(history.revisions)
    except CannotTell as error:
        if "no Alembic environment" in str(error):
            return frozenset()  # the change brings the first revision
        raise


def _change(root: Path, base: _Base) -> _Change:
    settings = load_settings(root)
    with release_reader() as read, project_history(settings) as history:
        order = history.order("heads")
        new = [revision for revision in order if revision.id not in base.revisions]
        since = heads_of(_behind(order, base.revisions))
        change = _Change(
            str(history.target),
            tuple(sorted(since)),
            tuple(revision.id for revision in new),
            tuple(of_heads(history.heads())),
            tuple(sorted(base.revisions - history.revisions.keys())),
        )
        try:
            before, after = _states(history, since)
        except CannotTell as error:
            return replace(change, reasons=(str(error),))
        release, unknown = running(history, root.resolve(), settings, read)
        linted = lint(
            history,
            rules_of(settings),
            settings,
            wanted=[shown(revision.path) for revision in new],
            release=release.result.findings if release else None,
        )
        reasons = (str(linted.reason),) if linted.reason is not None else ()
        return replace(
            change,
            before=before,
            after=after,
            errors=linted.findings,
            warnings=linted.warnings,
            reasons=reasons,
            release=tuple(release.summary()) if release else tuple(filter(None, [unknown])),
            server=history.server,
            asked=linted.asked,
        )


def _behind(order: Sequence[Revision], names: Collection[str]) -> list[Revision]:
    """The revisions of these names, and all that they follow."""
    behind = set(names)
    for revision in reversed(order):
        if revision.id in behind:
            behind.update(revision.source.down_revision)
    return [revision for revision in order if revision.id in behind]


def _states(history: History, since: Collection[str]) -> tuple[Catalog, Catalog]:
    before = history.state_behind(history.order(",".join(sorted(since))) if since else [])
    return before.catalog, history.state_at("heads").catalog
