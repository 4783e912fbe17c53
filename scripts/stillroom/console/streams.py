"""Output that outlives its reader: ``stillroom check | head`` still gives its verdict."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from stillroom.errors import printable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _PatientFile(io.FileIO):
    """A descriptor whose writes are dropped once nobody reads them."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


class _TerminalWrapper(io.TextIOWrapper):
    """Text for a terminal, which no name or statement in it gives orders to."""

    def write(self, text: str, /) -> int:
        return super().write(printable(text, "\n\t\r"))


@contextmanager
def patient_output() -> Iterator[None]:
    """Within it, printing to a pipe that was closed is no error, and stdout is flushed by line."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(_patient, before)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = before


def _patient(stream: TextIO) -> TextIO:
    """The same descriptor; a stream that has none, as in a test, stays what it is."""
    if type(stream) is not io.TextIOWrapper:
        return stream
    raw = _PatientFile(stream.fileno(), "w", closefd=False)
    kind = _TerminalWrapper if stream.isatty() else io.TextIOWrapper
    return kind(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=True,  # git's hooks write both into one pipe
    )
