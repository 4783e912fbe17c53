"""Runs commands in a terminal: a pseudo terminal of a given width."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType

from tests.support.projects import SETTINGS, Answer

# What tells whether there are colours; none of the one who runs the tests.
_LOOKS = {"CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM"}
XTERM = MappingProxyType({"TERM": "xterm-256color"})
_ORDER = re.compile(r"\x1b\[[\d;]*m")


def screen(printed: str) -> list[str]:
    """The lines that are seen in the end, of what was written over each other."""
    lines = []
    for text in _ORDER.sub("", printed).split("\n"):
        cells: list[str] = []
        for piece in text.split("\r"):
            cells[: len(piece)] = piece
        lines.append("".join(cells).rstrip())
    return lines


def _begin() -> None:
    """Have the terminal, and end by its Ctrl-C even where the tests themselves ignore one."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def answered(root: Path, command: Sequence[str], typed: bytes, **environment: str) -> Answer:
    """What a command prints into pipes where a person has typed the answers at a terminal."""
    terminal, keyboard = pty.openpty()
    os.write(terminal, typed)
    inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    done = subprocess.run(
        command,
        cwd=root,
        env={**inherited, **environment},
        stdin=keyboard,
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(terminal)
    os.close(keyboard)
    return Answer(done.returncode, done.stdout, done.stderr)


def in_terminal(
    root: Path,
    command: Sequence[str],
    *,
    columns: int = 80,
    typed: bytes = b"",
    after: bytes = b"",
    watch: Callable[[subprocess.Popen[bytes], bytes], None] | None = None,
    **environment: str,
) -> Answer:
    """What a command in a terminal prints, stdout and stderr in one, and its exit code.

    ``typed`` is what a person types a second after it has printed ``after``. ``watch`` is
    called with the process and each piece that it prints.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS | _LOOKS}
    process = subprocess.Popen(
        command,
        cwd=root,
        env={**inherited, **XTERM, **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_begin,
    )
    os.close(theirs)
    printed = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # nobody has the other end any more
            break
        if not piece:
            break
        printed += piece
        if watch is not None:
            watch(process, piece)
        if typed and after in printed:
            time.sleep(1)
            os.write(ours, typed)
            typed = b""
    os.close(ours)
    return Answer(process.wait(60), printed.decode(errors="replace").replace("\r\n", "\n"), "")
