"""The last line of a terminal, which is written over until something else is printed.

It needs no more than a carriage return: neither colours nor orders, nor a cursor that is hidden and
would stay so if the process were killed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from stillroom.console.screen.terminal import terminal_of
from stillroom.console.streams import GuardedText

_EVERY = 0.2  # seconds between two looks at what is to be shown


class LiveLine:
    """Shows what ``text`` returns for a width, in a thread, on the last line of ``streams``."""

    def __init__(self, text: Callable[[int], str], streams: list[GuardedText]) -> None:
        self._text = text
        self._streams = streams
        self._lock = threading.RLock()  # a signal may print while this draws
        self._shown = ""
        self._width = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="live line")

    @contextmanager
    def showing(self) -> Iterator[None]:
        """Show it within, and leave no trace of it."""
        for stream in self._streams:
            stream.before_write = self.clear
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self.clear()
            for stream in self._streams:
                stream.before_write = None

    def clear(self) -> None:
        """Take the line away, before something else is printed."""
        with self._lock:
            if self._shown:
                self._draw("")

    def _run(self) -> None:
        while not self._over.wait(_EVERY):
            with self._lock:
                if not self._over.is_set():
                    self._show()

    def _show(self) -> None:
        stream = self._streams[0]
        # In the last column some terminals begin a new line; before it there is room for a ^C.
        self._width = terminal_of(stream).width - 1
        shown = self._text(self._width - 2).encode(stream.encoding, "backslashreplace")
        text = shown.decode(stream.encoding)
        if text != self._shown and all(other.is_at_start for other in self._streams):
            self._draw(text)

    def _draw(self, text: str) -> None:
        # What was typed meanwhile, such as ^C, stands behind the line: all of it goes.
        over = " " * self._width
        self._streams[0].overwrite(f"\r{over}\r{text}")
        self._shown = text


def live_streams(*streams: TextIO) -> list[GuardedText]:
    """Those of the streams that a person looks at; none if the first is not one of them."""
    watched = [
        stream
        for stream in streams
        if isinstance(stream, GuardedText) and terminal_of(stream).width
    ]
    return watched if watched and watched[0] is streams[0] else []
