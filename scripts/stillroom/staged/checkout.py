"""A copy on disk of what is staged, kept from one check to the next.

It lies in the user's cache folder. What it holds is what git holds: a file whose size, times (that
of the last change cannot be set back) or number is not what it was when it was written is written
again, and what git does not have goes. Of Python's bytecode only that stays which was there at the
end of the last check, and has not changed since.
Every path in it is made of folders and files of its own: nothing is written through a link, and a
link that leads out of the copy is not made.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import posixpath
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stillroom.errors import CannotTell
from stillroom.files import write_bytes
from stillroom.project.folders import cache_folder
from stillroom.project.git import LINK, Entries, Entry, Repository

# Larger files are left out: those of tests, mostly, and pictures.
LARGEST_BYTES = 5_000_000
_FOLDER = "staged"
_MANIFEST = "staged.json"
_BYTECODE = "__pycache__"
_EXECUTABLE = "100755"
_OF_NAMES = (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL, errno.ELOOP)


@dataclass
class Checkout:
    """The copy of a repository in ``top``. ``left_out`` says of paths why they are not in it."""

    top: Path
    prefix: str
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def project(self) -> Path:
        """The folder of the project in the copy."""
        return self.top / self.prefix if self.prefix else self.top

    def overlay(self, root: Path, paths: Iterable[str]) -> None:
        """Put the working copies of files of the project into it, until its next update."""
        for path in paths:
            if (root / path).is_file():
                place = posixpath.normpath(self.prefix + path)
                _write(self.top, place, (root / path).read_bytes())


@contextmanager
def checkout(repository: Repository, entries: Entries) -> Iterator[Checkout]:
    """A copy of ``entries``.

    The one of the last check is brought up to date, unless another check works on it right now.
    Raises CannotTell for a name that would lie outside.
    """
    for path in entries:
        _refuse_outside(path)
    cache = cache_folder(repository.root)
    with ExitStack() as stack:
        lock = stack.enter_context((cache / "staged.lock").open("w"))
        folder = cache / _FOLDER
        manifest: Path | None = cache / _MANIFEST
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stillroom-")))
            manifest = None
        copy = Checkout(folder, repository.prefix)
        known = _update(copy, manifest, repository, entries)
        copy.project.mkdir(parents=True, exist_ok=True)
        try:
            yield copy
        finally:
            if manifest is not None:
                _keep(manifest, {**known, **_bytecode(copy.top, known)})


def is_there(root: Path) -> bool:
    """Whether a check has left its copy."""
    return (cache_folder(root) / _MANIFEST).exists()


def _refuse_outside(path: str) -> None:
    parts = path.split("/")
    if {"", ".", ".."}.intersection(parts) or ".git" in map(str.lower, parts):
        raise CannotTell("git refuses to check out this name", where=repr(path))


def _update(
    copy: Checkout, manifest: Path | None, repository: Repository, entries: Entries
) -> dict[str, Any]:
    """Make it hold ``entries``, and give what is known of each file that is written."""
    if copy.top.is_symlink() or not copy.top.is_dir():
        _remove(copy.top)
        copy.top.mkdir(mode=0o700)
    before = _read(manifest)
    if manifest is not None:
        manifest.unlink(missing_ok=True)  # an interrupted update must be seen by the next one
    wanted = {path: entry for path, entry in entries.items() if _BYTECODE not in path.split("/")}
    _remove_others(copy.top, wanted, before)
    stamps = {path: _stamp(f"{copy.top}/{path}") for path in wanted}
    changed = {
        path: entry
        for path, entry in wanted.items()
        if stamps[path] is None or before.get(path) != [entry.mode, entry.blob, *stamps[path]]
    }
    for path, entry, content in _contents(copy, repository, changed):
        try:
            if entry.mode == LINK:
                _link(copy, path, content)
            else:
                _write(copy.top, path, content, executable=entry.mode == _EXECUTABLE)
        except OSError as error:
            if error.errno not in _OF_NAMES:
                raise
            copy.left_out[path] = f"cannot be written here: {error.strerror}"
        stamps[path] = _stamp(f"{copy.top}/{path}")
    _remove_links_outside(copy, wanted)
    known = {
        path: [entry.mode, entry.blob, *stamps[path]]
        for path, entry in wanted.items()
        if stamps[path] is not None and path not in copy.left_out
    }
    if manifest is not None:
        _keep(manifest, known)
    return known


def _keep(manifest: Path, known: dict[str, Any]) -> None:
    write_bytes(manifest, json.dumps(known).encode(), 0o600)


def _bytecode(top: Path, known: Iterable[str]) -> dict[str, Any]:
    """The stamps of all bytecode beside files that are ``known``."""
    stamps = {}
    for folder in {path.rpartition("/")[0] for path in known if path.endswith(".py")}:
        place = posixpath.join(folder, _BYTECODE)
        with suppress(OSError), os.scandir(f"{top}/{place}") as items:  # most folders have none
            stamps.update({f"{place}/{item.name}": _stamp(item.path) for item in items})
    return stamps


def _read(manifest: Path | None) -> dict[str, Any]:
    try:
        known = json.loads(manifest.read_bytes()) if manifest else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def _stamp(path: str) -> Any:
    """What changes with every writing; ctime cannot be set back by a program."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _contents(
    copy: Checkout, repository: Repository, changed: Entries
) -> Iterator[tuple[str, Entry, bytes]]:
    """What to write, but for what is too large or not there."""
    for source in dict.fromkeys(entry.source for entry in changed.values()):
        own = repository.at(source)
        blobs = {path: entry for path, entry in changed.items() if entry.source == source}
        for path in [path for path, entry in blobs.items() if entry.mode == "160000"]:
            del blobs[path]
            copy.left_out[path] = "is a submodule whose commit is not here"
        sizes = own.sizes(entry.blob for entry in blobs.values())
        for path in [
            path for path, blob in blobs.items() if sizes.get(blob.blob, 0) > LARGEST_BYTES
        ]:
            del blobs[path]
            copy.left_out[path] = f"is larger than {LARGEST_BYTES // 1_000_000} MB"
            _remove(copy.top / path)
        contents = own.contents(entry.blob for entry in blobs.values())
        for (path, entry), (_, content) in zip(blobs.items(), contents, strict=True):
            yield path, entry, content


def _remove_others(top: Path, wanted: Entries, before: dict[str, Any]) -> None:
    """Remove all that git does not have, and what is a folder there and a file here.

    Bytecode stays if it is what it was ``before``: whoever forges it needs no file of the project.
    """
    folders = {
        "/".join(parts[:depth])
        for path in wanted
        for parts in [path.split("/")]
        for depth in range(1, len(parts))
    }

    def clean(folder: Path, prefix: str) -> None:
        is_bytecode = folder.name == _BYTECODE
        with os.scandir(folder) as entries:
            items = list(entries)
        for item in items:
            path = prefix + item.name
            if item.is_dir(follow_symlinks=False):
                if path in folders or item.name == _BYTECODE:
                    clean(Path(item.path), f"{path}/")
                else:
                    shutil.rmtree(item.path)
            elif path not in wanted and not (is_bytecode and before.get(path) == _stamp(item.path)):
                Path(item.path).unlink(missing_ok=True)  # a process may still be compiling

    clean(top, "")


def _write(top: Path, path: str, content: bytes, *, executable: bool = False) -> None:
    """Write a file, and forget its bytecode.

    Python tells by second and size whether bytecode is stale: a change of the same length, checked
    within a second of the one before, would not be seen.
    """
    file = _cleared(top, path)
    mode = 0o700 if executable else 0o600
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        write_bytes(file, content, mode)
    else:  # half of it, after a kill, is in no manifest
        with os.fdopen(descriptor, "wb") as new:
            new.write(content)
    folder = file.parent / _BYTECODE
    if file.suffix == ".py" and folder.is_dir():
        for stale in folder.glob(f"{_escaped(file.stem)}.*.pyc"):
            stale.unlink(missing_ok=True)


def _escaped(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _link(copy: Checkout, path: str, content: bytes) -> None:
    target = os.fsdecode(content)
    inside = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    file = _cleared(copy.top, path)
    if "\0" in target or not target or target.startswith("/") or inside.split("/")[0] == "..":
        copy.left_out[path] = "is a symbolic link that leads out of the repository"
        _remove(file)
        return
    _remove(file)
    with suppress(OSError):  # longer than a path may be
        file.symlink_to(target)


def _remove_links_outside(copy: Checkout, wanted: Entries) -> None:
    """Take away links that lead out by way of others."""
    top = os.path.realpath(copy.top)
    for path in [path for path, entry in wanted.items() if entry.mode == LINK]:
        link = copy.top / path
        if path in copy.left_out or not link.is_symlink():
            continue
        if os.path.commonpath([os.path.realpath(link), top]) != top:
            copy.left_out[path] = "is a symbolic link that leads out of the repository"
            link.unlink()


def _cleared(top: Path, path: str) -> Path:
    """The place of a file, with folders above it that are folders, and no folder in it."""
    *folders, name = path.split("/")
    folder = top
    for part in folders:
        folder /= part
        if folder.is_symlink() or not folder.is_dir():
            _remove(folder)
            folder.mkdir()
    place = folder / name
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    return place


def _remove(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except OSError:  # it is not there, and cannot be
        return
    if stat.S_ISDIR(mode):
        shutil.rmtree(path)
    else:
        path.unlink()
