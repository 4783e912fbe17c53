"""Moves the unpushed revisions of one head after the other head, in their files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stillroom.authoring.heads.down_revision import parents_text, with_parents
from stillroom.authoring.operations.exact_comparison import exact_differences
from stillroom.authoring.writing import draft
from stillroom.catalog import Catalog, Table, Target
from stillroom.errors import CannotTell, StillroomError
from stillroom.findings import shown
from stillroom.replay.history import History
from stillroom.replay.revisions import graph, source
from stillroom.replay.revisions.graph import Revision
from stillroom.shell import Command

# Says for a revision's file which commit has published it, "" for none; None if nothing can tell.
Published = Callable[[Path], str | None]
Graph = Mapping[str, Revision]
_MERGE = Command("merge", m="join the branches")


@dataclass(frozen=True)
class Rebased:
    """What was moved: ``moved`` in order, from behind ``before`` to behind ``behind``.

    ``published`` is the commit that ``behind`` was found in, None if nothing could tell.
    ``reordered`` are the tables whose columns come in another order than before.
    """

    moved: tuple[Revision, ...]
    before: str
    behind: str
    published: str | None
    target: Target
    reordered: tuple[str, ...] = ()

    @property
    def head(self) -> str:
        """The head of the history afterwards."""
        return self.moved[-1].id


def rebase(
    history: History, published: Published, *, head: str = "", drafts: Path
) -> Rebased | None:
    """Move the revisions of ``head``, by default those of the one that is not published.

    Returns None if there is one head. Only the files that name another parent than before are
    written, each whole or not at all, and the one that joins the two branches last: cut off in the
    middle, the command can be run again. No database is contacted. Raises StillroomError, having
    written nothing, if it is not clear what to move, or if the two orders make different tables.
    """
    with draft.folder(drafts) as folder:
        heads = tuple(history.project.scripts.get_heads())
        if len(heads) < 2:
            return None
        moving = _moving(heads, history.revisions, published, head)
        behind = next(head for head in heads if head != moving)
        moved = _moved(history, moving, behind, published)
        before, parents = _parents(moved, history.revisions, behind)
        reordered = _check_orders(history, moving, behind)
        texts = _texts(parents, history.revisions)
        _check_graph(history.revisions, texts, heads, behind)
        for path, content in texts.items():
            new = folder / path.name
            new.write_bytes(content)
            new.chmod(path.stat().st_mode & 0o777)
            draft.replace(new, path)
        commit = published(history.revisions[behind].path)
        return Rebased(moved, before, behind, commit, history.target, reordered)


def _moving(heads: Sequence[str], revisions: Graph, published: Published, wanted: str) -> str:
    """The head that moves. Raises StillroomError if that is not clear."""
    listed = "\n".join(f"{head}  {shown(revisions[head].path)}" for head in heads)
    name = Command("rebase", head=heads[0])
    if len(heads) > 2:
        raise StillroomError(
            f"the history has {len(heads)} heads, and only two can be put in a row",
            fix=f"{listed}\nTo join the heads instead: {_MERGE}",
        )
    if wanted:
        matching = [head for head in heads if head.startswith(wanted)]
        if len(matching) != 1:
            raise StillroomError(f"head: {wanted} is not one of the two heads", fix=listed)
        return matching[0]
    commits = {head: published(revisions[head].path) for head in heads}
    if None in commits.values():
        raise StillroomError(
            "which of the two heads moves? There is no git remote to tell which one is unpushed",
            fix=f"{listed}\nName the one that nobody else has: {name}",
        )
    unpushed = [head for head in heads if not commits[head]]
    if len(unpushed) == 1:
        return unpushed[0]
    if unpushed:
        raise StillroomError(
            "which of the two heads moves? As of the last git fetch, no remote branch"
            " has either of them",
            fix=f"{listed}\nName the one that moves: {name}",
        )
    words = "\n".join(f"{head} is in commit {commits[head]}" for head in heads)
    raise StillroomError(
        "both heads are pushed, and others may have run them: neither is moved",
        fix=f"{words}\nTo join the heads instead: {_MERGE}",
    )


def _moved(
    history: History, moving: str, behind: str, published: Published
) -> tuple[Revision, ...]:
    """The revisions of one head alone, in order. Raises StillroomError if one must stay."""
    others = {revision.id for revision in history.order(behind)}
    moved = tuple(revision for revision in history.order(moving) if revision.id not in others)
    for revision in moved:
        if commit := published(revision.path):
            raise StillroomError(
                f"revision {revision.id} is pushed, and others may have run it: it is not moved",
                where=shown(revision.path),
                fix=f"It is in commit {commit}.\nTo join the heads instead: {_MERGE}",
            )
    own = {revision.id for revision in moved}
    for name in others:
        if wanted := own.intersection(history.revisions[name].source.depends_on):
            raise StillroomError(
                f"revision {name} depends on {wanted.pop()}, so it cannot be moved in front of it",
                where=history.revisions[name].where("depends_on"),
                fix=f"To join the heads instead: {_MERGE}",
            )
    return moved


def _parents(
    moved: Sequence[Revision], revisions: Graph, behind: str
) -> tuple[str, dict[str, tuple[str, ...]]]:
    """The old parent of the first, and the new parents of those that get others; it is the last.

    A merge of an own revision with one of the other side needs the latter no longer.
    """
    own = {revision.id for revision in moved}
    parents: dict[str, tuple[str, ...]] = {}
    first: list[Revision] = []
    for revision in moved:
        left = tuple(name for name in revision.source.down_revision if name in own)
        if not left:
            first.append(revision)
        elif left != revision.source.down_revision:
            parents[revision.id] = left
    if len(first) > 1 or not first[0].source.down_revision:
        names = " and ".join(revision.id for revision in first)
        raise StillroomError(
            f"{names} cannot be moved after {behind}: "
            + ("both" if len(first) > 1 else "it")
            + " would have to be the first of its branch",
            where=first[-1].where("down_revision"),
            fix=f"To join the heads instead: {_MERGE}",
        )
    return first[0].source.down_revision[0], {**parents, first[0].id: (behind,)}


def _check_orders(history: History, moving: str, behind: str) -> tuple[str, ...]:
    """Raise StillroomError unless both orders make the same tables; the reordered ones."""
    ends = []
    for first, second in ((moving, behind), (behind, moving)):
        try:
            ends.append(history.move(history.state_at(first), "heads").catalog)
        except CannotTell as error:
            raise StillroomError(
                f"{moving} was not moved after {behind}: with {first} first, {second} cannot"
                f" be replayed: {error.what}",
                where=error.where,
                fix=f"{error.fix}\nTo join the heads instead: {_MERGE}".strip(),
            ) from error
    if left := exact_differences(*map(_sorted, ends)):
        lines = [
            f"{difference.subject}: "
            f"{difference.history or 'nothing'}, or {difference.models or 'nothing'}"
            for difference in left
        ]
        raise StillroomError(
            f"{moving} was not moved after {behind}: the resulting tables depend on which"
            " of them runs first",
            fix="\n".join([*lines, f"To join the heads instead: {_MERGE}"]),
        )
    return tuple(_reordered(*ends))


def _sorted(catalog: Catalog) -> Catalog:
    """``catalog`` with all columns in the order of their names."""
    for table in catalog.all_tables():
        columns = tuple(sorted(table.columns, key=lambda column: column.name))
        catalog = catalog.with_table(replace(table, columns=columns))
    return catalog


def _reordered(before: Catalog, after: Catalog) -> Iterator[str]:
    for table in after.all_tables():
        other = before.find(table.schema, table.name)
        if other and _column_names(other) != _column_names(table):
            yield table.name


def _column_names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _texts(parents: Mapping[str, tuple[str, ...]], revisions: Graph) -> dict[Path, bytes]:
    """The new content of the files whose revisions get other parents."""
    texts = {}
    for name, new in parents.items():
        revision = revisions[name]
        content = revision.path.read_bytes()
        changed = with_parents(content, new)
        if changed is None or source.read(revision.path, changed).down_revision != new:
            raise StillroomError(
                "its down_revision is not written as a plain string or tuple",
                where=revision.where("down_revision"),
                fix=f"Write it as one and run this again. It will become {parents_text(new)}",
            )
        texts[revision.path] = changed
    return texts


def _check_graph(
    revisions: Graph, texts: Mapping[Path, bytes], heads: Collection[str], behind: str
) -> None:
    """Raise CannotTell unless the new files make a graph in which ``behind`` is no head."""
    moved_graph = {
        name: replace(revision, source=source.read(revision.path, texts[revision.path]))
        if revision.path in texts
        else revision
        for name, revision in revisions.items()
    }
    graph.check(moved_graph)
    followed = {name for revision in moved_graph.values() for name in revision.source.down_revision}
    assert set(moved_graph) - followed == set(heads) - {behind}
