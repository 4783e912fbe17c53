"""Finds the line of a project's own code that a call or an error comes from."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType, TracebackType

import stillroom
from stillroom.findings import Place, shown

_ENGINE = Path(stillroom.__file__).resolve().parent
_LIBRARY_FOLDERS = frozenset({"site-packages", "dist-packages"})
_PYTHON = {
    Path(folder).resolve()
    for name, folder in sysconfig.get_paths().items()
    if name in ("stdlib", "platstdlib", "purelib", "platlib")
}


def is_library(file: str | Path) -> bool:
    """Whether a file or folder belongs to Python, to an installed package or to this engine."""
    if str(file).startswith("<"):  # frozen, or text that was given to exec()
        return True
    path = Path(file).resolve()
    if not _LIBRARY_FOLDERS.isdisjoint(path.parts):
        return True
    return not _PYTHON.union([_ENGINE]).isdisjoint([path, *path.parents])


class CallSites:
    """Finds the innermost stack frame that lies in one of ``folders`` (or files), in that order.

    Without such a frame, the innermost one outside of Python, its libraries and this engine.
    """

    def __init__(self, folders: Iterable[Path | str] = ()) -> None:
        self._folders = [Path(folder).resolve() for folder in folders]
        self._ranks: dict[str, int | None] = {}

    def here(self) -> Place | None:
        """The place of the call that is being executed now."""
        return self._best(_outwards(sys._getframe(1)))

    def of(self, error: BaseException) -> Place | None:
        """The place where ``error`` was raised."""
        return self._best(reversed(list(_inwards(error.__traceback__))))

    def _best(self, frames: Iterable[tuple[str, int]]) -> Place | None:
        best: tuple[int, Place] | None = None
        for file, line in frames:
            rank = self._rank(file)
            if rank is None or (best is not None and rank >= best[0]):
                continue
            best = (rank, Place(shown(file), line))
            if rank == 0:
                break
        return best[1] if best else None

    def _rank(self, file: str) -> int | None:
        """The position in ``folders``; any other file of a project is behind them; None: none."""
        if file not in self._ranks:
            self._ranks[file] = self._ranked(file)
        return self._ranks[file]

    def _ranked(self, file: str) -> int | None:
        path = Path(file).resolve()
        for rank, folder in enumerate(self._folders):
            if path == folder or folder in path.parents:
                return rank
        return None if is_library(file) else len(self._folders)


def _outwards(frame: FrameType | None) -> Iterator[tuple[str, int]]:
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back


def _inwards(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next
