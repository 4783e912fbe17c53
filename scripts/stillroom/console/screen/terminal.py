"""Prints for who reads it: in colour and within the width of a terminal, or as text for a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from stillroom.errors import StillroomError
from stillroom.marked import Line, Part, error_lines, line, plain

_OFF = ("", "0", "false")
# Of a terminal that obeys no order: the shell of an editor, or none that anybody knows.
_DUMB = ("", "dumb", "unknown")
_USUAL = 80


@dataclass(frozen=True)
class Terminal:
    """Who reads a stream. ``width`` is in columns; 0 where no person looks."""

    colour: bool = False
    width: int = 0


def terminal_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Terminal:
    """What is behind a stream.

    NO_COLOR takes the colours, FORCE_COLOR gives them to a pipe, too; in CI a terminal is a log.
    """

    def is_set(name: str) -> bool:
        return environment.get(name, "").lower() not in _OFF

    watched = stream.isatty() and environment.get("TERM", "") not in _DUMB and not is_set("CI")
    colour = (watched or is_set("FORCE_COLOR")) and not environment.get("NO_COLOR")
    return Terminal(colour, _width(stream, environment) if watched else 0)


def _width(stream: TextIO, environment: Mapping[str, str]) -> int:
    given = environment.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _USUAL
    except OSError:
        return _USUAL


def show(lines: Iterable[Line], stream: TextIO | None = None) -> None:
    """Print lines, if there are any, by default on stdout."""
    lines = list(lines)
    if not lines:
        return
    out = stream or sys.stdout
    terminal = terminal_of(out)
    if terminal == Terminal():
        print(plain(lines), file=out)
        return
    from stillroom.console.screen.painting import painted

    _write(out, painted(lines, terminal.width, colour=terminal.colour))


def show_sql(text: str) -> None:
    """Print statements, each of which stays as it is to be run."""
    show([line(Part(text, "sql"))])


def show_error(error: StillroomError) -> None:
    """Print an error on stderr."""
    show(error_lines(error), sys.stderr)


def show_table(columns: Sequence[str], rows: Sequence[Sequence[Part]]) -> None:
    """Print a table for a person; where nobody looks, or it does not fit, nothing."""
    terminal = terminal_of(sys.stdout)
    if not terminal.width:
        return
    from stillroom.console.screen.painting import painted_table

    _write(sys.stdout, painted_table(columns, rows, terminal.width, colour=terminal.colour))


def _write(out: TextIO, text: str) -> None:
    """Write what has been escaped before it was coloured."""
    getattr(out, "write_orders", out.write)(text)
