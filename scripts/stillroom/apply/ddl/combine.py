"""Combines consecutive ALTERs of one table where one statement is better than several.

MariaDB and MySQL copy a large table once for each ALTER that needs it. What is combined here is
proven by the catalog to give the same table, and never costs more than the statements alone:
one that is done at once is not dragged into a copy that it could have been spared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from stillroom.apply.ddl.algorithms import alter
from stillroom.apply.ddl.combinable import are_independent, is_free, looks_at_rows
from stillroom.catalog import Catalog, CatalogError, Session, Target, execute, quoted_name
from stillroom.catalog.parser.statements import parse
from stillroom.catalog.parser.syntax import Action, AlterTable, Statement, TableName
from stillroom.cost import Algorithm, Cost, cost

_LONGEST = 24  # statements in one; the work grows with the square
_WIDEST = 15_000  # characters: the journal keeps the text whole, to read it again
_COMMENT = re.compile(r"/\*|--|#")


@dataclass(frozen=True)
class Change:
    """A statement that is an ALTER TABLE, whatever its words.

    ``text`` is as it was written; ``clauses`` as they stand behind ``ALTER TABLE name``.
    """

    text: str
    table: TableName
    clauses: str
    parsed: AlterTable

    @property
    def actions(self) -> tuple[Action, ...]:
        """The clauses of the ALTER TABLE."""
        return self.parsed.actions


@dataclass(frozen=True)
class Segment:
    """Statements ``start`` to ``end`` (exclusive) of a list, to be sent as ``text``.

    ``cost`` is None where the catalog cannot tell it.
    """

    start: int
    end: int
    text: str
    cost: Cost | None = None

    @property
    def combined(self) -> bool:
        """Whether it makes one statement of several."""
        return self.end - self.start > 1


def read(text: str, target: Target, sql_mode: frozenset[str] = frozenset()) -> Change | None:
    """The statement, if it alters one table and may share an ALTER with others; else None."""
    if _COMMENT.search(text):
        return None  # might swallow the clauses behind it
    try:
        parsed = parse(text, target, sql_mode)
        change = alter(text)
        if not isinstance(parsed, AlterTable) or change is None or not change.is_plain:
            return None
        again = parse(change.on(_quoted(parsed.table)), target, sql_mode)
    except CatalogError:
        return None
    if _bare(again) != _bare(parsed) or not all(map(is_free, parsed.actions)):
        return None
    table = TableName(parsed.table.name, parsed.table.schema)
    return Change(text, table, change.clauses, parsed)


def combined(changes: Sequence[Change]) -> str:
    """The changes as one statement."""
    if len(changes) == 1:
        return changes[0].text
    clauses = ", ".join(change.clauses for change in changes)
    return f"ALTER TABLE {_quoted(changes[0].table)} {clauses}"


def segments(
    changes: Sequence[Change], catalogs: Sequence[Catalog], session: Session
) -> list[Segment]:
    """The changes of one table in order, combined where that is proven and pays.

    ``catalogs`` are all that the server may know of the table, where that is not certain: the
    proof has to hold for each.
    """
    return _Search(changes, catalogs, session).best()


class _Search:
    """Finds the cheapest way to cut a list of changes into statements."""

    def __init__(
        self, changes: Sequence[Change], catalogs: Sequence[Catalog], session: Session
    ) -> None:
        self._changes = changes
        self._session = session
        self._states = [_states(changes, catalog, session) for catalog in catalogs]
        # From the first statement on that the catalog does not follow, each goes alone.
        self._known = min(map(len, self._states), default=1) - 1
        self._alone = [self._cost(n, n + 1) for n in range(self._known)]

    def best(self) -> list[Segment]:
        segments: list[Segment] = []
        for start in range(0, self._known, _LONGEST):
            segments += self._best(start, min(start + _LONGEST, self._known))
        rest = range(self._known, len(self._changes))
        return segments + [Segment(n, n + 1, self._changes[n].text) for n in rest]

    def _best(self, first: int, last: int) -> list[Segment]:
        """The cheapest cut of some statements in a row."""
        whole = self._segment(first, last)
        if whole is not None and self._weight(whole) == self._least(whole):
            return [whole]
        # Up to each statement: the cheapest cut, and what it costs.
        best: dict[int, tuple[tuple[int, ...], list[Segment]]] = {first: ((0,) * 5, [])}
        for end in range(first + 1, last + 1):
            ways = []
            for segment in self._ending(first, end):
                before, cut = best[segment.start]
                weight = tuple(map(sum, zip(before, self._weight(segment), strict=True)))
                ways.append((weight, [*cut, segment]))
            best[end] = min(ways, key=lambda way: way[0])
        return best[last][1]

    def _ending(self, first: int, end: int) -> Iterator[Segment]:
        """Those behind ``first`` that end there, the shortest first, while it may pay to go on.

        What is more work combined than alone stays so with one more. To
        look at all would take minutes for some hundred statements.
        """
        for start in range(end - 1, first - 1, -1):
            segment = self._segment(start, end)
            if segment is None:
                return
            yield segment
            together = tuple(map(sum, zip(*self._weights(segment), strict=True)))
            if self._weight(segment)[:2] > together[:2]:
                return

    def _weights(self, segment: Segment) -> list[tuple[int, ...]]:
        """Those of its statements alone."""
        numbers = range(segment.start, segment.end)
        return [self._weight(Segment(n, n + 1, "", self._alone[n])) for n in numbers]

    def _least(self, whole: Segment) -> tuple[int, ...]:
        """What any cut of it costs at least: the work that one statement needs by itself."""
        copies, rebuilds, _, scans, _ = map(max, zip(*self._weights(whole), strict=True))
        rebuilds = rebuilds and not copies
        return copies, int(rebuilds), 0, int(scans and not copies and not rebuilds), 1

    def _segment(self, start: int, end: int) -> Segment | None:
        changes = self._changes[start:end]
        if end - start == 1:
            return Segment(start, end, changes[0].text, self._alone[start])
        alone = self._alone[start:end]
        text = combined(changes)
        if len(text) > _WIDEST or not are_independent([change.actions for change in changes]):
            return None
        if any(cost is None or cost.error for cost in alone):
            return None
        if any(
            looks_at_rows(change.table, change.actions, self._states[0][start])
            for change in changes
        ):
            return None
        together = self._cost(start, end)
        if together is None or together.error:
            return None
        return Segment(start, end, text, together)

    def _cost(self, start: int, end: int) -> Cost | None:
        """What it costs to get from one state to another in one statement.

        None if that does not lead there.
        """
        text = combined(self._changes[start:end])
        for states in self._states:
            if end - start > 1:
                try:
                    reached = execute(states[start], text, self._session).catalog
                except CatalogError:
                    return None
                if reached != states[end]:
                    return None
        first = self._states[0]
        name = self._changes[start].table
        schema = name.schema or self._session.schema or ""
        before, after = (first[n].find(schema, name.name) for n in (start, end))
        if end - start == 1:
            parsed: Statement = self._changes[start].parsed
        else:
            parsed = parse(text, first[start].target, self._session.sql_mode)
        if before is None or after is None or not isinstance(parsed, AlterTable):
            return None
        checks = self._session.foreign_key_checks
        return cost(parsed, before, after, sql=text, foreign_key_checks=checks)

    def _weight(self, segment: Segment) -> tuple[int, ...]:
        """What counts, the heaviest first: copies, rebuilds, statements that are held up by
        the others, scans for an index, statements.
        """
        whole = segment.cost
        if whole is None:
            return (1, 0, 0, 0, 1)
        copies = whole.algorithm is Algorithm.COPY
        rebuilds = whole.rewrites and not copies
        scans = whole.algorithm is not Algorithm.INSTANT and not whole.rewrites
        dragged = sum(
            _is_dragged(cost, whole) for cost in self._alone[segment.start : segment.end] if cost
        )
        return (int(copies), int(rebuilds), dragged, int(scans), 1)


def _states(changes: Sequence[Change], catalog: Catalog, session: Session) -> list[Catalog]:
    """The catalog before, between and after the changes, as far as it can follow."""
    states = [catalog]
    for change in changes:
        try:
            states.append(execute(states[-1], change.text, session).catalog)
        except CatalogError:
            break
    return states


def _is_dragged(alone: Cost, together: Cost) -> bool:
    """Whether a statement alone would have been done at once, or would have blocked nobody."""
    if alone.algorithm is Algorithm.INSTANT:
        return together.algorithm is not Algorithm.INSTANT
    return together.blocks and not alone.blocks and not alone.rewrites


# ---- text ----------------------------------------------------------------------------------


def _quoted(name: TableName) -> str:
    return quoted_name(*(part for part in (name.schema, name.name) if part))


def _bare(value: Any) -> Any:
    """A syntax tree without positions, for comparing."""
    if is_dataclass(value) and not isinstance(value, type):
        pairs = [(field.name, _bare(getattr(value, field.name))) for field in fields(value)]
        return (type(value), [pair for pair in pairs if pair[0] != "position"])
    return [_bare(item) for item in value] if isinstance(value, tuple) else value
