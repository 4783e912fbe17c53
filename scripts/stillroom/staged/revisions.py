"""Explains why the models have no revision: what git knows about revisions that are not staged."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from stillroom.errors import CannotTell
from stillroom.findings import Finding, Place
from stillroom.project.git import Entries, Repository, Tree
from stillroom.project.marks import comments, is_reason
from stillroom.replay.revisions.source import read
from stillroom.replay.revisions.squashes import squashes_of
from stillroom.shell import quote
from stillroom.staged.checkout import Checkout

NOT_STAGED = "HS102"
EMPTY = "HS103"
PARTIAL = "HS104"
CHANGED = "HS105"
DELETED = "HS106"
_DATA_LOSS = "MY1"  # what the codes of the rules on data loss begin with

_ALLOWANCE = re.compile(r"# stillroom: allow (\w+)(?:[ \t,]+[A-Z]{2}\d{3}\b)*[ \t]*(.*?)[ \t]*$")


@dataclass(frozen=True)
class Staged:
    """The staged revisions and those of the commit before; ``folders`` are where they live.

    ``entries`` and ``committed_entries`` are all that is staged and that was committed before,
    ``copy`` is where the former are on disk.
    """

    repository: Repository
    entries: Entries
    committed_entries: Entries
    copy: Checkout
    folders: Sequence[str]

    @cached_property
    def tree(self) -> Tree:
        """The staged files of the project."""
        return self.repository.files(self.entries)

    @cached_property
    def committed(self) -> Tree:
        """The files of the project in the commit before."""
        return self.repository.files(self.committed_entries)

    def is_revision(self, path: str) -> bool:
        """Whether ``path`` lies where revisions do."""
        return path.endswith(".py") and any(path.startswith(f"{name}/") for name in self.folders)

    def content(self, blob: str) -> bytes:
        """The content of one file."""
        return next(content for _, content in self.repository.contents([blob]))

    @property
    def new(self) -> list[str]:
        """The revision files that this commit adds."""
        return [path for path in self.tree if self.is_revision(path) and path not in self.committed]

    @property
    def left_out(self) -> dict[str, str]:
        """Revision files of the working tree that are not staged as they are: path -> how."""
        reasons: dict[str, str] = {}
        for folder in self.folders:
            reasons |= dict.fromkeys(self.repository.untracked(folder), "untracked")
            reasons |= dict.fromkeys(
                self.repository.unstaged(folder), "changed since it was staged"
            )
        return {path: how for path, how in reasons.items() if self.is_revision(path)}


@dataclass(frozen=True)
class StagedSquash:
    """A revision that stands for deleted ones: its file, and with it theirs."""

    path: str
    id: str
    files: frozenset[str]


def squashes(staged: Staged) -> Iterator[StagedSquash]:
    """The changed revisions that say that they stand for deleted ones."""
    gone = {
        path: blob
        for path, blob in staged.committed.items()
        if staged.is_revision(path) and path not in staged.tree
    }
    for path, blob in staged.tree.items() if gone else ():
        before = staged.committed.get(path)
        if not staged.is_revision(path) or before in (None, blob):
            continue
        content = staged.content(blob)
        squashes = squashes_of(content.decode("utf-8", "replace"))
        name = _id(path, content)
        if squashes and before and name == _id(path, staged.content(before)):
            ids = {id_ for squash in squashes for id_ in squash.ids}
            files = {old for old, blob in gone.items() if _id(old, staged.content(blob)) in ids}
            yield StagedSquash(path, name, frozenset({path, *files}))


def _id(path: str, content: bytes) -> str:
    """The id that the file of a revision declares; ``""`` if that cannot be read."""
    try:
        return read(Path(path), content).revision
    except CannotTell:
        return ""


def of_published(staged: Staged) -> list[Finding]:
    """Revisions that others may have run, and that this commit changes or deletes."""
    findings = []
    for path, commit in published(staged):
        deleted = path not in staged.tree
        findings.append(
            Finding(
                DELETED if deleted else CHANGED,
                Place(path),
                f"this revision is {'deleted' if deleted else 'changed'}, and was committed "
                f"in {commit}",
                why="Databases that have run it will not run it again.",
                fix=f"git restore --source={quote(commit)} --staged --worktree -- {quote(path)}\n"
                "and put what is new into a revision of its own.",
            )
        )
    return findings


def published(staged: Staged) -> Iterator[tuple[str, str]]:
    """The revision files whose code this commit changes or deletes, and where others got them.

    Not those of a squash, which is judged by what it makes.
    """
    squashed = {file for squash in squashes(staged) for file in squash.files}
    for path, blob in staged.committed.items():
        if not staged.is_revision(path) or staged.tree.get(path) == blob or path in squashed:
            continue
        if path in staged.tree and _same_code(
            staged.content(blob), staged.content(staged.tree[path])
        ):
            continue
        if commit := staged.repository.published(path):
            yield path, commit


def of_losses(staged: Staged) -> list[Finding]:
    """New revisions that lose data, or block others, and nobody says yet why that is right."""
    texts = {
        path: staged.content(staged.tree[path]).decode("utf-8", "replace") for path in staged.new
    }
    return [
        Finding(
            match[1],
            Place(path, comment.line),
            f"this revision {_what(match[1])}, and gives no reason",
            fix=f"Write the reason after `# stillroom: allow {match[1]}` in the file.",
        )
        for path, text in texts.items()
        for comment in comments(text)
        if (match := _ALLOWANCE.match(comment.text)) and not is_reason(match[2])
    ]


def _what(code: str) -> str:
    return "loses data" if code.startswith(_DATA_LOSS) else "does what the linter refuses"


def of_left_out(staged: Staged, more: str = "") -> list[Finding]:
    """Revisions of the working tree that are not staged; ``more`` is added to each message."""
    return [
        Finding(
            NOT_STAGED,
            Place(path),
            f"this revision is not staged ({how}){more}",
            fix=f"git add {quote(path)}",
        )
        for path, how in staged.left_out.items()
    ]


def of_drift(staged: Staged, covered_with_left_out: bool) -> list[Finding]:
    """Why the staged revisions do not cover the models.

    ``covered_with_left_out`` says whether they would, with the revisions that are not staged.
    """
    more = "; with it, nothing would be missing" if covered_with_left_out else ""
    findings = of_left_out(staged, more)
    for path in staged.new:
        if _is_empty(staged.content(staged.tree[path])):
            findings.append(Finding(EMPTY, Place(path), "this staged revision does nothing"))
        elif not covered_with_left_out:
            findings.append(
                Finding(
                    PARTIAL,
                    Place(path),
                    "this staged revision covers only part of the model changes",
                )
            )
    return findings


def _same_code(before: bytes, after: bytes) -> bool:
    """Whether two sources differ in comments, docstrings and layout alone."""
    try:
        return ast.dump(_without_docstrings(before)) == ast.dump(_without_docstrings(after))
    except (SyntaxError, ValueError):
        return False


def _without_docstrings(source: bytes) -> ast.Module:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
            node.body = [statement for statement in node.body if not _is_text(statement)]
    return tree


def _is_empty(source: bytes) -> bool:
    """Whether ``upgrade()`` holds nothing but ``pass`` and docstrings."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    bodies = [
        node.body
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
    ]
    return all(
        isinstance(statement, ast.Pass) or _is_text(statement)
        for body in bodies
        for statement in body
    )


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
