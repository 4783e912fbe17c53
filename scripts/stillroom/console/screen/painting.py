"""Colours and wraps marked text. Imports rich, which only a person at a terminal waits for.

Nothing in a text is markup or an order: it is escaped, and coloured by its marks alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from pygments.lexers.sql import MySqlLexer
from pygments.token import Comment, Keyword, Literal, Name
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from stillroom.errors import printable
from stillroom.marked import Line, Part

_STYLES = {
    "blocking": "red",
    "warning": "yellow",
    "harmless": "green",
    "place": "bold",
    "command": "cyan",
}
# Of SQL: none of the three colours that say how grave something is.
_TOKENS = (
    (Keyword, "magenta"),
    (Name.Constant, "magenta"),
    (Literal, "cyan"),
    (Comment, "bright_black"),
)
_NARROW = 60
_LONG = 200_000  # characters of SQL, which take a second to colour


def painted(lines: Iterable[Line], width: int, *, colour: bool) -> str:
    """The lines, with orders for colours between them; with a ``width`` of 0 none is wrapped."""
    console = _console(width or _NARROW, colour=colour)
    system = ColorSystem.STANDARD if colour else None
    return "".join(
        (segment.style or Style()).render(segment.text, color_system=system)
        for line in lines
        for text in _wrapped(line, width)
        for segment in text.render(console, end="\n")
    )


def painted_table(
    columns: Sequence[str], rows: Sequence[Sequence[Part]], width: int, *, colour: bool
) -> str:
    """A table without a frame; "" for a terminal that is too narrow for one."""
    if width < _NARROW or not rows:
        return ""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*map(_text, row))
    console = _console(width, colour=colour)
    console.print(table)
    return "".join(f"{text.rstrip(' ')}\n" for text in _written(console).splitlines())


def _console(width: int, *, colour: bool) -> Console:
    return Console(
        file=StringIO(),
        width=width,
        height=1,
        force_terminal=True,
        color_system="standard" if colour else None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )


def _written(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def _text(part: Part) -> Text:
    text = printable(part.text, "\n\t")
    if part.mark == "sql":
        return _sql(text)
    return Text(text, _STYLES.get(part.mark, ""))


def _sql(text: str) -> Text:
    if len(text) > _LONG:
        return Text(text)
    coloured = Text()
    for kind, piece in MySqlLexer(stripnl=False, ensurenl=False).get_tokens(text):
        style = next((style for known, style in _TOKENS if kind in known), "")
        coloured.append(piece, style)
    return coloured


def _wrapped(line: Line, width: int) -> Iterator[Text]:
    text = Text().join(map(_text, line.parts))
    if not width or line.hang is None or text.cell_len <= width:
        yield text
        return
    head, *rows = text.split()
    before, beside = Text(), _chars(head.plain, line.hang)
    if head.plain[:beside].endswith(" "):  # a column of its own, or an indentation
        before, head = head.divide([beside])
    margin = Text(line.margin.ljust(line.hang))
    for row in (head, *rows):
        for part in row.divide(_breaks(row.plain, width - line.hang)):
            part.rstrip()
            yield before + part
            before = margin


def _chars(text: str, columns: int) -> int:
    """How many characters fill so many columns."""
    filled = 0
    for number, char in enumerate(text):
        if filled >= columns:
            return number
        filled += cell_len(char)
    return len(text)


def _breaks(text: str, room: int) -> list[int]:
    """Where lines of at most ``room`` columns begin; a longer word stays whole."""
    breaks: list[int] = []
    used = 0
    for word in re.finditer(r"\S+\s*", text):
        if used and used + cell_len(word[0].rstrip()) > room:
            breaks.append(word.start())
            used = 0
        used += cell_len(word[0])
    return breaks
