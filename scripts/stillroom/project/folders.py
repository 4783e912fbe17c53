"""The folders that Stillroom keeps for a project: caches, drafts, a private server."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from stillroom.errors import StillroomError
from stillroom.project import cache_place
from stillroom.project.git import Repository

LOCAL = ".stillroom"


def local_folder(root: Path) -> Path:
    """``.stillroom`` in the project at ``root``, which git ignores.

    Raises StillroomError if it is a link, or if git tracks what is in it: then somebody else may
    have written it.
    """
    folder = root / LOCAL
    if folder.is_symlink():
        raise StillroomError(
            "is a symbolic link, but Stillroom needs a folder of that name", where=LOCAL,
            fix=f"rm {LOCAL}",
        )  # fmt: skip
    repository = Repository.find(root) if folder.exists() else None
    if repository is not None and repository.tracks(LOCAL):
        raise StillroomError(
            "git tracks files in it, but its contents must be yours alone",
            where=LOCAL,
            fix=f"git rm -r --cached {LOCAL} && rm -r {LOCAL}",
        )
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
    return folder


def drafts_folder(root: Path) -> Path:
    """The folder for revisions that are not proven yet; in the project, whose style ruff finds."""
    return local_folder(root) / "drafts"


@cache
def cache_folder(root: Path) -> Path:
    """The folder for all that can be made again; see `cache_place`.

    Where there can be none that is this user's alone, it is one that is gone at the end.
    """
    folder = Path(cache_place.place_of(str(root)))
    try:
        folder.parent.parent.mkdir(parents=True, exist_ok=True)
        for path in (folder.parent, folder):
            path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        return _temporary(f"{error.filename}: {error.strerror}")
    if not cache_place.is_ours(str(root)):
        return _temporary(f"{folder}: it must be a folder that is yours alone (chmod 700)")
    return folder


def history_cache(root: Path) -> Path:
    """The folder for the states of replays."""
    return cache_folder(root) / "history"


def _temporary(reason: str) -> Path:
    print(f"Nothing is cached for the next run. {reason}", file=sys.stderr)
    folder = tempfile.mkdtemp(prefix="stillroom-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
