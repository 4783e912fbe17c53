"""Draws a diagram as SVG that needs nothing else: no program, no font, no network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape

from stillroom.diagram.layout import Layout, laid_out
from stillroom.diagram.model import Diagram, Entity, Link, Row, visible
from stillroom.marked import columns_of

_CHARACTER = 7.3  # pixels, of the monospaced font in the size below
_LINE, _HEAD, _PADDING = 18, 26, 10
_MOST_CHARACTERS = 34
_MARGIN = 24
# Of more than so many tables, a picture with all columns is of no use to anybody.
_ALL_COLUMNS = 300
_NO_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COLOURS = """\
svg.schema { --line: #c6c9d6; --head: #e8eaf6; --box: #fff; --ink: #1c1e26; --dim: #676b7c;
  --new: #d6f5d6; --gone: #f9d6d5; --changed: #fff3c4; --link: #8a8fa3; background: #fafbfd; }
@media (prefers-color-scheme: dark) { svg.schema { --line: #454a5e; --head: #2d3350; --box: #1c1f2b;
  --ink: #e6e8f0; --dim: #9ba0b5; --new: #1d4426; --gone: #5a2324; --changed: #54461a;
  --link: #6f7590; background: #13151d; } }"""
STYLE = """\
svg.schema text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  fill: var(--ink); unicode-bidi: isolate; }
svg.schema .head { font-weight: 700; } svg.schema .dim { fill: var(--dim); }
svg.schema rect { fill: var(--box); stroke: var(--line); } svg.schema .top { fill: var(--head); }
svg.schema .row { stroke: none; } svg.schema .new { fill: var(--new); }
svg.schema .gone { fill: var(--gone); } svg.schema .changed { fill: var(--changed); }
svg.schema path { fill: none; stroke: var(--link); stroke-width: 1.4; }
svg.schema .optional { stroke-dasharray: 5 4; }
svg.schema path.new { stroke: #2da44e; fill: none; }
svg.schema path.gone { stroke: #d1242f; fill: none; }
svg.schema .neighbour rect { stroke-dasharray: 4 3; }"""


def as_svg(diagram: Diagram, *, styled: bool = True) -> str:
    """The diagram; of many tables the columns in keys alone. Unless ``styled``, it has no colours.

    The page that it is put into has them then.
    """
    if len(diagram.entities) > _ALL_COLUMNS:
        diagram = diagram.with_keys_only()
    return "\n".join(_drawn(diagram, styled=styled))


def _drawn(diagram: Diagram, *, styled: bool) -> Iterator[str]:
    sizes = {entity.name: _size(entity) for entity in diagram.entities}
    layout = laid_out(sizes, [(link.child, link.parent) for link in diagram.links])
    width, height = layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="schema" role="img" width="{width:.0f}"'
        f' height="{height:.0f}" viewBox="{-_MARGIN} {-_MARGIN} {width:.0f} {height:.0f}">'
    )
    yield f"<title>{_text(diagram.title)}</title>"
    if styled:
        yield f"<style>\n{_COLOURS}\n{STYLE}\n</style>"
    for link in diagram.links:
        yield _path(link, layout, sizes)
    for entity in diagram.entities:
        yield from _box(entity, layout.places[entity.name], sizes[entity.name])
    yield "</svg>"


def _size(entity: Entity) -> tuple[float, float]:
    name = max(map(_cells, (entity.label, *(row.label for row in entity.rows))), default=0)
    rest = max((_cells(_beside(row)) for row in entity.rows), default=0)
    width = (name + rest + 2 * bool(rest)) * _CHARACTER + 2 * _PADDING
    return width, _HEAD + _LINE * len(entity.rows) + (6 if entity.rows else 0)


def _beside(row: Row) -> str:
    return " ".join((row.type, *row.keys))


def _cells(text: str) -> int:
    """How many characters wide a text is drawn."""
    return columns_of(_short(visible(text)))


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"


def _box(entity: Entity, place: tuple[float, float], size: tuple[float, float]) -> Iterator[str]:
    (x, y), (width, height) = place, size
    kind = " neighbour" if entity.neighbour else ""
    yield (
        f'<g class="table{kind}" data-table="{_text(entity.name)}"'
        f' transform="translate({x:.1f} {y:.1f})">'
    )
    about = visible(f"{entity.label}: {entity.comment}" if entity.comment else entity.label)
    yield f"<title>{_text(about)}</title>"
    yield f'<rect rx="5" width="{width:.1f}" height="{height:.1f}"/>'
    yield f'<rect class="top {entity.state}" rx="5" width="{width:.1f}" height="{_HEAD}"/>'
    yield f'<text class="head" x="{_PADDING}" y="17">{_text(_short(visible(entity.label)))}</text>'
    for number, row in enumerate(entity.rows):
        yield _line(row, _HEAD + 3 + number * _LINE, width)
    yield "</g>"


def _line(row: Row, top: float, width: float) -> str:
    colour = (
        f'<rect class="row {row.state}" x="1" y="{top:.0f}" width="{width - 2:.1f}"'
        f' height="{_LINE}"/>'
        if row.state
        else ""
    )
    note = f"<title>{_text(visible(row.note))}</title>" if row.note else ""
    return (
        f'{colour}<text x="{_PADDING}" y="{top + 13:.0f}">{_text(_short(visible(row.label)))}{note}'
        f'</text><text class="dim" text-anchor="end" x="{width - _PADDING:.1f}"'
        f' y="{top + 13:.0f}">{_text(_short(visible(_beside(row))))}</text>'
    )


def _path(link: Link, layout: Layout, sizes: Mapping[str, tuple[float, float]]) -> str:
    """From the left of who refers to the right of whom it refers to, or around both."""
    (x1, y1), (x2, y2) = layout.places[link.child], layout.places[link.parent]
    y1, y2 = y1 + _HEAD / 2, y2 + _HEAD / 2
    right = x2 + sizes[link.parent][0]
    if x1 >= right:
        bend = max((x1 - right) / 2, 30)
        way = f"M{x1:.1f} {y1:.1f}C{x1 - bend:.1f} {y1:.1f} {right + bend:.1f} {y2:.1f}"
    else:
        x1 += sizes[link.child][0]
        out = max(x1, right) + 45
        y1 += 6 if link.child == link.parent else 0
        way = f"M{x1:.1f} {y1:.1f}C{out:.1f} {y1:.1f} {out:.1f} {y2:.1f}"
    classes = " ".join(filter(None, ("optional" if link.optional else "", link.state)))
    kind = f' class="{classes}"' if classes else ""
    ends = f'data-from="{_text(link.child)}" data-to="{_text(link.parent)}"'
    title = _text(visible(f"{link.child} ({link.columns}) → {link.parent}"))
    return f'<path{kind} {ends} d="{way} {right:.1f} {y2:.1f}"><title>{title}</title></path>'


def _text(text: str) -> str:
    """``text`` inside XML, which has no place for some characters, however they are written."""
    return escape(_NO_XML.sub("\ufffd", text))
