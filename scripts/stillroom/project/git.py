"""What git knows of the project: the index, commits, the working tree. The only caller of git."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stillroom.errors import CannotTell

Tree = Mapping[str, str]  # path below the project, with "/" -> object id of the file's content
_FILES = ("100644", "100755")


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
    def find(cls, root: Path) -> Repository | None:
        """The repository around ``root``; None if there is none, or no work tree."""
        command = ["git", "rev-parse", "--show-toplevel", "--show-prefix"]
        try:
            done = subprocess.run(command, cwd=root, capture_output=True, check=False)
        except FileNotFoundError:
            return None
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
        """The index. Raises CannotTell if it holds unresolved conflicts."""
        tree = {}
        for entry in self._entries("ls-files", "--stage", "-z", "--", self.prefix or "."):
            (mode, blob, stage), path = entry
            if stage != "0":
                raise CannotTell(
                    "has an unresolved merge conflict",
                    where=path,
                    fix=f"Resolve it, then: git add {path}",
                )
            if mode in _FILES:
                tree[path] = blob
        return tree

    def committed(self, revision: str = "HEAD") -> Tree:
        """The tree of a commit; empty if there is no such commit, as before the first one."""
        if not self.commit(revision):
            return {}
        arguments = ["ls-tree", "-r", "-z", revision, "--", self.prefix or "."]
        return {path: blob for (mode, _, blob), path in self._entries(*arguments) if mode in _FILES}

    def commit(self, revision: str) -> str:
        """The id of a commit, or ``""``."""
        done = self._git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", check=False)
        return done.strip()

    def untracked(self, folder: str) -> list[str]:
        """Files below ``folder`` that git neither tracks nor ignores."""
        arguments = ["ls-files", "--others", "--exclude-standard", "-z", "--", self.prefix + folder]
        return self._paths(*arguments)

    def unstaged(self, folder: str) -> list[str]:
        """Tracked files below ``folder`` whose working copy differs from the index, or is gone."""
        return self._paths("diff-files", "--name-only", "-z", "--", self.prefix + folder)

    def has_remote(self) -> bool:
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
                    fix="git fsck tells what is damaged; a partial clone needs: git fetch",
                )
            size = int(header[2])
            yield blob, output[end + 1 : end + 1 + size]
            position = end + size + 2

    def _entries(self, *arguments: str) -> Iterator[tuple[list[str], str]]:
        for entry in self._git(*arguments).split("\0"):
            if entry:
                fields, path = entry.split("\t", 1)
                yield fields.split(), path.removeprefix(self.prefix)

    def _paths(self, *arguments: str) -> list[str]:
        listed = self._git(*arguments).split("\0")
        return [path.removeprefix(self.prefix) for path in listed if path]

    def _git(self, *arguments: str, check: bool = True) -> str:
        return os.fsdecode(self._git_bytes(*arguments, check=check))

    def _git_bytes(self, *arguments: str, check: bool = True, request: bytes = b"") -> bytes:
        done = subprocess.run(
            ["git", *arguments],
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
                fix="git fsck tells what is damaged.",
            )
        return done.stdout


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


def text_of(folder: Path, blob: str) -> str | None:
    """What a file had in it, by git's name for it; None if this clone does not know."""
    return _git(folder, "cat-file", "blob", blob)


def places_of(folder: Path, revision: str) -> list[str]:
    """Branches, or else commits, that have a file with this revision in it."""
    wanted = rf"^revision\b.*=.*['\"]{re.escape(revision)}['\"]"
    listed = _git(folder, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes")
    refs = [ref for ref in (listed or "").split() if not ref.endswith("/HEAD")]
    found = []
    for ref in refs:
        hits = _git(folder, "grep", "-lE", wanted, ref, "--", ".")
        if hits:
            name = ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")
            found.append(f"branch {name}: {hits.splitlines()[0].partition(':')[2]}")
    if found:
        return found
    log = _git(
        folder, "log", "--all", "--full-history", "-n", "1", f"-G{wanted}", "--diff-filter=A",
        "--format=commit %h of %cs: %s", "--", ".",
    )  # fmt: skip
    return (log or "").strip().splitlines()


def _git(folder: Path, *arguments: str) -> str | None:
    """The output of git; None if there is no git, no repository or no such object."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None
