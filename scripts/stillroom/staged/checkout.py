"""A copy on disk of what is staged, kept from one check to the next."""

from __future__ import annotations

import fcntl
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from stillroom.project.folders import cache_folder
from stillroom.project.git import Repository, Tree

_MANIFEST = "manifest.json"


@contextmanager
def checkout(repository: Repository, tree: Tree) -> Iterator[Path]:
    """A folder with the files of ``tree``.

    The one of the last check is brought up to date, unless another check works on it right now.
    """
    cache = cache_folder(repository.root)
    with ExitStack() as stack:
        lock = stack.enter_context((cache / "staged.lock").open("w"))
        folder = cache / "staged"
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stillroom-")))
        _update(folder, repository, tree)
        yield folder


def is_there(root: Path) -> bool:
    """Whether a check has left its copy."""
    return (cache_folder(root) / "staged" / _MANIFEST).exists()


def overlay(folder: Path, root: Path, paths: Iterable[str]) -> None:
    """Put the working copies of ``paths`` into an exported folder; its next update undoes it."""
    manifest = folder / _MANIFEST
    known: dict[str, str] = json.loads(manifest.read_bytes())
    paths = [path for path in paths if (root / path).is_file()]
    manifest.write_text(json.dumps({**known, **dict.fromkeys(paths, "")}))
    _write(folder, ((path, (root / path).read_bytes()) for path in paths))


def _update(folder: Path, repository: Repository, tree: Tree) -> None:
    folder.mkdir(exist_ok=True)
    manifest = folder / _MANIFEST
    try:
        before: dict[str, str] = json.loads(manifest.read_bytes())
    except (OSError, ValueError):
        before = {}
    # An interrupted update must be seen by the next one.
    manifest.unlink(missing_ok=True)
    for path in before.keys() - tree.keys():
        (folder / path).unlink(missing_ok=True)
    changed = [path for path in tree if before.get(path) != tree[path]]
    contents = repository.contents(tree[path] for path in changed)
    _write(folder, ((path, content) for path, (_, content) in zip(changed, contents, strict=True)))
    manifest.write_text(json.dumps(dict(tree)))


def _write(root: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write files, and forget their bytecode.

    Python tells by second and size whether bytecode is stale: a change of the same length, checked
    within a second of the one before, would not be seen.
    """
    compiled: dict[Path, list[Path]] = {}  # by folder
    for name, content in files:
        path = root / name
        folder = path.parent
        if folder not in compiled:
            folder.mkdir(parents=True, exist_ok=True)
            compiled[folder] = list((folder / "__pycache__").glob("*.pyc"))
        path.write_bytes(content)
        for stale in compiled[folder]:
            if stale.name.startswith(f"{path.stem}."):
                stale.unlink(missing_ok=True)
