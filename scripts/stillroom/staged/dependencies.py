"""What a verdict depends on: the files that were really read, and the folders that were listed."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from stillroom.project.git import LINK, OWN_OPTION, Entries

_BYTECODE = "__pycache__"
_LISTED = ("os.listdir", "os.scandir")
# Whoever starts another program may depend on all that there is.
_STARTED = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn")


@dataclass
class Dependencies:
    """Paths in a copy of a repository; ``everything`` if they cannot be told."""

    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    everything: bool = False

    def digest(self, entries: Entries) -> str:
        """What ``entries`` have of them. All links count, since they are followed unseen."""
        lines = []
        names: set[str] = set()
        for path, entry in entries.items():
            if self.everything or path in self.files or entry.mode in (LINK, "160000"):
                lines.append(f"{path}\0{entry.mode}\0{entry.blob}")
            names.update(_listed(path, self.folders))
        text = "\n".join([*sorted(lines), *sorted(names)])
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _listed(path: str, folders: set[str]) -> Iterator[str]:
    """What a listing of ``folders`` shows of ``path``: a file, or a folder above it."""
    parts = path.split("/")
    for depth in range(len(parts)):
        if "/".join(parts[:depth]) in folders:
            yield "/".join(parts[: depth + 1])


class _Watch:
    """The one audit hook of this process: Python knows no way to take one off."""

    def __init__(self) -> None:
        self.top = ""
        self.opened: set[str] = set()
        self.listed: set[str] = set()
        self.everything = False
        self.is_hooked = False

    def heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.top:
            return
        if event == "open":
            self._note(self.opened, arguments[0])
        elif event in _LISTED:
            self._note(self.listed, arguments[0] or ".")
        elif event in _STARTED and OWN_OPTION not in (arguments[1] or ()):
            self.everything = True

    def _note(self, where: set[str], path: Any) -> None:
        if isinstance(path, (str, bytes)) or hasattr(path, "__fspath__"):
            where.add(os.path.abspath(os.fsdecode(path)))


_watch = _Watch()


@contextmanager
def watched(
    top: str | os.PathLike[str], work_tree: str | os.PathLike[str]
) -> Iterator[Dependencies]:
    """What is read below the folder ``top`` from here on; it is complete at the end.

    Files that are read in ``work_tree``, of which ``top`` is a copy, count as well.
    """
    if not _watch.is_hooked:
        sys.addaudithook(_watch.heard)
        _watch.is_hooked = True
    dependencies = Dependencies()
    _watch.top = os.path.realpath(top)
    try:
        yield dependencies
    finally:
        # The source first, then where links lead: of a linked module only bytecode may be read.
        read = _places(_watch.opened | {_source(path) for path in _watch.opened})
        dependencies.files |= set(_below(read, _watch.top))
        dependencies.folders |= set(_below(_places(_watch.listed), _watch.top))
        dependencies.folders |= {path.rpartition("/")[0] for path in dependencies.files}
        dependencies.files |= {_source(path) for path in _below(read, os.path.realpath(work_tree))}
        dependencies.everything = dependencies.everything or _watch.everything
        _watch.top, _watch.everything = "", False
        _watch.opened, _watch.listed = set(), set()


def _places(paths: Iterable[str]) -> set[str]:
    """The places of files and folders: as they were named, and where links lead."""
    real_folder = cache(os.path.realpath)  # a thousand files lie in a hundred folders
    places = set(paths)
    for path in paths:
        folder, name = os.path.split(path)
        target = os.path.join(real_folder(folder), name)
        places.add(os.path.realpath(target) if os.path.islink(target) else target)
    return places


def _below(places: Iterable[str], top: str) -> Iterator[str]:
    """Those in the folder ``top``, relative to it."""
    for place in places:
        if place == top:
            yield ""
        elif place.startswith(f"{top}{os.sep}"):
            yield place[len(top) + 1 :]


def _source(path: str) -> str:
    """The module whose bytecode was read, or the file itself; ``path`` is absolute."""
    folder, _, name = path.rpartition("/")
    if folder.rpartition("/")[2] != _BYTECODE:
        return path
    return f"{folder.rpartition('/')[0]}/{name.partition('.')[0]}.py"
