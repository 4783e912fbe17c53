"""Holds a release against the tables behind each revision that came after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from stillroom.catalog import Catalog
from stillroom.findings import Finding, Place, shown
from stillroom.lint.release_codes import INSERTS, KEYS, READS, WRITES
from stillroom.release.compatibility import problems
from stillroom.release.models import Release
from stillroom.release.problem import Problem
from stillroom.replay import History
from stillroom.replay.scratch import ReplayedStatement
from stillroom.replay.steps import ancestors, topmost

_FIXES = {
    READS: "Deploy code that does without it first; this revision comes after that deploy.",
    INSERTS: "Give it a server default, or first deploy code that writes it.",
    WRITES: "Deploy code that writes no such value first, or leave room for it.",
    KEYS: "Deploy code that keeps to it first.",
}


@dataclass(frozen=True)
class Compatibility:
    """What was found: ``findings`` in the order of the revisions that cause them.

    ``last`` is the last revision at which the release runs without any; ``revisions`` how many
    came after it; ``known`` whether the history of today has the revisions of the release.
    """

    findings: tuple[Finding, ...]
    last: str
    revisions: int
    known: bool = True


def compatibility(history: History, release: Release) -> Compatibility:
    """Whether the code of a release runs at each revision between it and the heads.

    What the release's own models lack at its own revisions is no matter of what came after it.
    """
    if not set(release.heads) <= history.revisions.keys():
        return _at_the_end(history, release)
    scripts = history.project.scripts
    behind = ancestors(scripts, release.heads)
    order = [revision.id for revision in history.order("heads") if revision.id not in behind]
    heads = topmost(scripts, release.heads)
    start = history.state_at(",".join(heads)) if heads else history.empty

    def met(tables: Catalog) -> Iterator[Problem]:
        return problems(release, tables, start.catalog)

    trace: list[ReplayedStatement] = []
    if order:
        history.move(start, "heads", trace=trace)
    findings: list[Finding] = []
    seen, last, clean = {*met(start.catalog)}, ", ".join(sorted(release.heads)) or "base", True
    for name, ran in groupby((sent for sent in trace if sent.up), lambda sent: sent.revision):
        statements = list(ran)
        new = [problem for problem in met(statements[-1].after) if problem not in seen]
        seen |= set(new)
        file = Place(shown(history.revisions[name].path))
        for problem in new:
            place = _place(statements, met, problem) or file
            findings.append(_worded(release, place, f"revision {name}", problem))
        clean = clean and not new
        last = name if clean else last
    return Compatibility(tuple(findings), order[-1] if clean and order else last, len(order))


def _at_the_end(history: History, release: Release) -> Compatibility:
    """Of a history that has other revisions, the tables at head are all there is to compare."""
    left = problems(release, history.state_at("heads").catalog)
    place = Place(shown(history.project.env_py.parent))
    findings = tuple(_worded(release, place, "head", problem) for problem in left)
    return Compatibility(findings, "", len(history.revisions), known=False)


def _place(
    statements: Sequence[ReplayedStatement],
    met: Callable[[Catalog], Iterable[Problem]],
    problem: Problem,
) -> Place | None:
    """That of the statement from which on ``problem`` is met."""
    first = statements[-1]
    for statement in reversed(statements):
        if problem not in met(statement.after):
            break
        if statement.before is not statement.after:
            first = statement
    return first.place


def _worded(release: Release, place: Place, where: str, problem: Problem) -> Finding:
    fix = _FIXES[problem.code]
    if problem.answer.startswith("1451"):
        fix = "Give the key ON DELETE CASCADE or SET NULL, or deploy code that keeps to it first."
    return Finding(
        problem.code,
        place,
        f"from {where} on, {release.name} {problem.what}",
        why=f"The server answers: {problem.answer}.",
        fix=fix,
    )
