"""The plan of an upgrade or downgrade: its statements, what they cost and what they lose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from alembic.util import CommandError

from stillroom.apply.errors import ApplyError
from stillroom.apply.statements import classify
from stillroom.catalog import Catalog
from stillroom.cost import Algorithm, Cost
from stillroom.errors import CannotTell
from stillroom.findings import shown
from stillroom.marked import Severity
from stillroom.plan.combined_alters import joined
from stillroom.plan.forecast import Forecast, StatementForecast
from stillroom.plan.progress import done_before
from stillroom.plan.start import Start, find_start, tables_of_database
from stillroom.plan.text import MetTable, Plan, Revision, Statement
from stillroom.project.explanations import explained
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.settings import Settings
from stillroom.replay import PlannedRevision, ReplayedStatement, planned_revisions, scratch
from stillroom.replay.server.unknown_value import EXPRESSION
from stillroom.staged.workspace import load_settings, project_history

_SILENT = ("session", "transaction", "empty")
_VALUE = re.compile(r"'(?:[^'\\]|\\.|'')*'|\b\d[\d.]*\b", re.DOTALL)


def plan_of(
    root: Path, revision: str, since: str, sizes: Mapping[str, tuple[int, int]] | None = None
) -> Plan:
    """The plan of the project at ``root``. Raises StillroomError if none can be made.

    ``sizes`` are rows and bytes by table, by default those of the database if it was asked.
    """
    start, pending = revisions_to_come(root, revision, since)
    if sizes is not None:
        start = replace(start, sizes=sizes)
    revisions = told_revisions(pending, start, merges=load_settings(root).merge)
    begins = start.words
    if start.server:
        begins += f"\n{scratch.sentence(start.server)}"
    return Plan(begins, str(start.target), start.heads, revisions)


def told_revisions(
    pending: Sequence[PlannedRevision], start: Start, *, merges: bool
) -> list[Revision]:
    """What each revision to come sends, costs and loses; ``merges``: ALTERs are combined."""
    forecast = Forecast()
    return [_revision(planned, forecast, start, merges) for planned in pending]


def revisions_to_come(root: Path, revision: str, since: str) -> tuple[Start, list[PlannedRevision]]:
    """Where the project's database is, and the revisions from there to ``revision``."""
    settings = load_settings(root)
    start = in_fresh_process(lambda: find_start(settings.root, since))
    try:
        start, pending = _pending(settings, start, revision)
    except CannotTell as reason:
        if start.unknown:  # it begins at base for want of a database
            raise CannotTell(
                reason.what, where=reason.where, fix=f"{start.words}\n{reason.fix}"
            ) from reason
        if not start.asked or not start.heads:
            raise
        tables = in_fresh_process(lambda: tables_of_database(settings.root, start.target))
        words = f"{start.words} Its own tables are the beginning, as no replay leads to them:"
        start = replace(start, words=f"{words}\n{reason}")
        start, pending = _pending(settings, start, revision, tables)
    _check_half_applied(start, pending, revision)
    return start, pending


def _pending(
    settings: Settings, start: Start, revision: str, tables: Catalog | None = None
) -> tuple[Start, list[PlannedRevision]]:
    """``start`` with what is to come, from ``tables``, by default those of a replay."""
    with project_history(settings, target=start.target) as history:
        try:
            pending = planned_revisions(history, revision, since=start.heads, tables=tables)
        except CommandError as error:
            raise explained(error, settings) from error
        return replace(start, server=history.server), pending


def _check_half_applied(start: Start, pending: Sequence[PlannedRevision], asked: str) -> None:
    """Raises ApplyError AP201 if an upgrade or downgrade would raise it."""
    interrupted = start.half_applied
    if interrupted is None:
        return
    direction = "upgrade" if not pending or pending[0].up else "downgrade"
    names = [planned.revision.id for planned in pending]
    if interrupted.direction != direction or interrupted.revision not in names:
        asked = f"{direction} {asked}"
        raise ApplyError.waiting(
            interrupted.revision, interrupted.direction, len(interrupted.done), asked
        )


def _revision(planned: PlannedRevision, forecast: Forecast, start: Start, merges: bool) -> Revision:
    file = shown(planned.revision.path)
    steps = planned.steps
    done, doubtful = _progress(planned, steps, start)
    together = joined(planned) if merges else frozenset()
    forecasts = iter(forecast.of_revision(steps, file))
    statements: list[Statement] = []
    number = 0
    for sent in planned.sent:
        for step in sent.steps:
            number += 1
            expected = next(forecasts)
            if step.kind not in _SILENT and sent.call.error is None:
                met = _tables(step.sql, start)
                statement = _statement(step, expected, met, str(step.place or file))
                state = "done" if number <= done else "in doubt" if number <= doubtful else ""
                statements.append(replace(statement, state=state, joined=number in together))
    return Revision(
        planned.revision.id,
        "upgrade" if planned.up else "downgrade",
        f"{planned.doc}, in {planned.database}" if planned.database else planned.doc,
        file,
        list(_folded(statements)),
        str(planned.reason or "").partition("\n")[0],
        planned.ends,
        planned.up and planned.revision.source.contract is not None and bool(start.heads),
    )


def _progress(
    planned: PlannedRevision, steps: Sequence[ReplayedStatement], start: Start
) -> tuple[int, int]:
    """How many steps a half-applied revision has done, and how many with one that was cut off."""
    interrupted = start.half_applied
    if interrupted is None or interrupted.revision != planned.revision.id:
        return 0, 0
    texts = [step.sql for step in steps]
    done = done_before(interrupted.done, texts)
    return done, done_before([*interrupted.done, *interrupted.doubtful], texts)


def _statement(
    step: ReplayedStatement, expected: StatementForecast, met: tuple[MetTable, ...], place: str
) -> Statement:
    sql = step.sql.replace(EXPRESSION, "…")  # a value that the server alone will know
    cost = expected.cost
    return Statement(
        sql, place, met, str(cost or ""), expected.losses, severity=_severity(cost) if cost else ""
    )


def _severity(cost: Cost) -> Severity:
    if cost.blocks or cost.error is not None:
        return "blocking"
    return "warning" if cost.rewrites or cost.algorithm is Algorithm.COPY else "harmless"


def _tables(sql: str, start: Start) -> tuple[MetTable, ...]:
    names = [table.name.replace("`", "") for table in classify(sql).tables]
    return tuple(
        MetTable(name, *start.sizes.get(name, (None, None))) for name in dict.fromkeys(names)
    )


def _folded(statements: Sequence[Statement]) -> Iterator[Statement]:
    """Of the statements that a loop sends, alike but for their values, the first."""
    for _, group in groupby(statements, _alike):
        first, *others = group
        yield replace(first, more=len(others))


def _alike(statement: Statement) -> tuple[object, ...]:
    text = _VALUE.sub("?", statement.sql)
    return (
        text,
        statement.place,
        statement.cost,
        statement.losses,
        statement.state,
        statement.joined,
    )
