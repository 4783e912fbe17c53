"""Output that outlives its reader: ``stillroom check | head`` still gives its verdict."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from stillroom.errors import EXIT_CANNOT, printable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _PatientFile(io.FileIO):
    """A descriptor whose writes are dropped when nobody reads them, or when they fail."""

    failure: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes
        except OSError as failure:
            self.failure = failure
            return memoryview(data).nbytes


class GuardedText(io.TextIOWrapper):
    """Text for a descriptor; for a terminal nothing in it is an order.

    ``before_write`` is called before something is written. ``is_at_start``: a line has ended.
    """

    before_write: Callable[[], None] | None = None
    is_at_start = True

    def __init__(self, stream: TextIO) -> None:
        self.file = _PatientFile(stream.fileno(), "w", closefd=False)
        self._for_terminal = stream.isatty()
        # A name that the encoding does not have is shown escaped, and the rest as it is.
        # In the C locale Python lets undecodable names pass, and fails at all others.
        strict = stream.errors in ("strict", "surrogateescape")
        errors = "backslashreplace" if strict else stream.errors
        super().__init__(
            io.BufferedWriter(self.file),
            encoding=stream.encoding,
            errors=errors,
            line_buffering=True,  # git's hooks write both into one pipe
        )

    def write(self, text: str, /) -> int:
        """Write text; what is no text is escaped for a terminal."""
        self.write_orders(printable(text, "\n\t\r") if self._for_terminal else text)
        return len(text)

    def write_orders(self, text: str) -> None:
        """Write text with orders for a terminal in it, which is escaped but for these."""
        if self.before_write is not None:
            self.before_write()
        self.is_at_start = text.endswith("\n") if text else self.is_at_start
        super().write(text)

    def overwrite(self, text: str) -> None:
        """Write at once what is no line, but stands where the next one will begin."""
        super().write(text)
        self.flush()


def open_missing() -> None:
    """Open the standard streams that the caller has closed, on the null device.

    Otherwise the next file or connection would get the number of one of them, and what is printed
    would go there.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115


@contextmanager
def guarded_output() -> Iterator[Callable[[int], int]]:
    """Within it, printing to a pipe that was closed is no error, and stdout is flushed by line.

    Yields what gives the exit code of a command: 2 if its answer could not be written.
    """
    before = sys.stdout, sys.stderr
    own = sys.stdout, sys.stderr = _guarded(before[0]), _guarded(before[1])
    try:
        yield lambda code: _exit_code(own[0], code)
    finally:
        for stream in own:
            stream.flush()
        sys.stdout, sys.stderr = before


def _exit_code(answers: TextIO, code: int) -> int:
    answers.flush()
    failure = answers.file.failure if isinstance(answers, GuardedText) else None
    if failure is None:
        return code
    print(f"the answer cannot be written: {failure.strerror}", file=sys.stderr)
    return EXIT_CANNOT


def _guarded(stream: TextIO) -> TextIO:
    """The same descriptor; a stream that has none, as in a test, stays what it is."""
    return GuardedText(stream) if type(stream) is io.TextIOWrapper else stream
