"""Text whose parts say what they are: a terminal colours them, a pipe gets the text alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from stillroom.errors import StillroomError, printable

Severity = Literal["", "blocking", "warning", "harmless"]
Mark = Severity | Literal["place", "command", "sql"]

_LINE = re.compile(r"\n(?=[^\n]*\S)")  # that is not empty
_COMMAND = re.compile(r"(make|stillroom|alembic|git|pip|python|export|cd) |[A-Z_]+=")


class Part(NamedTuple):
    """A piece of text, and what it is."""

    text: str
    mark: Mark = ""


@dataclass(frozen=True)
class Line:
    """One line of an answer, or several that belong together, such as a statement.

    ``hang`` is the indentation of what does not fit the width of a terminal; ``margin`` stands in
    it. Where it is None, the line stays whole: somebody may copy it.
    """

    parts: tuple[Part, ...]
    hang: int | None = None
    margin: str = ""

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)


def line(*parts: str | Part, hang: int | None = None, margin: str = "") -> Line:
    """A line of these parts; a text is one that means nothing special."""
    marked = (part if isinstance(part, Part) else Part(part) for part in parts)
    return Line(tuple(part for part in marked if part.text), hang, margin)


def columns_of(text: str) -> int:
    """How many columns a text takes: characters of East Asia and emoji take two."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def padded(text: str, columns: int) -> str:
    """``text``, with spaces behind it."""
    return text + " " * (columns - columns_of(text))


def plain(lines: Iterable[Line]) -> str:
    """The text alone."""
    return "\n".join(map(str, lines))


def indented(lines: Iterable[Line], width: int) -> Iterator[Line]:
    """The lines, further to the right; an empty one stays empty."""
    space = " " * width
    for given in lines:
        parts = [Part(_LINE.sub(f"\n{space}", part.text), part.mark) for part in given.parts]
        hang = None if given.hang is None else given.hang + width
        first = str(given).partition("\n")[0]
        yield line(space if first.strip() else "", *parts, hang=hang)


def message_lines(where: object, head: Iterable[Part], why: str = "", fix: str = "") -> list[Line]:
    """The lines of `stillroom.errors.message`: the reason is prose, the remedy stays whole."""
    place = printable(str(where))
    first, *rest = printable("".join(part.text for part in head), "\n").split("\n")
    marked = [Part(printable(part.text), part.mark) for part in head] if not rest else [Part(first)]
    lines = [line(Part(f"{place}: " if place else "", "place"), *marked, hang=4)]
    lines += [line(text) for text in rest]
    return [*lines, *_reason_lines(why), *remedy_lines(fix)]


def error_lines(error: StillroomError) -> list[Line]:
    """An error as it is printed."""
    return message_lines(error.where, [Part(error.what, "blocking")], fix=error.fix)


def remedy_lines(text: str) -> list[Line]:
    """Indented lines of a remedy."""
    return [remedy_line(detail.rstrip(), 4) for detail in printable(text, "\n").splitlines()]


def remedy_line(text: str, indent: int) -> Line:
    """A line that is to be typed, or says what to do: it stays whole."""
    mark: Mark = "command" if _COMMAND.match(text.strip()) else ""
    return line(Part(f"{' ' * indent}{text}" if text else "", mark))


def _reason_lines(text: str) -> list[Line]:
    return [line(f"    {detail}".rstrip(), hang=4) for detail in printable(text, "\n").splitlines()]
