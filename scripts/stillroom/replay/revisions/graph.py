"""Reads the revisions of a project as a graph, without running their files if it can."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType
from typing import Any

from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionMap
from alembic.util import load_python_file

from stillroom.errors import CannotTell
from stillroom.findings import shown
from stillroom.project.alembic_env import alembic_internals
from stillroom.project.patching import replaced
from stillroom.replay.revisions import source
from stillroom.replay.revisions.contracts import WAY_OUT, misplaced
from stillroom.replay.revisions.source import Source

Known = Callable[[Path, bytes], Source]


@dataclass(frozen=True)
class Revision:
    """A revision and its file."""

    path: Path
    source: Source

    @property
    def id(self) -> str:
        """The id that the file declares."""
        return self.source.revision

    def where(self, name: str = "") -> str:
        """``file:line`` of the assignment to ``name``, or the file."""
        line = self.source.line(name)
        return f"{shown(self.path)}:{line}" if line else shown(self.path)


def revisions(scripts: ScriptDirectory, known: Known = source.read) -> dict[str, Revision]:
    """All revisions by id, in the order of their files; CannotTell if they make no graph.

    ``known`` reads a file that is Python; a cache may stand in front of it.
    """
    graph: dict[str, Revision] = {}
    for path in _files(scripts):
        revision = _read(path, known)
        other = graph.get(revision.id)
        if other is not None:
            raise CannotTell(
                f"revision {revision.id} is also the id of {shown(other.path)}",
                where=revision.where("revision"),
                fix="Give one of them another id, or remove it.",
            )
        graph[revision.id] = revision
    check(graph)
    return graph


def check(graph: Mapping[str, Revision]) -> None:
    """Raise CannotTell if a parent is missing, if revisions follow each other in a circle, or if a
    contract revision does not follow its expand.
    """
    _check_parents(graph)
    _check_cycles(graph)
    _check_contracts(graph)


def _files(scripts: ScriptDirectory) -> Iterator[Path]:
    seen: set[Path] = set()
    for location in alembic_internals.version_folders(scripts):
        if not location.exists():
            continue
        for path in alembic_internals.files_of_revisions(scripts, location.resolve()):
            name = path.name
            if not name.endswith(".py") or name.startswith((".#", "__init__")) or path in seen:
                continue
            seen.add(path)
            yield path


def _read(path: Path, known: Known) -> Revision:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CannotTell(f"cannot be read: {error.strerror}", where=shown(path)) from None
    read = known(path, content)
    if not read.static:
        read = _run(path, read)
    return Revision(path, read)


def _run(path: Path, read: Source) -> Source:
    """The names of a file that computes them."""
    module = load(path)
    name = getattr(module, "revision", None)
    if name is None:
        raise CannotTell(
            "this file in the folder of revisions declares no revision",
            where=shown(path),
            fix="Move it elsewhere, or declare in it: revision = '…'; down_revision = '…'",
        )
    return read._replace(
        revision=str(name),
        down_revision=_ids(getattr(module, "down_revision", None)),
        branch_labels=_ids(getattr(module, "branch_labels", None)),
        depends_on=_ids(getattr(module, "depends_on", None)),
    )


def _ids(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def load(path: Path) -> ModuleType:
    """Import a revision file as Alembic does, but keep no bytecode: it is run only this once."""
    with replaced(sys, "dont_write_bytecode", True):
        module: ModuleType = load_python_file(str(path.parent), path.name)
    return module


def _check_parents(graph: Mapping[str, Revision]) -> None:
    labels = {label for revision in graph.values() for label in revision.source.branch_labels}
    for revision in graph.values():
        for parent in revision.source.down_revision:
            if parent not in graph:
                raise CannotTell(
                    f"revision {revision.id} follows {parent}, but there is no file for that one",
                    where=revision.where("down_revision"),
                    fix=(
                        f"Restore the file of {parent} (git log --all -S{parent} finds it), or name"
                        " another parent."
                    ),
                )
        for other in revision.source.depends_on:
            known = other in graph or other in labels
            if not known and not any(name.startswith(other) for name in graph):
                raise CannotTell(
                    f"revision {revision.id} depends on {other}, but there is no file for that one",
                    where=revision.where("depends_on"),
                )


def _check_cycles(revisions: Mapping[str, Revision]) -> None:
    parents = {name: revision.source.down_revision for name, revision in revisions.items()}
    try:
        TopologicalSorter(parents).prepare()
    except CycleError as error:
        circle = _from_smallest(error.args[1])
        raise CannotTell(
            f"these revisions follow each other in a circle: {' → '.join(circle)}",
            where=revisions[circle[0]].where("down_revision"),
            fix="Correct the down_revision of one of them.",
        ) from None


def _check_contracts(graph: Mapping[str, Revision]) -> None:
    """Raise CannotTell for a contract revision that does not follow the expand that it names."""
    for revision in graph.values():
        expand = revision.source.contract
        if expand is not None and expand not in _behind(graph, revision):
            raise CannotTell(
                misplaced(revision.id, expand),
                where=revision.where("contract"),
                fix=WAY_OUT,
            )


def _behind(graph: Mapping[str, Revision], revision: Revision) -> Collection[str]:
    names: set[str] = set()
    left = [revision]
    while left:
        source = left.pop().source
        for parent in (*source.down_revision, *source.depends_on):
            if parent in graph and parent not in names:
                names.add(parent)
                left.append(graph[parent])
    return names


def _from_smallest(circle: Sequence[str]) -> list[str]:
    """``circle``, from each revision to its parent, with the smallest id at both ends."""
    names = [*reversed(circle)][1:]
    start = names.index(min(names))
    return [*names[start:], *names[: start + 1]]


class _LazyModule(ModuleType):
    """A revision's module that is run only when something beyond its ids is asked for."""

    def __init__(self, revision: Revision, *, passed: bool) -> None:
        super().__init__(revision.path.stem)
        self._path = revision.path
        self._does_nothing = passed or revision.source.data_only
        self.__file__ = str(revision.path)
        self.revision = revision.id
        down = revision.source.down_revision
        self.down_revision = down[0] if len(down) == 1 else down or None
        self.branch_labels = revision.source.branch_labels or None
        self.depends_on = revision.source.depends_on or None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and name != "__doc__":
            raise AttributeError(name)
        if self._does_nothing and name in ("upgrade", "downgrade"):
            return _changes_no_schema
        module = self._loaded()
        self.__dict__.update({k: v for k, v in module.__dict__.items() if k != "__file__"})
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(f"{self._path.name} has no {name}()") from None

    def _loaded(self) -> ModuleType:
        try:
            module = load(self._path)
        except SyntaxError:
            source.parsed(self._path, self._path.read_bytes())  # says it in our words
            raise  # it is in a module that the revision imports
        for name in ("down_revision", "branch_labels", "depends_on"):
            if set(_ids(getattr(self, name))) != set(_ids(getattr(module, name, None))):
                raise CannotTell(
                    f"{name} is assigned more than once, and ends with another value than the"
                    " first",
                    where=shown(self._path),
                    fix=f"Assign {name} once.",
                )
        return module


def _changes_no_schema(*_: Any, **__: Any) -> None:
    """What a revision does to a catalog that is not replayed."""


def make_lazy(
    scripts: ScriptDirectory, graph: Mapping[str, Revision], passed: Container[str] = ()
) -> None:
    """Let Alembic's script directory know these revisions without running their files.

    Those that are ``passed``, or marked as data-only, do nothing when they are run.
    """

    def generate() -> Iterator[Script]:
        for revision in graph.values():
            yield Script(
                _LazyModule(revision, passed=revision.id in passed), revision.id, str(revision.path)
            )

    scripts.revision_map = RevisionMap(generate)
