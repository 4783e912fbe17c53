"""Hands what signals the parent gets to the child that does its work."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def signals_left_to(child: int) -> Iterator[None]:
    """The terminal sends Ctrl-C to both; what only we are sent is handed on."""

    def hand_on(number: int, _: FrameType | None) -> None:
        os.kill(child, number)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, hand_on),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
