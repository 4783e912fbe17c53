"""The hook's second shortest answer: nothing that matters differs from what was found clean.

It asks git for two trees and imports no library.
"""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from stillroom.project.git import Repository, Tree
from stillroom.staged import index_verdicts

# What models, env.py and revisions may import or read.
_SUFFIXES = frozenset(
    {
        ".cfg",
        ".csv",
        ".ini",
        ".json",
        ".mako",
        ".py",
        ".pyi",
        ".sql",
        ".toml",
        ".txt",
        ".yaml",
        ".yml",
    }
)


def relevant(tree: Tree) -> dict[str, str]:
    """The files of ``tree`` that a verdict can depend on."""
    return {path: blob for path, blob in tree.items() if PurePosixPath(path).suffix in _SUFFIXES}


def is_clean(root: Path) -> bool:
    """Whether what is staged has been found clean before, on top of this or of any commit.

    The commit matters, since changes of committed revisions are judged too; not if the files
    that matter are those of the commit.
    """
    repository = Repository.find(root)
    if repository is None:
        return False
    staged, committed = _digest(repository.staged()), _digest(repository.committed())
    surroundings = index_verdicts.surroundings(str(root))
    known = [line for line in index_verdicts.clean_keys(str(root)) if line.endswith(surroundings)]
    pairs = {tuple(line.split()[1:3]) for line in known if line.startswith("trees ")}
    if (committed, staged) in pairs:
        return True
    return committed == staged and any(clean == staged for _, clean in pairs)


def remember(root: Path, committed: Tree, staged: Tree) -> None:
    """Note that ``staged`` on top of ``committed`` is clean."""
    surroundings = index_verdicts.surroundings(str(root))
    index_verdicts.remember(
        str(root), f"trees {_digest(committed)} {_digest(staged)} {surroundings}"
    )


def _digest(tree: Tree) -> str:
    lines = (f"{path}\0{blob}\n" for path, blob in sorted(relevant(tree).items()))
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
