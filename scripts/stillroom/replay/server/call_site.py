"""Where in a project's own files a statement comes from."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType, TracebackType

import stillroom
from stillroom.findings import Place

_ENGINE = str(Path(stillroom.__file__).resolve().parent)
_LIBRARIES = ("site-packages", "dist-packages")


class Places:
    """Finds the innermost stack frame that lies in one of ``folders`` (or files), in that order.

    Without such a frame, the innermost one outside of Python, its libraries and this engine.
    """

    def __init__(self, folders: Iterable[Path | str] = ()) -> None:
        self._folders = [Path(folder).resolve() for folder in folders]
        self._known: dict[str, int | None] = {}

    def here(self) -> Place | None:
        """The place of the call that is being executed now."""
        return self._first(_outwards(sys._getframe(1)))

    def of(self, error: BaseException) -> Place | None:
        """The place where ``error`` was raised."""
        return self._first(reversed(list(_inwards(error.__traceback__))))

    def _first(self, frames: Iterable[tuple[str, int]]) -> Place | None:
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
        """The position in ``folders``; behind them any other file of a project; None: a library."""
        if file not in self._known:
            self._known[file] = self._ranked(file)
        return self._known[file]

    def _ranked(self, file: str) -> int | None:
        if file.startswith("<"):
            return None
        path = Path(file).resolve()
        for rank, folder in enumerate(self._folders):
            if path == folder or folder in path.parents:
                return rank
        return None if _is_library(path) else len(self._folders)


def _is_library(path: Path) -> bool:
    text = str(path)
    if text.startswith(_ENGINE):
        return True
    if any(part in _LIBRARIES for part in path.parts):
        return True
    return text.startswith((sys.base_prefix, sys.prefix)) and "lib" in path.parts


def _outwards(frame: FrameType | None) -> Iterator[tuple[str, int]]:
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back


def _inwards(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next


def shown(file: str | Path) -> str:
    """The path as a message shows it: relative where it is below the working directory."""
    try:
        return str(Path(file).resolve().relative_to(Path.cwd().resolve()))
    except ValueError:
        return str(file)
