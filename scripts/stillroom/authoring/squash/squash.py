"""Makes one revision of all up to some revision, and proves that it makes the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops as op
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData

from stillroom.authoring.operations.own import Refusal
from stillroom.authoring.squash.selection import Selection, leftovers, select
from stillroom.authoring.squash.tables import Writer, same
from stillroom.authoring.writing import draft
from stillroom.catalog import Catalog, Target
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.errors import CannotTell, StillroomError
from stillroom.findings import shown
from stillroom.project.alembic_env import alembic_internals
from stillroom.project.alembic_env.env_runner import AUTOGENERATE
from stillroom.replay.alembic_project import AlembicProject, run
from stillroom.replay.history import History
from stillroom.replay.revisions import source
from stillroom.replay.revisions.graph import Revision, make_lazy
from stillroom.replay.revisions.squashes import Squash, with_squashes
from stillroom.replay.server import Server, State
from stillroom.snapshot.writing import GENERATED, body, unknown_rows


class Kept(NamedTuple):
    """Where git has the files that go: a tag or commit, and its name for the last one's file."""

    available: str
    blob: str


@dataclass(frozen=True)
class Squashed:
    """What was written: ``path`` is the file of the one revision, ``removed`` those of others.

    ``undoable`` says whether its downgrade goes back to nothing, as those of the others did.
    """

    path: Path
    removed: tuple[Path, ...]
    target: Target
    id: str = ""
    undoable: bool = True
    kept: str = ""
    server: str = ""


def squash(
    history: History, name: str, kept: Callable[[Selection], Kept], *, drafts: Path
) -> Squashed:
    """Let the revision ``name`` make what all up to it make, and remove the files of the others.

    Raises StillroomError, having written nothing, over what cannot be one revision or cannot be
    proven. ``kept`` finds the files in git, and raises StillroomError if one must not go. No
    database is contacted. Cut off in the middle, it can be run again.
    """
    if left := leftovers(history, name):
        return _finished(history, name, left)
    selection = select(history, name)
    in_git = kept(selection)
    with draft.folder(drafts) as folder:
        done = _Squash(history, selection, in_git, folder).write()
        content = done.path.read_bytes()
        path = selection.last.path
        done.path.chmod(path.stat().st_mode & 0o777)
        draft.replace(done.path, path)
        assert path.read_bytes() == content
    removed = tuple(revision.path for revision in reversed(selection.others))
    _remove(removed)
    return Squashed(
        path, removed, history.target, selection.last.id, done.undoable, in_git.available,
        history.server,
    )  # fmt: skip


def _finished(history: History, name: str, left: list[Revision]) -> Squashed:
    path = history.order(name)[0].path
    removed = tuple(revision.path for revision in left)
    _remove(removed)
    return Squashed(path, removed, history.target)


def _remove(paths: Iterable[Path]) -> None:
    """Remove files, the newest revision first: those that are left still make a graph."""
    for path in paths:
        path.unlink()


@dataclass(frozen=True)
class _Written:
    path: Path
    undoable: bool


class _Squash:
    """One run: what is there, the draft, and the proof."""

    def __init__(self, history: History, selection: Selection, kept: Kept, folder: Path) -> None:
        self.history = replace(history, accepted=())
        self.selection, self.kept, self.folder = selection, kept, folder
        self.name = selection.last.id
        self.state = self.history.state_behind(list(selection.order))
        self._refuse_unprovable()
        self.end = self.history.state_at("heads")
        self.back = self._back()

    def write(self) -> _Written:
        """The draft, proven. Tables that come out otherwise are written as SQL."""
        others: frozenset[str] = frozenset()
        while True:
            path = self._draft(others)
            made, end, back = self._replayed(path)
            differing = _differing(made.catalog, self.state.catalog) - others
            if not differing:
                break
            others |= differing
        undoable = self.back is not None and back is not None and _same(back, self.back)
        if not undoable and self.back is not None:
            self.back = None
            return self.write()
        for here, there, where in (
            (made, self.state, f"at {self.name}"),
            (end, self.end, "at head"),
        ):
            if not _same(here, there):
                raise _unproven(here, there, where)
        return _Written(path, undoable)

    def _refuse_unprovable(self) -> None:
        if self.state.databases:
            raise CannotTell(
                "env.py works on several databases, but a squash writes one",
                where=shown(self.history.project.env_py),
            )
        data_only = [
            shown(revision.path) for revision in self.selection.order if revision.source.data_only
        ]
        if unknown := list(unknown_rows(self.state, data_only)):
            raise CannotTell(
                "nothing was written: a replay cannot know all rows that the revisions put in",
                where=unknown[0][1],
                fix="\n".join(
                    [
                        *(f"{table}: {where}" for table, where in unknown),
                        "Squash at an earlier revision.",
                    ]
                ),
            )

    def _back(self) -> State | None:
        """What the downgrades of all revisions leave; None if they do not go back to the start."""
        try:
            return self.history.move(self.state, "base", down=True)
        except CannotTell:
            return None

    def _draft(self, as_text: frozenset[str]) -> Path:
        project = self.history.project
        script, context = self._script(as_text)
        with _graph(project, {}):
            written = draft.write(script, context, project, self.folder)
        last = Squash(self.kept.available, self.kept.blob, self._ids())
        text = with_squashes(
            written.path.read_text(encoding="utf-8"), [last, *self.selection.squashes]
        )
        written.path.write_text(text, encoding="utf-8")
        return written.path

    def _ids(self) -> tuple[str, ...]:
        return tuple(revision.id for revision in self.selection.others)

    def _script(self, as_text: frozenset[str]) -> tuple[op.MigrationScript, AutogenContext]:
        """Run env.py on a server at the state, for how it wants operations to be written."""
        project, selection = self.history.project, self.selection
        made: list[tuple[op.MigrationScript, AutogenContext]] = []

        def steps(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            version_table = self.state.catalog.find(
                context.version_table_schema or DEFAULT_SCHEMA, context.version_table
            )
            writer = Writer(self.state, context, version_table)
            script = op.MigrationScript(
                rev_id=self.name,
                message=f"squash of {len(selection.order)} revisions up to {self._title()}",
                upgrade_ops=op.UpgradeOps(writer.upgrade(as_text)),
                downgrade_ops=op.DowngradeOps(
                    writer.downgrade() if self.back is not None else [Refusal(_ONE_WAY)]
                ),
                head="base",
                version_path=str(selection.last.path.parent),
                branch_label=selection.labels or None,
            )
            made.append((script, AutogenContext(context, metadata=MetaData())))
            return ()

        run(project, Server(self.state), steps, command=AUTOGENERATE)
        return made[-1]

    def _title(self) -> str:
        script = self.history.project.scripts.get_revision(self.name)
        return (script.doc if script else "") or self.name

    def _replayed(self, path: Path) -> tuple[State, State, State | None]:
        """What the draft makes: at its place, at the heads, and when it is undone."""
        kept = {
            name: revision
            for name, revision in self.history.revisions.items()
            if name not in self.selection.ids
        }
        kept[self.name] = Revision(path, source.read(path, path.read_bytes()))
        history = replace(self.history, revisions=kept, cache=None, known=None)
        with _graph(history.project, kept):
            made = history.state_at(self.name)
            end = history.state_at("heads")
            back = None
            if self.back is not None:
                back = history.move(made, "base", down=True)
            return made, end, back


_ONE_WAY = "the revisions that this one stands for cannot all be undone"


@contextmanager
def _graph(project: AlembicProject, graph: dict[str, Revision]) -> Iterator[None]:
    """Within it these are the revisions of the project."""
    with alembic_internals.revision_map_kept(project.scripts):
        make_lazy(project.scripts, graph)
        yield


def _differing(made: Catalog, wanted: Catalog) -> frozenset[str]:
    """The names of the tables that are not the same."""
    return frozenset(
        table.name
        for table in wanted.all_tables()
        if (other := made.find(table.schema, table.name)) is None or not same(other, table)
    )


def _same(made: State, wanted: State) -> bool:
    """Whether two states are one: tables, rows, views, triggers and routines."""
    return body(made) == body(wanted)


def _unproven(made: State, wanted: State, where: str) -> StillroomError:
    here, there = body(made).splitlines(), body(wanted).splitlines()
    pairs = zip([*here, "nothing"], [*there, "nothing"], strict=False)
    number = next(number for number, (one, other) in enumerate(pairs) if one != other)
    one, other = ([*lines, "nothing"][number].strip() or "nothing" for lines in (here, there))
    fix = f"{one}\ninstead of\n{other}"
    if other.startswith(GENERATED):
        table = next(line for line in reversed(there[:number]) if line.startswith("CREATE TABLE"))
        keys = [name for name in other.removeprefix(GENERATED).split(", ") if name not in one]
        fix = (
            f"The server made the key {', '.join(keys)} of {table.split()[2]} for a foreign key,"
            " and no statement makes it so again.\n"
            "Let a new revision drop it and create it again, and squash at that one."
        )
    return CannotTell(
        f"nothing was written: a replay shows that {where} one revision would not make the same",
        fix=fix,
    )
