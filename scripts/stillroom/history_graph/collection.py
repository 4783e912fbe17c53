"""Collects the revisions of a project, who has written them, and where its database is."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from alembic.script import ScriptDirectory

from stillroom import apply
from stillroom.errors import StillroomError
from stillroom.findings import shown
from stillroom.history_graph.model import Entry, Place, ordered
from stillroom.project import settings as settings_
from stillroom.project.git_history import Addition, additions
from stillroom.project.project import (
    alembic_config,
    make_importable,
    open_project,
    require_project,
)
from stillroom.replay.revisions.graph import Revision, revisions
from stillroom.replay.revisions.source import created_on


def entries_of(root: Path) -> list[Entry]:
    """All revisions of the project at ``root``, newest first; CannotTell if they make no graph."""
    settings = settings_.load(root)
    require_project(settings)
    make_importable(settings)  # revisions may import it
    graph = revisions(ScriptDirectory.from_config(alembic_config(settings)))
    folders = {revision.path.parent for revision in graph.values()}
    added = {path: addition for folder in folders for path, addition in additions(folder).items()}
    needed = _Names(graph)
    return ordered(_entry(revision, needed, added) for revision in graph.values())


def place_of_database(root: Path) -> Place:
    """Where the project's database is; one that does not answer is no error."""
    try:
        project = open_project(root)
    except StillroomError as error:  # the history is the same without an engine
        return Place(reason=error.first_line)
    if project.is_missing:
        return Place(f"{project.database}, which does not exist yet,")
    try:
        with project.explaining():
            status = apply.status(project.config)
    except StillroomError as error:
        return Place(project.database, reason=error.first_line)
    finally:
        project.engine.dispose()
    half_applied = status.half_applied.revision if status.half_applied else ""
    return Place(project.database, status.heads, status.unknown, half_applied)


def _entry(revision: Revision, needed: _Names, added: Mapping[Path, Addition]) -> Entry:
    text = revision.path.read_text(encoding="utf-8", errors="replace")
    source = revision.source
    known = added.get(revision.path, Addition())
    return Entry(
        revision.id,
        source.down_revision,
        _doc(text),
        created_on(text),
        known.date,
        known.author,
        source.branch_labels,
        tuple(dict.fromkeys(name for other in source.depends_on for name in needed.of(other))),
        shown(revision.path),
    )


def _doc(text: str) -> str:
    """The first paragraph of the docstring, in one line, as Alembic shows it."""
    try:
        doc = ast.get_docstring(ast.parse(text)) or ""
    except (SyntaxError, ValueError):
        return ""  # its ids were computed, and whoever runs it says what is wrong
    return " ".join(doc.partition("\n\n")[0].split())


class _Names:
    """The revisions that ``depends_on`` may name: by id, by the beginning of one, by a label."""

    def __init__(self, graph: Mapping[str, Revision]) -> None:
        self._ids = graph
        self._labels: dict[str, list[str]] = defaultdict(list)
        for revision in graph.values():
            for label in revision.source.branch_labels:
                self._labels[label].append(revision.id)

    def of(self, name: str) -> Iterator[str]:
        if name in self._ids:
            yield name
        elif name in self._labels:
            yield from self._labels[name]
        else:
            yield from (known for known in self._ids if known.startswith(name))
