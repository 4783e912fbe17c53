"""Finds places for the boxes of a diagram: in columns, with those that are referred to at the left.

The steps are those of Sugiyama's method: ranks, an order inside each rank that keeps neighbours
near each other, then coordinates. Groups without a link between them stand side by side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

_GAP_X, _GAP_Y = 90, 24
_SWEEPS = 6
_ASPECT = 1.6  # of the whole picture, about that of a screen
Size = tuple[float, float]
Edge = tuple[str, str]  # who refers, and to whom


@dataclass(frozen=True)
class Layout:
    """The upper left corner of each box, and the size of the whole."""

    places: Mapping[str, tuple[float, float]]
    width: float
    height: float


def laid_out(sizes: Mapping[str, Size], edges: Iterable[Edge]) -> Layout:
    """Places for boxes of these sizes."""
    real = sorted({edge for edge in edges if edge[0] != edge[1]})
    groups = [_group(names, sizes, links) for names, links in _connected(list(sizes), real)]
    return _packed(groups)


def _connected(names: Sequence[str], edges: Sequence[Edge]) -> list[tuple[list[str], list[Edge]]]:
    """The parts of the graph that no edge joins; names and edges stay in order."""
    leader = {name: name for name in names}

    def leads(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for child, parent in edges:
        leader[leads(child)] = leads(parent)
    parts: dict[str, tuple[list[str], list[Edge]]] = defaultdict(lambda: ([], []))
    for name in names:
        parts[leads(name)][0].append(name)
    for edge in edges:
        parts[leads(edge[0])][1].append(edge)
    return list(parts.values())


def _group(names: Sequence[str], sizes: Mapping[str, Size], edges: Sequence[Edge]) -> Layout:
    if len(names) == 1:
        return Layout({names[0]: (0, 0)}, *sizes[names[0]])
    columns = _ordered(_ranks(names, edges), edges)
    return _placed([part for column in columns for part in _cut(column, columns, sizes)], sizes)


def _ranks(names: Sequence[str], edges: Sequence[Edge]) -> list[list[str]]:
    """The names by how far each is from those that refer to nothing, the longest way."""
    parents: dict[str, list[str]] = defaultdict(list)
    for child, parent in edges:
        parents[child].append(parent)
    rank: dict[str, int] = {}
    for start in names:
        _rank_from(start, parents, rank)
    columns: list[list[str]] = [[] for _ in range(max(rank.values()) + 1)]
    for name in names:
        columns[rank[name]].append(name)
    return [column for column in columns if column]


def _rank_from(start: str, parents: Mapping[str, Sequence[str]], rank: dict[str, int]) -> None:
    """Set the rank of ``start`` and of all that it refers to; an edge that closes a circle is none.

    Without recursion: a chain of references may be longer than Python's stack.
    """
    open_: set[str] = set()
    stack = [start]
    while stack:
        name = stack[-1]
        if name in rank:
            stack.pop()
            continue
        ahead = [parent for parent in parents.get(name, ()) if parent not in rank]
        waiting = [parent for parent in ahead if parent not in open_ and parent != name]
        open_.add(name)
        if waiting:
            stack.append(waiting[0])
            continue
        known = [rank[parent] for parent in parents.get(name, ()) if parent in rank]
        rank[name] = max(known, default=-1) + 1
        open_.discard(name)
        stack.pop()


def _ordered(columns: list[list[str]], edges: Sequence[Edge]) -> list[list[str]]:
    """Each column in the order of the middles of what its names are linked with."""
    linked: dict[str, list[str]] = defaultdict(list)
    for child, parent in edges:
        linked[child].append(parent)
        linked[parent].append(child)
    height = {name: _share(at, column) for column in columns for at, name in enumerate(column)}
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 else reversed(columns):
            middle = {
                name: sum(height[other] for other in linked[name]) / max(len(linked[name]), 1)
                for name in column
            }
            column.sort(key=lambda name: (middle[name], name))
            height.update({name: _share(at, column) for at, name in enumerate(column)})
    return columns


def _share(at: int, column: Sequence[str]) -> float:
    return (at + 0.5) / len(column)


def _cut(
    column: list[str], columns: Sequence[Sequence[str]], sizes: Mapping[str, Size]
) -> list[list[str]]:
    """A column that is much taller than the picture should be, as several beside each other."""
    boxes = [sizes[name] for names in columns for name in names]
    area = sum((width + _GAP_X) * (height + _GAP_Y) for width, height in boxes)
    most = sqrt(area / _ASPECT)
    parts: list[list[str]] = [[]]
    height = 0.0
    for name in column:
        own = sizes[name][1] + _GAP_Y
        if parts[-1] and height + own > most * 1.2:
            parts.append([])
            height = 0
        parts[-1].append(name)
        height += own
    return parts


def _placed(columns: Sequence[Sequence[str]], sizes: Mapping[str, Size]) -> Layout:
    heights = [sum(sizes[name][1] + _GAP_Y for name in column) - _GAP_Y for column in columns]
    tallest = max(heights)
    places: dict[str, tuple[float, float]] = {}
    x = 0.0
    for column, height in zip(columns, heights, strict=True):
        y = (tallest - height) / 2
        for name in column:
            places[name] = (x, y)
            y += sizes[name][1] + _GAP_Y
        x += max(sizes[name][0] for name in column) + _GAP_X
    return Layout(places, x - _GAP_X, tallest)


def _packed(groups: Sequence[Layout]) -> Layout:
    """All groups in rows, the tall ones first."""
    area = sum((group.width + _GAP_X) * (group.height + _GAP_Y) for group in groups)
    most = max([sqrt(area * _ASPECT), *(group.width for group in groups)], default=0)
    places: dict[str, tuple[float, float]] = {}
    x = y = row = width = 0.0
    for group in sorted(groups, key=lambda group: -group.height):
        if x and x + group.width > most:
            x, y, row = 0, y + row + _GAP_Y * 2, 0
        for name, (left, top) in group.places.items():
            places[name] = (x + left, y + top)
        width = max(width, x + group.width)
        x += group.width + _GAP_X / 2
        row = max(row, group.height)
    return Layout(places, width, y + row)
