"""The folders that Stillroom keeps for a project: what can be made again, and drafts."""

from __future__ import annotations

from pathlib import Path

LOCAL = Path(".stillroom")


def local_folder(root: Path) -> Path:
    """``.stillroom`` in the project at ``root``, which git ignores."""
    folder = root / LOCAL
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
    return folder


def cache_folder(root: Path) -> Path:
    """The folder for all that can be made again."""
    folder = local_folder(root) / "cache"
    folder.mkdir(exist_ok=True)
    return folder


def history_cache(root: Path) -> Path:
    """The folder for the states of replays."""
    return cache_folder(root) / "history"


def drafts_folder(root: Path) -> Path:
    """The folder for revisions that are not proven yet; in the project, whose style ruff finds."""
    return local_folder(root) / "drafts"
