"""Finds what a history will do to a database whose revision is known, but none of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import Script
from sqlalchemy.schema import CreateTable

from stillroom.catalog import Catalog
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.errors import CannotTell
from stillroom.findings import Place
from stillroom.project.alembic_env import alembic_internals
from stillroom.replay.history import History
from stillroom.replay.revisions.graph import Revision
from stillroom.replay.scratch import ReplayedStatement, at_heads
from stillroom.replay.server import Call, Server, State
from stillroom.replay.server.known_rows import Rows
from stillroom.replay.server.results import Result
from stillroom.replay.steps import ancestors, topmost


@dataclass(frozen=True)
class PlannedCall:
    """One call of a cursor by a revision, and the statements in it that are no queries."""

    place: Place | None
    call: Call
    steps: tuple[ReplayedStatement, ...]


@dataclass(frozen=True)
class PlannedRevision:
    """One revision to come. ``before`` and ``after`` are the heads that the version table names.

    ``reason`` says where it looks at rows, of which nothing is known: ``sent`` is then what it
    sends if those tables are empty, or, where ``ends``, no more than what came before.
    """

    revision: Revision
    up: bool
    doc: str
    sent: tuple[PlannedCall, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    version_table: str
    versions: str  # the statement that makes the version table
    reason: CannotTell | None = None
    ends: bool = False
    database: str = ""  # which of several it is in

    @property
    def steps(self) -> list[ReplayedStatement]:
        """The statements of all calls, in order."""
        return [step for sent in self.sent for step in sent.steps]


def planned_revisions(
    history: History,
    revision: str = "heads",
    *,
    since: Sequence[str] = (),
    tables: Catalog | None = None,
) -> list[PlannedRevision]:
    """The revisions from the heads ``since`` to ``revision``, in the order in which they run.

    Downwards for ``base``, ``-1`` and a revision that ``since`` has behind it. Raises CannotTell
    if the history cannot be replayed up to ``since``, unless ``tables`` are those of a database
    there, and Alembic's CommandError for a revision that there is not. Of several databases in one
    env.py all are at ``since``; they follow each other, as in an upgrade.
    """
    heads = _heads(history, since)
    if tables is not None:
        start = at_heads(tables, heads)
    else:
        start = history.state_behind(history.order(",".join(heads)) if heads else [])
    names, up = _order(history, revision, heads)
    databases = history.databases(start)
    if len(databases) < 2:
        return _Walk(history, names, up, heads).all(start)
    return [
        planned
        for number, database in enumerate(databases, 1)
        for planned in _Walk(history, names, up, heads, number, database).all(start)
    ]


def before_contract(
    planned: Sequence[PlannedRevision], reasons: Mapping[str, str]
) -> tuple[list[PlannedRevision], str]:
    """Those before the first contract revision that ``reasons`` say why to wait for, and its id."""
    for number, step in enumerate(planned):
        if step.up and reasons.get(step.revision.id):
            return list(planned[:number]), step.revision.id
    return list(planned), ""


def _heads(history: History, since: Sequence[str]) -> tuple[str, ...]:
    """The whole names of revisions, which may be given by a prefix; none for ``base``."""
    scripts = history.project.scripts
    with alembic_internals.explaining_revisions(scripts):
        newest = scripts.revision_map.get_revisions(tuple(since))
    names = tuple(script.revision for script in newest if isinstance(script, Script))
    return topmost(scripts, names)


def _order(history: History, revision: str, heads: tuple[str, ...]) -> tuple[list[str], bool]:
    """The revisions on the way by name, and whether it is an upgrade."""
    scripts = history.project.scripts
    up = not (revision.startswith("-") or revision.endswith("base"))
    if up and revision not in ("head", "heads") and revision[:1] != "+":
        with alembic_internals.explaining_revisions(scripts):
            wanted = scripts.revision_map.get_revisions(revision)
        named = {script.revision for script in wanted if isinstance(script, Script)}
        up = not named <= ancestors(scripts, heads) - set(heads)
    return alembic_internals.names_on_the_way(scripts, revision, heads, up=up), up


@dataclass
class _Walk:
    """Runs revisions one after the other, and begins anew behind one that looks at rows."""

    history: History
    names: list[str]
    up: bool
    heads: tuple[str, ...]
    number: int = 1  # of the database, where env.py configures Alembic for several
    database: str = ""
    _version_table: str = "alembic_version"
    _versions_created: str = ""
    _begun: list[tuple[str, State]] = field(default_factory=list)
    _sent: dict[str, list[PlannedCall]] = field(default_factory=dict)
    _found: list[PlannedRevision] = field(default_factory=list)

    def all(self, start: State) -> list[PlannedRevision]:
        state: State | None = start
        while state is not None and len(self._found) < len(self.names):
            left = self.names[len(self._found) :]
            state, reason = self._run(state, left, forget=True)
            if reason is not None:
                state = self._without_rows(reason)
        return self._found

    def _without_rows(self, reason: CannotTell) -> State | None:
        """The revision that has just stopped, as it is when the tables are empty."""
        if not self._begun:
            raise reason  # env.py, and no revision
        name, before = self._begun[-1]
        calls = tuple(self._sent[name])
        state, again = self._run(
            State(before.catalog, self._versions(before)), [name], forget=False
        )
        if again is None:
            self._found[-1] = replace(self._found[-1], reason=reason)
            return state
        if self.history.scratch is not None and self.up and not self.database:
            return self._on_server(name, None if again.what == reason.what else reason)
        self._note(name, calls, reason, ends=True)
        return None

    def _on_server(self, name: str, reason: CannotTell | None) -> State:
        """The revision ``name`` as the scratch server has run it, in a database without rows."""
        assert self.history.scratch is not None
        behind = self.history.order(",".join(self.heads)) if self.heads else []
        order = (*(revision.id for revision in behind), name)
        ran = self.history.scratch(order, frozenset([name]))
        self.history.server = ran.state.server
        self._sent[name] = [
            PlannedCall(sent.place, Call(sent.sql, None, Result()), (sent,))
            for sent in ran.statements
        ]
        self._begun.append((name, ran.state))
        self._end(ran.state)
        if reason is not None:
            self._found[-1] = replace(self._found[-1], reason=reason)
        return ran.state

    def _run(
        self, state: State, names: list[str], *, forget: bool
    ) -> tuple[State | None, CannotTell | None]:
        scripts = self.history.project.scripts
        configured = 0
        trace: list[ReplayedStatement] = []
        taken = 0

        def steps(heads: Any, context: MigrationContext) -> list[Any]:
            nonlocal configured
            configured += 1
            if configured != self.number:
                return []
            self._version_table = context.version_table
            created = CreateTable(alembic_internals.version_table(context), if_not_exists=True)
            self._versions_created = str(created.compile(dialect=context.dialect)).strip()
            listed = [scripts.get_revision(name) for name in names]
            kind = (
                MigrationStep.upgrade_from_script
                if self.up
                else MigrationStep.downgrade_from_script
            )
            return [kind(scripts.revision_map, script) for script in listed if script]

        def begin(name: str, server: Server) -> None:
            if self._begun and self._begun[-1][0] in names:
                self._end(server.state)
            self._begun.append((name, server.state))
            self._sent[name] = []
            server.hides_unknown_results = forget
            if forget:
                server.state = State(server.state.catalog, self._forgotten(server.state))

        def called(call: Call) -> None:
            nonlocal taken
            place = self.history.project.call_sites.here()
            self._sent[self._begun[-1][0]].append(PlannedCall(place, call, tuple(trace[taken:])))
            taken = len(trace)

        self._begun.clear()
        try:
            end = self.history._run(state, steps, "heads", trace, begin, called)
        except CannotTell as reason:
            # Of a replay it is true that rows are the history's own; of a database it is not.
            what = reason.what.replace(" that the history wrote itself", "")
            return None, CannotTell(what, where=reason.where, fix=reason.fix)
        self._end(end)
        return end, None

    def _end(self, after: State) -> None:
        """The revision that was begun last is over."""
        name = self._begun[-1][0]
        self._note(name, tuple(self._sent[name]))
        self.heads = self._heads(after)
        self._found[-1] = replace(self._found[-1], after=self.heads)

    def _note(
        self,
        name: str,
        sent: tuple[PlannedCall, ...],
        reason: CannotTell | None = None,
        *,
        ends: bool = False,
    ) -> None:
        revision = self.history.revisions[name]
        if revision.source.data_only:
            reason = CannotTell("is marked as data-only, so it is not replayed",
                                where=revision.where())  # fmt: skip
        script = self.history.project.scripts.get_revision(name)
        doc = script.doc if script else ""
        self._found.append(
            PlannedRevision(
                revision,
                self.up,
                doc,
                sent,
                self.heads,
                self.heads,
                self._version_table,
                self._versions_created,
                reason,
                ends,
                _shown_database(self.database),
            )
        )

    # what is known about rows

    def _versions(self, state: State) -> Rows:
        tables = state.rows.tables
        return Rows({key: held for key, held in tables.items() if key[1] == self._version_table})

    def _heads(self, state: State) -> tuple[str, ...]:
        tables = self._versions(state).tables
        held = [
            rows for key, rows in tables.items() if key[0] == self.database or not self.database
        ]
        return tuple(sorted(str(row[0]) for contents in held for row in contents.rows))

    def _forgotten(self, state: State) -> Rows:
        """As ``state`` has them, for the version table alone: all others may hold anything."""
        tables = {
            (table.schema, table.name): state.rows.of(table).forgotten()
            for schema in state.catalog.schemas.values()
            for table in schema.tables.values()
            if table.name != self._version_table
        }
        return Rows({**tables, **self._versions(state).tables})


def _shown_database(schema: str) -> str:
    """The name of one of several databases; the first one has none in a catalog."""
    return "the first database" if schema == DEFAULT_SCHEMA else schema
