"""Writes a file whole or not at all, so that a kill leaves no half-written one.

What was there is replaced, and never written through: a symbolic link goes, its target stays.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, line ends as they are, keeping the mode of an older file."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes, mode: int | None = None) -> None:
    """As ``write_text``; ``mode`` is by default that of the older file, else of a new one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:20]}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        # mkstemp's own mode is for the owner alone.
        temporary.chmod(_mode(path) if mode is None else mode)
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):  # of a full disk, write() does not say where
            error.filename = str(path)
        raise


def _mode(path: Path) -> int:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return new_mode()
    return new_mode() if stat.S_ISLNK(mode) else mode & 0o777


def new_mode() -> int:
    """The mode of a file that this process makes."""
    current = os.umask(0)
    os.umask(current)
    return 0o666 & ~current
