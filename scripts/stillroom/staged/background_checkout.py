"""Checks out what is staged in a process of its own, while this one imports its libraries.

The first time it compiles the modules, too, while this one imports them one by one. Nothing
depends on it: what it has not done, the check does, and says what is wrong.
"""

from __future__ import annotations

import os
import py_compile
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from stillroom.errors import StillroomError
from stillroom.project.git import Repository
from stillroom.staged import checkout

# Where there is a snapshot, few revisions are run, or none.
_SNAPSHOT, _REVISION = "/schema.sql", b"\ndown_revision"


@contextmanager
def in_background(root: Path) -> Iterator[Callable[[], None]]:
    """Begin, and give the function that waits until all files are there."""
    if (os.cpu_count() or 1) < 2:
        yield lambda: None
        return
    finished, done = os.pipe()
    process = os.fork()
    if not process:
        os.close(finished)
        with suppress(StillroomError, OSError):
            _check_out(root, done)
        os._exit(0)  # without what the parent will do at its own end
    os.close(done)
    try:
        yield partial(_wait, finished)
    finally:
        os.close(finished)
        os.waitpid(process, 0)


def _wait(finished: int) -> None:
    """Until the other process closes its end, or ends."""
    os.read(finished, 1)  # it writes nothing


def _check_out(root: Path, done: int) -> None:
    repository = Repository.find(root)
    if repository is None:
        return
    entries = repository.with_submodules(repository.staged_entries())
    first = not checkout.is_there(root)
    with checkout.checkout(repository, entries) as copy:
        modules = [copy.top / path for path in entries if path.endswith(".py")]
        has_snapshot = any(path.endswith(_SNAPSHOT) for path in entries)
    os.close(done)
    if first and not sys.dont_write_bytecode:
        for module in modules:
            with suppress(py_compile.PyCompileError, OSError, ValueError):
                if not (has_snapshot and _REVISION in module.read_bytes()):
                    py_compile.compile(str(module), doraise=True)
