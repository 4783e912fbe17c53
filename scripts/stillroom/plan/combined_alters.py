"""Predicts which statements of a plan an upgrade will send as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from stillroom.apply.ddl import combine
from stillroom.apply.ddl.combine import Change
from stillroom.catalog import Catalog, Session
from stillroom.replay import PlannedRevision

Known = tuple[int, Change, Catalog]  # which statement it is, and the catalog that it meets


def joined(planned: PlannedRevision) -> frozenset[int]:
    """Statements that go with the one before them, counted from 1 over all of a revision.

    As far as a plan can tell: a revision that may catch a failure has its ALTERs sent alone.
    """
    numbers: set[int] = set()
    for group in _groups(planned):
        catalog = group[0][2]
        session = Session.default(catalog.target)
        for segment in combine.segments([change for _, change, _ in group], [catalog], session):
            numbers |= {number for number, *_ in group[segment.start + 1 : segment.end]}
    return frozenset(numbers)


def _groups(planned: PlannedRevision) -> Iterator[Sequence[Known]]:
    for key, group in groupby(_known(planned), lambda known: known and known[1].table):
        if key is not None:
            yield [known for known in group if known is not None]


def _known(planned: PlannedRevision) -> Iterable[Known | None]:
    """The ALTERs of a revision; None for whatever stands between them."""
    number = 0
    for sent in planned.sent:
        if not sent.steps:
            yield None  # a query
        for step in sent.steps:
            number += 1
            change = None
            if step.kind == "ddl" and sent.call.error is None and len(sent.steps) == 1:
                change = combine.read(step.sql, step.before.target)
            yield None if change is None else (number, change, step.before)
