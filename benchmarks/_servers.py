"""Servers of their own for benchmarks, and the share of the work that one run takes."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from stillroom.project.servers.dev_server import LocalServer, find_program

T = TypeVar("T")


def programs() -> list[str]:
    """Those in STILLROOM_SERVER_PROGRAMS, paths apart by spaces; by default the installed one."""
    return os.environ.get("STILLROOM_SERVER_PROGRAMS", "").split() or [find_program() or ""]


@contextmanager
def private_server(program: str, folder: Path | None = None) -> Iterator[LocalServer]:
    """A new server, which is stopped at the end. ``folder``: where its files are to be."""
    # The path of a socket has room for some 100 bytes.
    with tempfile.TemporaryDirectory(prefix="stillroom-", dir=folder) as place:
        server = LocalServer(Path(place) / "server", program=program or None)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def restart(server: LocalServer) -> None:
    """Kill the server, if it was not killed before, and start it again once it is really gone."""
    pid = int((server.folder / "server.pid").read_text())
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)
    server.start()


def part(everything: Sequence[T]) -> list[T]:
    """What STILLROOM_CRASH_PART leaves of it: "2/3" is the second third."""
    number, parts = map(int, os.environ.get("STILLROOM_CRASH_PART", "1/1").split("/"))
    return list(everything[number - 1 :: parts])


def spread(everything: Sequence[T], wanted: int) -> list[T]:
    """As many as are wanted, evenly."""
    count = min(wanted, len(everything))
    return [everything[number * len(everything) // count] for number in range(count)]
