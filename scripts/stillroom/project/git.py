"""Asks git about the project: the index, commits, the working tree."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from stillroom.errors import CannotTell
from stillroom.shell import quote

Tree = Mapping[str, str]  # path below the project, with "/" -> object id of the file's content
LINK = "120000"
OWN_OPTION = "--literal-pathspecs"  # names may hold what git takes for patterns
# A folder that somebody has committed may look like a repository, with a config that runs programs.
GIT = ("git", OWN_OPTION, "-c", "safe.bareRepository=explicit")
_ENGLISH = {"LC_ALL": "C"}
_FILES = ("100644", "100755")
_SUBMODULE = "160000"


class Entry(NamedTuple):
    """A file, link or submodule in git: its mode, its object id, the work tree that has it."""

    mode: str
    blob: str
    source: Path


Entries = dict[str, Entry]  # path below the top of the repository, with "/" -> what is there


@dataclass(frozen=True)
class Repository:
    """The repository that holds the project in the folder ``root``.

    Paths are relative to ``root``, which may lie below the top of the repository.
    """

    root: Path
    top: Path
    prefix: str
    environment: Mapping[str, str] = field(repr=False)

    @classmethod
    def find(cls, root: Path, *, needed: bool = False) -> Repository | None:
        """The repository around ``root``; None if there is none, or no work tree.

        Where it is ``needed``, raises CannotTell if it is there, and git does not read it.
        """
        command = [*GIT, "rev-parse", "--show-toplevel", "--show-prefix"]
        try:
            done = subprocess.run(
                command, cwd=root, capture_output=True, check=False, env={**os.environ, **_ENGLISH}
            )
        except FileNotFoundError:
            return None
        if needed and b"dubious ownership" in done.stderr:
            raise CannotTell(
                "git does not read this repository: it belongs to another user",
                where=str(root),
                fix="If you trust its owner: "
                f"git config --global --add safe.directory {quote(str(root))}",
            )
        if done.returncode:
            return None
        top, prefix = os.fsdecode(done.stdout).split("\n")[:2]
        environment = dict(os.environ)
        # `git commit FILE` and -a put what they commit into an index of their own. Its name may be
        # relative to the top, where hooks run.
        if index := environment.get("GIT_INDEX_FILE"):
            environment["GIT_INDEX_FILE"] = str(Path(top) / index)
        return cls(root, Path(top), prefix, environment)

    def staged(self) -> Tree:
        """The files of the index. Raises CannotTell if it holds unresolved conflicts."""
        return self.files(self.staged_entries())

    def committed(self, revision: str = "HEAD") -> Tree:
        """The files of a commit; none if there is no such commit, as before the first one."""
        return self.files(self.committed_entries(revision))

    def files(self, entries: Entries) -> Tree:
        """Those of ``entries`` that are files of the project, by their paths in it."""
        prefix = len(self.prefix)
        return {
            path[prefix:]: entry.blob
            for path, entry in entries.items()
            if entry.mode in _FILES and path.startswith(self.prefix)
        }

    def staged_entries(self) -> Entries:
        """All that is in the index. Raises CannotTell if it holds unresolved conflicts."""
        entries = {}
        for (mode, blob, stage), path in self._entries("ls-files", "--stage", "-z"):
            if stage != "0":
                raise CannotTell(
                    "has an unresolved merge conflict",
                    where=path.removeprefix(self.prefix),
                    fix=f"Resolve it, then: git add {quote(path.removeprefix(self.prefix))}",
                )
            entries[path] = Entry(mode, blob, self.top)
        return entries

    def committed_entries(self, revision: str = "HEAD") -> Entries:
        """All that is in a commit; nothing if there is no such commit."""
        if not self.commit(revision):
            return {}
        listed = self._entries("ls-tree", "-r", "-z", "--full-tree", revision)
        return {path: Entry(mode, blob, self.top) for (mode, _, blob), path in listed}

    def with_submodules(self, entries: Entries) -> Entries:
        """``entries`` with the files of submodules, as far as they are there, in their place."""
        entries_with: Entries = {}
        for path, entry in entries.items():
            inside = self._submodule(path, entry) if entry.mode == _SUBMODULE else None
            entries_with.update({path: entry} if inside is None else inside)
        return entries_with

    def _submodule(self, path: str, entry: Entry) -> Entries | None:
        folder = entry.source / path
        if not (folder / ".git").exists():
            return None
        own = self.at(folder)
        if not own.commit(entry.blob):
            return None
        inner = own.with_submodules(own.committed_entries(entry.blob))
        return {f"{path}/{name}": entry for name, entry in inner.items()}

    def tracks(self, path: str) -> bool:
        """Whether something at or below ``path`` is in the index."""
        return bool(self._git("ls-files", "-z", "--", self.prefix + path))

    def commit(self, revision: str) -> str:
        """The id of a commit, or ``""``; a range is none."""
        done = self._git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", check=False)
        return done.strip() if len(done.split()) == 1 else ""

    def branch_point(self, revision: str) -> str:
        """The newest commit that HEAD and ``revision`` have in common; ``""`` if git knows none."""
        return self._git("merge-base", "HEAD", revision, check=False).strip()

    def untracked(self, folder: str) -> list[str]:
        """Files below ``folder`` that git neither tracks nor ignores."""
        arguments = ["ls-files", "--others", "--exclude-standard", "-z", "--", self.prefix + folder]
        return self._paths(*arguments)

    def unstaged(self, folder: str) -> list[str]:
        """Tracked files below ``folder`` whose working copy differs from the index, or is gone."""
        return self._paths("diff-files", "--name-only", "-z", "--", self.prefix + folder)

    def has_remote(self) -> bool:
        """Whether git knows another copy of the repository."""
        return bool(self._git("remote"))

    def published(self, path: str) -> str:
        """The newest commit with ``path`` that others may have; ``""`` if there is none.

        Without a remote every commit counts but the one that is being amended.
        """
        if self.has_remote():
            reach = ["--remotes"]
        elif not self.commit("HEAD"):
            return ""
        elif _amending():
            reach = ["HEAD^"] if self.commit("HEAD^") else []
        else:
            reach = ["HEAD"]
        if not reach:
            return ""
        arguments = ["log", "--max-count=1", "--format=%h", *reach, "--", self.prefix + path]
        return self._git(*arguments, check=False).strip()

    def main_branch(self) -> str:
        """The branch that all others come from, as a ref: a remote's, or else our own."""
        remotes = self._git("remote").split()
        remote = "origin" if "origin" in remotes else next(iter(remotes), "")
        place = f"refs/remotes/{remote}" if remote else "refs/heads"
        head = self._git("symbolic-ref", "--quiet", f"{place}/HEAD", check=False).strip()
        names = [head, f"{place}/main", f"{place}/master"]
        return next((name for name in names if name and self.commit(name)), "HEAD")

    def name_of(self, ref: str, blobs: Tree) -> str:
        """What to call a commit with all of ``blobs``: the nearest tag that has them, or its id."""
        tag = self._git("describe", "--tags", "--abbrev=0", ref, check=False).strip()
        if tag and blobs.items() <= self.committed(tag).items():
            return tag
        return self._git("rev-parse", "--short", ref).strip()

    def sizes(self, blobs: Iterable[str]) -> dict[str, int]:
        """The sizes of objects in bytes; those that git lacks are left out."""
        request = "".join(f"{blob}\n" for blob in dict.fromkeys(blobs)).encode()
        if not request:
            return {}
        output = self._git_bytes("cat-file", "--batch-check", request=request).decode()
        lines = (line.split() for line in output.splitlines())
        return {fields[0]: int(fields[2]) for fields in lines if len(fields) == 3}

    def at(self, source: Path) -> Repository:
        """This repository, or that of the submodule in the folder ``source``."""
        return self if source == self.top else Repository(source, source, "", _without_git())

    def contents(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Object ids and their contents, in the order that was asked for."""
        wanted = list(blobs)
        if not wanted:
            return
        request = "".join(f"{blob}\n" for blob in wanted).encode()
        output = self._git_bytes("cat-file", "--batch", request=request)
        position = 0
        for blob in wanted:
            end = output.index(b"\n", position)
            header = output[position:end].split()
            if len(header) != 3:
                raise CannotTell(
                    f"git lacks the object {blob}",
                    where=str(self.top),
                    fix="`git fsck` shows what is damaged; a partial clone needs `git fetch`.",
                )
            size = int(header[2])
            yield blob, output[end + 1 : end + 1 + size]
            position = end + size + 2

    def _entries(self, *arguments: str) -> Iterator[tuple[list[str], str]]:
        for entry in self._git(*arguments).split("\0"):
            if entry:
                fields, path = entry.split("\t", 1)
                yield fields.split(), path

    def _paths(self, *arguments: str) -> list[str]:
        listed = self._git(*arguments).split("\0")
        return [path.removeprefix(self.prefix) for path in listed if path]

    def _git(self, *arguments: str, check: bool = True) -> str:
        return os.fsdecode(self._git_bytes(*arguments, check=check))

    def _git_bytes(self, *arguments: str, check: bool = True, request: bytes = b"") -> bytes:
        done = subprocess.run(
            [*GIT, *arguments],
            cwd=self.top,
            env=dict(self.environment),
            input=request,
            capture_output=True,
            check=False,
        )
        if check and done.returncode:
            raise CannotTell(
                f"git {arguments[0]} failed: {os.fsdecode(done.stderr).strip()}",
                where=str(self.top),
                fix="`git fsck` shows what is damaged.",
            )
        return done.stdout


def _without_git() -> dict[str, str]:
    """The environment without what points git to one repository."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def tracked_files(root: Path) -> list[str]:
    """The files below ``root`` that git tracks, as paths relative to it with ``/``.

    Without a git repository: all files, but for those in hidden folders.
    """
    repository = Repository.find(root)
    if repository is not None:
        return list(repository.staged())
    return [
        name
        for path in root.rglob("*")
        if path.is_file() and not (name := path.relative_to(root).as_posix()).startswith(".")
    ]


def _amending() -> bool:
    """Whether this runs in the hook of a ``git commit --amend``.

    Git does not tell its hooks; the command lines of the processes above do, where /proc is.
    """
    process = os.getppid()
    while process > 1:
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
            state = Path(f"/proc/{process}/stat").read_text()
        except OSError:
            return False
        if Path(os.fsdecode(command[0])).name == "git" and b"--amend" in command:
            return True
        process = int(state.rpartition(")")[2].split()[1])
    return False
