"""The hook's second fastest answer: nothing that was read has changed since it was found clean.

It asks git for two trees and imports no library.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from stillroom.files import write_bytes
from stillroom.project import cache_place
from stillroom.project.folders import cache_folder
from stillroom.project.git import Entries, Repository
from stillroom.staged import index_verdicts
from stillroom.staged.dependencies import Dependencies

_FILE = "trees.json"
_MOST = 5


def is_clean(root: Path) -> bool:
    """Whether what is staged has been found clean before, on top of this or of any commit.

    The commit matters, since changes of committed revisions are judged too; not if the staged
    revisions are those of the commit.
    """
    surroundings = index_verdicts.surroundings(str(root))
    known = [verdict for verdict in _read(root) if verdict["surroundings"] == surroundings]
    repository = Repository.find(root) if known else None
    if repository is None:
        return False
    staged, committed = repository.staged_entries(), repository.committed_entries()
    clean: set[str] = set()
    for verdict in known:
        dependencies = Dependencies(
            set(verdict["files"]), set(verdict["folders"]), verdict["everything"]
        )
        if dependencies.digest(staged) != verdict["staged"]:
            continue
        before, after = (
            Dependencies(folders=set(), files=_below(tree, verdict["revisions"])).digest(tree)
            for tree in (committed, staged)
        )
        if before in (verdict["committed"], after):
            clean.add(verdict["database"])
            if clean.issuperset(verdict["databases"]):
                return True
    return False


def remember(
    root: Path,
    committed: Entries,
    staged: Entries,
    dependencies: Dependencies,
    revisions: Sequence[str],
    database: str,
    databases: Sequence[str],
) -> None:
    """Note that ``database``, one of ``databases``, is clean as ``staged`` on top of ``committed``.

    ``revisions`` are the folders of its revisions, as paths in the repository.
    """
    every = sorted({database, *databases})
    known = {
        "surroundings": index_verdicts.surroundings(str(root)),
        "staged": dependencies.digest(staged),
        "committed": Dependencies(files=_below(committed, revisions)).digest(committed),
        "revisions": sorted(revisions),
        "files": sorted(dependencies.files.intersection(staged)),
        "folders": sorted(dependencies.folders),
        "everything": dependencies.everything,
        "database": database,
        "databases": every,
    }
    entries = [verdict for verdict in _read(root) if verdict != known]
    text = json.dumps([*entries, known][-_MOST * len(every) :])
    with suppress(OSError):  # no room: then it is judged again the next time
        write_bytes(cache_folder(root) / _FILE, text.encode(), 0o600)


def _below(tree: Entries, folders: Sequence[str]) -> set[str]:
    prefixes = tuple(f"{folder}/" for folder in folders)
    return {path for path in tree if path.startswith(prefixes)}


def _read(root: Path) -> list[dict[str, Any]]:
    """What was found clean, the newest last."""
    if not cache_place.is_ours(str(root)):
        return []
    try:
        known = json.loads((Path(cache_place.place_of(str(root))) / _FILE).read_bytes())
        return [verdict for verdict in known if verdict.keys() >= _KEYS]
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return []


_KEYS = frozenset(
    (
        *("surroundings", "staged", "committed", "revisions", "files", "folders", "everything"),
        *("database", "databases"),
    )
)
