"""Draws a diagram in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from stillroom.diagram.model import CHANGED, GONE, NEW, Diagram, Entity, Row, visible

_COLOURS = {NEW: "#d6f5d6", GONE: "#f9d6d5", CHANGED: "#fff3c4"}
_LINES = {NEW: "#1a7f37", GONE: "#b42318"}


def as_dot(diagram: Diagram) -> str:
    """The diagram; `dot -Tsvg` and others make a picture of it."""
    ids = {entity.name: f"t{number}" for number, entity in enumerate(diagram.entities)}
    lines = [
        "digraph schema {",
        f"    graph [rankdir=RL, label={_quoted(diagram.title)}, labelloc=t, fontname=Helvetica];",
        "    node [shape=plain, fontname=Helvetica, fontsize=11];",
        '    edge [color="#777777", fontname=Helvetica, fontsize=9];',
    ]
    lines += [f"    {ids[entity.name]} [label=<{_table(entity)}>];" for entity in diagram.entities]
    for link in diagram.links:
        look = [f"label={_quoted(link.columns)}"]
        look += ["style=dashed"] * link.optional
        look += ["dir=both, arrowtail=tee"] * link.unique
        look += [f'color="{_LINES[link.state]}"'] if link.state else []
        lines.append(f"    {ids[link.child]} -> {ids[link.parent]} [{', '.join(look)}];")
    return "\n".join([*lines, "}"])


def _table(entity: Entity) -> str:
    rows = "".join(map(_row, entity.rows))
    colour = _COLOURS.get(entity.state, "#ffffff" if entity.neighbour else "#e8eaf6")
    head = f'<tr><td bgcolor="{colour}" colspan="3"><b>{_text(entity.label)}</b></td></tr>'
    return f'<table border="0" cellborder="1" cellspacing="0">{head}{rows}</table>'


def _row(row: Row) -> str:
    colour = f' bgcolor="{_COLOURS[row.state]}"' if row.state else ""
    return f"<tr>{''.join(_cells(row, colour))}</tr>"


def _cells(row: Row, colour: str) -> Iterator[str]:
    for text in (row.label, row.type, " ".join(row.keys) or row.note[:40]):
        yield f'<td align="left"{colour}>{_text(text)}</td>'


def _text(text: str) -> str:
    return escape(visible(text)) or " "


def _quoted(text: str) -> str:
    escaped = visible(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
