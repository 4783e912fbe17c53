"""Replays a history: takes a catalog, in place of a server, to a revision."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import alembic
import sqlalchemy
from alembic.config import Config
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.util import to_tuple

from stillroom.catalog import Target
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.errors import CannotTell
from stillroom.findings import shown
from stillroom.project.alembic_env import alembic_internals
from stillroom.project.folders import history_cache
from stillroom.project.settings import of_config, target_of
from stillroom.replay import cache_keys
from stillroom.replay import origin as origins
from stillroom.replay.alembic_project import AlembicProject, explained, opened, root_of, run
from stillroom.replay.cache import Cache, engine_digest, key_of
from stillroom.replay.databases import schema_of
from stillroom.replay.known_states import Acceptance, KnownState
from stillroom.replay.origin import Origin
from stillroom.replay.revisions.graph import Revision, make_lazy, revisions
from stillroom.replay.revisions.heads import Head
from stillroom.replay.scratch import ReplayedStatement, ScratchServer
from stillroom.replay.server import Call, ExecutedStatement, Server, State
from stillroom.replay.steps import ancestors, before, step_of, try_undo, watch
from stillroom.replay.version_updates import compiled_once

# States are kept at these distances, so that a history that lost its last revisions starts nearby.
_KEPT_EVERY = 100


@contextmanager
def opened_history(
    config: Config,
    *,
    target: Target | None = None,
    cache: Path | None = None,
    runs_env: bool = True,
) -> Iterator[History]:
    """The history of any Alembic project, to be replayed, compared, looked at and planned.

    ``config`` is the project's own, as for Alembic's commands. ``target`` is by default that of
    the project's [stillroom], else MariaDB 10.11; ``cache`` the folder of states of former
    replays, by default that of the project. Unless ``runs_env``, its env.py is not run. Raises
    CannotTell, with the place, if the files make no graph.
    """
    folder = cache or history_cache(root_of(config))
    # An env.py may have a say in what revisions do.
    kept = Cache(folder if runs_env else folder.with_name(f"{folder.name}-without-env"))
    with opened(config, runs_env=runs_env) as project:
        yield History.read(project, target or target_of(config), kept)


def read_revisions(project: AlembicProject, cache: Cache | None = None) -> dict[str, Revision]:
    """The revisions of a project; CannotTell if their files make no graph."""
    try:
        return revisions(project.scripts, cache.source) if cache else revisions(project.scripts)
    except CannotTell:
        raise
    except Exception as error:
        raise explained(error, project) from error


def heads_of(order: Sequence[Revision]) -> frozenset[str]:
    """The newest of some revisions."""
    parents = {parent for revision in order for parent in revision.source.down_revision}
    return frozenset(revision.id for revision in order) - parents


@dataclass
class History:
    """The revisions of one project for one target."""

    project: AlembicProject
    target: Target
    revisions: dict[str, Revision]
    cache: Cache | None
    # What the project has accepted behind some revisions, as if a revision had made it.
    accepted: Sequence[Acceptance] = ()
    # Where a replay may begin, in place of the first revision.
    known: KnownState | None = None
    began_at_known: bool = False
    origin: Origin = field(kw_only=True)
    # What runs the revisions where a replay cannot; None if no server is set.
    scratch: ScratchServer | None = None
    # The scratch server whose answer something of this history depends on; "" for none.
    server: str = ""
    # How a real server differs from its product's defaults, as statements.
    settings: tuple[str, ...] = ()

    @classmethod
    def read(cls, project: AlembicProject, target: Target, cache: Cache | None) -> History:
        """Raises CannotTell if the files make no graph."""
        graph = read_revisions(project, cache)
        make_lazy(project.scripts, graph)
        if cache:
            cache.save_sources()
        origin = origins.read(project, of_config(project.config), target)
        if origin.passed:
            make_lazy(project.scripts, graph, origin.passed)
        return cls(project, target, graph, cache, origin=origin)

    @property
    def empty(self) -> State:
        """The state before the first revision that is replayed."""
        return self.origin.state

    def heads(self) -> list[Head]:
        """The newest revisions."""
        scripts = self.project.scripts
        return [
            Head(
                revision.id,
                shown(revision.path),
                frozenset(getattr(scripts.get_revision(name), "branch_labels", ())),
            )
            for name in scripts.get_heads()
            if (revision := self.revisions[name])
        ]

    def last_contracts(self) -> list[Revision]:
        """The contract revisions that no other revision follows, the newest first."""
        heads = [self.revisions[name] for name in self.project.scripts.get_heads()]
        contracts: list[Revision] = []
        while len(heads) == 1 and heads[0].source.contract is not None:
            contracts += heads
            heads = [self.revisions[name] for name in contracts[-1].source.down_revision]
        return contracts

    def order(self, revision: str) -> list[Revision]:
        """The revisions from base to there, in the order in which Alembic upgrades.

        Those that are not replayed come first.
        Several revisions, of a database with as many heads, stand with commas between them.
        """
        scripts = self.project.scripts
        wanted = tuple(revision.split(",")) if "," in revision else revision
        try:
            with alembic_internals.explaining_revisions(scripts, revision):
                downwards = list(scripts.iterate_revisions(wanted, (), implicit_base=True))
        except Exception as error:
            raise explained(error, self.project) from error
        revisions = [self.revisions[script.revision] for script in reversed(downwards)]
        return sorted(revisions, key=lambda revision: revision.id not in self.origin.passed)

    def state_at(self, revision: str) -> State:
        """The state at a revision, from the cache as far as it goes."""
        return self.state_behind(self.order(revision))

    def state_behind(self, order: list[Revision]) -> State:
        """The state behind the first revisions of an ``order()``."""
        self.origin.refuse_unknown({revision.id for revision in order})
        keys = self._keys(order)
        if not order:
            return self.accepting(self.empty, frozenset())
        start, done = self._nearest(keys)
        self._noted(start)
        if start is not None and start.databases and start.databases != self.databases(start):
            start, done = None, 0
        if self.known is not None and done < (count := self._revisions_at(self.known, order)):
            keys = self._keys_behind(self.known, order[:count], order[count:])
            start, done = self._nearest(keys, count)
            if start is None:
                start = self.accepting(self.known.state, heads_of(order[:count]))
                done = count
                self._keep(keys, [], start, count)
            self.began_at_known = True
        if done == len(order):
            return start or self.empty
        reached: list[tuple[int, State]] = []
        try:
            state = self._upgrade(start or self.empty, order, reached)
        except CannotTell:
            if self.scratch is None:
                raise
            state = self.scratch(tuple(revision.id for revision in order), frozenset()).state
            self._noted(state)
        state = self.accepting(state, heads_of(order))
        self._keep(keys, reached, state)
        return state

    def _revisions_at(self, known: KnownState, order: Sequence[Revision]) -> int:
        """How many of ``order`` are behind ``known``; 0 if a replay could not begin there."""
        count = len(known.revisions)
        if known.revisions != {revision.id for revision in order[:count]}:
            return 0
        heads = heads_of(order[:count])
        accepted_before = any(
            acceptance.heads <= known.revisions and acceptance.heads != heads
            for acceptance in self.accepted
        )
        return 0 if accepted_before else count

    def move(
        self,
        state: State,
        revision: str,
        *,
        down: bool = False,
        trace: list[ReplayedStatement] | None = None,
        undo: Collection[str] = (),
    ) -> State:
        """The state after an upgrade, or a downgrade, from ``state`` to ``revision``.

        ``trace`` gets every statement that a revision runs on the way, but queries. Behind each of
        the revisions ``undo`` its downgrade is tried, too: ``trace`` has what it runs, as far as
        it comes, and the state stays what it was.
        """
        scripts = self.project.scripts
        told = [] if trace is None else trace
        seen, behind, names = len(told), set[str](), list[str]()

        def steps(heads: Any, context: MigrationContext) -> Any:
            if down:
                return alembic_internals.downgrade_steps(scripts, revision, heads)
            wanted = list(alembic_internals.upgrade_steps(scripts, revision, heads))
            behind.update(ancestors(scripts, heads))
            names.extend(step.revision.revision for step in wanted)
            return wanted

        try:
            return self._run(state, steps, revision, trace, undo=undo)
        except CannotTell:
            if self.scratch is None or not names or not self.revisions.keys() >= {*names}:
                raise
            del told[seen:]
            behind.update(names)
            order = [each.id for each in self.order("heads") if each.id in behind]
            return self._move_on_server(order, names, told, undo)

    def _move_on_server(
        self,
        order: list[str],
        names: list[str],
        trace: list[ReplayedStatement],
        undo: Collection[str],
    ) -> State:
        """As ``move`` upwards by the last of ``order``; what undoes them is still replayed."""
        assert self.scratch is not None
        ran = self.scratch(tuple(order), frozenset(names))
        self._noted(ran.state)
        for name in names:
            trace.extend(sent for sent in ran.statements if sent.revision == name)
            if name in undo:
                self._undo(ran.states[name], name, trace)
        return ran.state

    def _undo(self, state: State, name: str, trace: list[ReplayedStatement]) -> None:
        """Add what the downgrade of the revision ``name`` runs, as far as it can be told."""
        scripts = self.project.scripts

        def steps(heads: Any, context: MigrationContext) -> Any:
            script = scripts.get_revision(name)
            assert script is not None
            return [MigrationStep.downgrade_from_script(scripts.revision_map, script)]

        with suppress(CannotTell):  # many revisions refuse to be undone
            self._run(state, steps, name, trace)

    def _upgrade(
        self, start: State, order: list[Revision], reached: list[tuple[int, State]]
    ) -> State:
        """Run those of ``order`` that ``start`` lacks; ``reached`` gets the states between."""
        scripts = self.project.scripts
        position = {revision.id: index for index, revision in enumerate(order)}
        calls = 0

        def steps(heads: tuple[str, ...], context: MigrationContext) -> list[Any]:
            nonlocal calls
            calls += 1
            applied = ancestors(scripts, heads)
            wanted = [revision.id for revision in order if revision.id not in applied]
            return [step_of(scripts, name) for name in wanted]

        def before_step(name: str, server: Server) -> None:
            if calls == 1 and position[name] % _KEPT_EVERY == 0 and position[name]:
                reached.append((position[name], server.state))

        state = self._run(start, steps, "heads", None, before_step)
        if calls > 1:  # several databases, one after the other: only the end is a state of all
            reached.clear()
        return state

    def _run(
        self,
        state: State,
        steps: Callable[[Any, MigrationContext], Any],
        destination: str,
        trace: list[ReplayedStatement] | None,
        before_step: Callable[[str, Server], None] | None = None,
        called: Callable[[Call], None] | None = None,
        undo: Collection[str] = (),
    ) -> State:
        current: list[tuple[str, bool]] = []
        databases: list[str] = []

        def heard(statement: ExecutedStatement) -> None:
            if trace is not None and current:
                name, up = current[-1]
                trace.append(
                    ReplayedStatement(
                        name,
                        up,
                        statement.place,
                        statement.sql,
                        statement.kind.value,
                        statement.before,
                        statement.after,
                        statement.error,
                    )
                )

        def told(call: Call) -> None:
            if called is not None and current:
                called(call)

        server = Server(
            state,
            call_sites=self.project.call_sites,
            listener=heard if trace is not None else None,
            call_listener=told if called is not None else None,
            settings=self.settings,
        )

        def watched(heads: tuple[str, ...], context: MigrationContext) -> list[Any]:
            databases.append(schema_of(context))
            listed = list(steps(heads, context))
            for step in listed:
                watch(step, server, current, before_step)
                self._accept_before(step, server)
                if step.revision.revision in undo:
                    try_undo(step, server, current)
            return listed

        with compiled_once():
            run(self.project, server, watched, destination_rev=destination)
        several = tuple(databases) if databases != [DEFAULT_SCHEMA] else ()
        return State(server.catalog.without_temporary(), server.state.rows, several, state.server)

    def databases(self, state: State) -> tuple[str, ...]:
        """The schemas that env.py works in today: another URL may name another database."""
        return self._run(state, lambda *_: (), "heads", None).databases

    def _accept_before(self, step: Any, server: Server) -> None:
        """Let ``step`` run on what was accepted when its parents were the heads."""
        parents = frozenset(to_tuple(step.revision.down_revision, default=()))

        def begin(step: Any) -> None:
            server.state = self.accepting(server.state, parents)

        if step.is_upgrade and self.accepted:
            before(step, begin)

    def accepting(self, state: State, heads: frozenset[str]) -> State:
        """``state`` with what the project has accepted where the history ends in ``heads``."""
        for acceptance in self.accepted:
            if acceptance.heads == heads:
                state = replace(state, catalog=acceptance.applied(state.catalog))
        return state

    def _noted(self, state: State | None) -> None:
        """Remember the scratch server that ``state`` depends on."""
        self.server = state.server if state is not None and state.server else self.server

    # the cache

    def _keys(self, order: Sequence[Revision]) -> list[str]:
        """The key of the state before each revision, and behind the last."""
        if self.cache is None:
            return []
        key = key_of(*self._surroundings())
        return self._chained(self._key_accepting(key, frozenset()), frozenset(), order)

    def _surroundings(self) -> Iterator[str]:
        """What every state depends on."""
        yield from (engine_digest(), sqlalchemy.__version__, alembic.__version__)
        yield from (str(self.target), self.origin.digest, *self.settings)
        yield from self._env_py

    @cached_property
    def _env_py(self) -> tuple[str, ...]:
        """Digests of env.py and what it imports, which takes long enough to do it once."""
        if self.cache is None:
            return ()
        return tuple(cache_keys.of_env_py(self.project, self.cache))

    def _keys_behind(
        self, known: KnownState, behind: Sequence[Revision], order: Sequence[Revision]
    ) -> list[str]:
        """As ``_keys``, of the revisions ``behind`` the known state and of those after it."""
        if self.cache is None:
            return []
        heads = heads_of(behind)
        key = key_of(*self._surroundings(), "known", known.digest)
        return [
            *[""] * len(behind),
            *self._chained(self._key_accepting(key, heads), heads, order),
        ]

    def _chained(self, key: str, heads: frozenset[str], order: Sequence[Revision]) -> list[str]:
        keys = [key]
        for revision in order:
            heads = heads.difference(revision.source.down_revision) | {revision.id}
            key = key_of(keys[-1], *cache_keys.of_revision(revision, self.project))
            keys.append(self._key_accepting(key, heads))
        return keys

    def _key_accepting(self, key: str, heads: frozenset[str]) -> str:
        digests = [acceptance.digest for acceptance in self.accepted if acceptance.heads == heads]
        return key_of(key, *digests) if digests else key

    def _nearest(self, keys: list[str], first: int = 1) -> tuple[State | None, int]:
        """The state that lies furthest on the way, and how many revisions it holds."""
        for done in range(len(keys) - 1, first - 1, -1):
            state = (
                self.cache.get(keys[done]) if self.cache and self.cache.has(keys[done]) else None
            )
            if state is not None:
                return state, done
        return None, 0

    def _keep(
        self, keys: list[str], reached: list[tuple[int, State]], state: State, at: int = -1
    ) -> None:
        if self.cache is None:
            return
        for position, between in reached:
            self.cache.put(keys[position], between)
        self.cache.put(keys[at], state)
        self.cache.prune()
