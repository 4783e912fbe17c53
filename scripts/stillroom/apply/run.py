"""Runs one command on one database, inside the project's own env.py."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial, update_wrapper
from typing import Any

from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event

from stillroom import batches
from stillroom.apply import foresight, half_applied, preflight, script
from stillroom.apply.connection import Raw, is_lost
from stillroom.apply.ddl.live_table import target_of
from stillroom.apply.ddl.online_copy import OnlineCopier
from stillroom.apply.ddl.progress import ProgressWatcher
from stillroom.apply.ddl.pt_osc import PtOsc
from stillroom.apply.ddl.sender import DdlSender
from stillroom.apply.errors import ApplyError
from stillroom.apply.events import (
    Finished,
    Listener,
    Noticed,
    Resumed,
    RevisionDone,
    RevisionStarted,
)
from stillroom.apply.failures import failed, of_server, place
from stillroom.apply.gate.ddl_queue import DdlQueue
from stillroom.apply.gate.driver_connections import DriverConnections
from stillroom.apply.gate.interception import Interception
from stillroom.apply.gate.recorder import Recorder
from stillroom.apply.half_applied import HalfApplied
from stillroom.apply.journal.applied_sources import AppliedSources, read_source
from stillroom.apply.journal.entries import DONE, REVISION, Entry
from stillroom.apply.journal.journal import journal_of
from stillroom.apply.lock.galera import lock_for
from stillroom.apply.lock.lock import Lock, deployer_line
from stillroom.apply.options import Direction, Options
from stillroom.apply.server import Server, long_transactions
from stillroom.apply.step_selection import before_contract, selected_steps
from stillroom.apply.throttle import ServerThrottle
from stillroom.catalog import Target
from stillroom.findings import Finding, shown
from stillroom.project.servers.server_urls import check_replicas


class _Moved(Exception):
    """On SQLite: another deployer has moved the version table since it was read."""


class Run:
    """One command on one database."""

    def __init__(
        self,
        context: MigrationContext,
        direction: Direction,
        revision: str | None,
        listener: Listener,
        options: Options,
    ) -> None:
        assert context.connection is not None
        assert context.script is not None
        self._context = context
        self._connection = context.connection
        self._script: ScriptDirectory = context.script
        self._direction = direction
        self._revision = revision
        self._listener = listener
        self._options = options
        self._raw = Raw(self._connection.connection.dbapi_connection, self._connection.dialect)
        self.server = Server.ask(self._raw)
        self._journal = journal_of(context, self.server)
        self._applied = AppliedSources(context, self._raw)
        self._target = target_of(self.server)
        self._tool = self._make_tool()
        self._recorder = self._make_recorder()
        self._interception = Interception(self._recorder)
        self._past_engines = DriverConnections(self._recorder, self._interception.leads_here)
        self._lock = self._make_lock()
        self._throttle = ServerThrottle(
            self._connection.engine, options, listener, lambda: self._raw.execute("DO 0")
        )
        self._watcher = self._make_watcher()
        self._half_applied: HalfApplied | None = None
        self._goes_on = False  # another run, or a script, has left a journal
        self._heads: set[str] = set()
        self._waiting: Finding | None = None  # what says that a contract revision waits
        self._began = time.monotonic()
        self.revisions = self._statements = self._skipped = 0

    def _make_tool(self) -> PtOsc:
        url, target = self._connection.engine.url, self._target or Target.parse("mysql 8.0")
        return PtOsc(url, target, self._options.max_load, self._options.lock_limit)

    def _make_recorder(self) -> Recorder:
        return Recorder(
            self._connection,
            self._journal,
            self._listener,
            self.server,
            DdlQueue(self.server, combine_alters=self._options.merge),
            self._make_sender,
            lambda: self._lock.check(),
        )

    def _make_sender(self, raw: Raw) -> DdlSender:
        """What sends the DDL of one connection."""
        copier = None
        if self._options.online_ddl and self._target is not None:
            copier = OnlineCopier(
                self._tool,
                self._journal,
                self._target,
                self.server.database,
                lambda: self._recorder.running,
                self._listener,
            )
        return DdlSender(
            raw,
            self._target,
            self._options,
            self._listener,
            copier,
            lambda: self._recorder.connections,
        )

    def _make_lock(self) -> Lock:
        engine, timeout = self._connection.engine, self._options.lock_timeout
        return lock_for(self._raw, self.server, self._journal, engine, timeout, self._listener)

    def _make_watcher(self) -> ProgressWatcher:
        engine, running = self._connection.engine, lambda: self._recorder.running
        return ProgressWatcher(engine, self.server, running, self._listener)

    @property
    def running(self) -> tuple[str | None, str | None]:
        """The revision and the statement that is being run."""
        running = self._recorder.running
        return self._recorder.revision, running.text if running else None

    # ---- the whole command ---------------------------------------------------------------

    def work(self, proceed: Callable[[], None]) -> None:
        """Take the lock, look around, let Alembic do its work through the recorder."""
        check_replicas(self._options.replicas)
        preflight.check_server(self.server, self._raw, self._options.target)
        self._lock.take()
        try:
            self._work(proceed)
        except self._raw.errors as failure:
            raise self._driver_failed(failure) from failure
        except Exception:
            raise
        except BaseException:  # Ctrl-C, SIGTERM
            self._give_up_connections()
            raise
        finally:
            self._end()

    def _work(self, proceed: Callable[[], None]) -> None:
        with preflight.own_settings(self.server, self._raw):
            self._goes_on = self._journal.look(self._raw)
            self._half_applied = half_applied.take_over(self._journal, self._raw, self._tool)
            self._check_history()
            self._interception.install(self._connection)
            self._past_engines.install(self._connection)
            if self._raw.mysql:
                self._watcher.start()
            with batches.throttled(self._throttle):
                self._proceed(proceed)
            self._clean_up()

    def _end(self) -> None:
        """Leave everything as it was found, whatever has happened."""
        self._watcher.stop()
        self._past_engines.remove()
        self._interception.remove()
        self._recorder.close()
        self._throttle.close()
        with suppress(self._raw.errors):  # a dead connection has lost the lock already
            if not self._connection.invalidated:
                self._drop_empty_journal()
                if not self._raw.mysql and self._connection.in_transaction():
                    # env.py has begun it, and ends it: of a file it is the lock as well.
                    event.listen(self._connection, "commit", self._note_commit)
                else:
                    self._lock.release()

    def _note_commit(self, _: Connection) -> None:
        self._recorder.committed = True

    def _give_up_connections(self) -> None:
        """Ask nothing more: on a connection that is half-open no answer would ever come.

        The server ends what it has begun, and lets go of the lock when it sees the end.
        """
        if self._raw.mysql:
            self._recorder.give_up()
            self._throttle.give_up()
            self._connection.invalidate()

    def _driver_failed(self, failure: Any) -> ApplyError:
        """One of our own statements has failed: mostly because the connection is gone."""
        if self._connection.dialect.is_disconnect(failure, None, None) or is_lost(failure):
            self._connection.invalidate(failure)  # or its pool would try to reset it, and log that
        return of_server(failure, "") or ApplyError.refused(failure)

    def _check_history(self) -> None:
        preflight.check_heads(self._script, self._applied.heads())
        if self._half_applied is not None:
            half_applied.check_source(self._half_applied, self._script)
            half_applied.check_heads(self._half_applied, self._script, self._applied.heads())
        self._applied.load()
        begun = self._half_applied.revision if self._half_applied else None
        for finding in preflight.edited_revisions(self._script, self._applied, begun):
            self._listener(Noticed(finding))

    def _proceed(self, proceed: Callable[[], None]) -> None:
        if self._raw.mysql:
            proceed()
            # Also what an env.py has begun and would never commit.
            self._raw.commit()
            self._recorder.committed = True
            return
        while True:
            try:
                self._lock.take()
                self._context._ensure_version_table()
                self._commit_file()
                proceed()
                break
            except _Moved:
                continue

    def _commit_file(self) -> None:
        """SQLite: end our own transaction, but none that env.py has begun."""
        if not self._connection.in_transaction():
            self._raw.commit()

    # ---- the revisions -------------------------------------------------------------------

    def steps(self, heads: tuple[str, ...]) -> Iterator[RevisionStep]:
        """What Alembic is to run, with every revision's function wrapped."""
        self._heads = set(heads)
        begun = self._half_applied
        steps = selected_steps(self._script, self._direction, self._revision, heads, begun)
        waits = self._options.contract
        steps, self._waiting = before_contract(self._script, steps, heads, begun, waits)
        if not steps:
            return
        if self._raw.mysql:
            foresight.check(steps[begun is not None :], self.server, self._raw)
        self._prepare()
        for number, step in enumerate(steps, start=1):
            own = step.migration_fn
            migrate = partial(self._migrate, step, own, number, len(steps))
            step.migration_fn = update_wrapper(migrate, own)  # Alembic logs its name
            yield step

    def _prepare(self) -> None:
        """Before the first revision: what the run itself needs in the database."""
        if self._raw.mysql:
            self._journal.create(self._raw)
            self._journal.write(self._raw, [deployer_line(self.server.connection or 0)])
            self._applied.prepare()
            self._raw.commit()
            for finding in long_transactions(self._raw, self._options.long_transaction):
                self._listener(Noticed(finding))
            self._raw.commit()
        else:
            self._applied.prepare()
            self._commit_file()
        if self._on_version_apply not in self._context.on_version_apply_callbacks:
            self._context.on_version_apply_callbacks = (
                *self._context.on_version_apply_callbacks,
                self._on_version_apply,
            )

    def _migrate(
        self,
        step: RevisionStep,
        function: Callable[..., None],
        number: int,
        total: int,
        **kw: Any,
    ) -> None:
        revision = step.revision.revision
        direction = "upgrade" if step.is_upgrade else "downgrade"
        if self._raw.mysql:
            # Without this, what is uncommitted of the revision before (env.py has begun a
            # transaction around all) would stand in the way of the journal.
            self._raw.commit()
        else:
            self._lock.take()
            if set(self._applied.heads()) != self._heads:
                raise _Moved
        preflight.check_version_table(step, self._applied, self._context.version_table)
        began = time.monotonic()
        self._begin(step, revision, direction)
        self._listener(RevisionStarted(revision, direction, step.doc or "", number, total))
        try:
            self._run_to_its_end(function, **kw)
        except BaseException as failure:
            recorder = self._recorder
            recorder.fail(failure)
            if isinstance(failure, Exception) and not isinstance(failure, ApplyError):
                kept = recorder.has_changes
                raise failed(
                    revision, step.revision.path, failure, kept, unversioned=not self._heads
                ) from failure
            if isinstance(failure, ApplyError) and failure.is_of_a_statement:
                path = step.revision.path
                failure.where = failure.where or place(failure, path)
            raise
        recorder = self._recorder
        self._statements += recorder.statements
        self._skipped += recorder.skipped
        elapsed = time.monotonic() - began
        self._done = RevisionDone(
            revision, direction, recorder.statements, recorder.skipped, elapsed
        )

    def _run_to_its_end(self, function: Callable[..., None], **kw: Any) -> None:
        try:
            function(**kw)
        except Exception:
            self._recorder.flush()  # what came before the failure has happened
            raise
        self._recorder.end()

    def _begin(self, step: RevisionStep, revision: str, direction: str) -> None:
        begun, self._half_applied = self._half_applied, None
        if begun is not None:
            doubt = begun.in_doubt.statement if begun.in_doubt else None
            verdict = begun.verdict
            word = None
            if verdict is not None:
                word = "done in part" if verdict.rest else "done" if verdict.done else "not done"
            done = begun.count
            self._listener(Resumed(revision, direction, done, doubt, word))
            header, recorded = begun.header, begun.recorded
        else:
            source = read_source(step.revision)
            header = Entry(REVISION, DONE, step.revision.path, source=source)
            header.revision, header.direction = revision, direction
            recorded = []
        self._recorder.unversioned = not self._heads
        self._recorder.begin(header, recorded)

    def _on_version_apply(self, *, step: Any, heads: set[str], **_: Any) -> None:
        """In the transaction that moves the version table: forget the journal's lines."""
        self._recorder.discard()
        if self._journal.exists and not self._journal.is_empty:
            self._journal.clear(self._raw)
        script = self._script.get_revision(step.up_revision_id)
        self._applied.record(script.revision, read_source(script), step.is_upgrade, heads)
        self._heads = set(heads)
        self._recorder.committed = False
        self.revisions += 1
        self._listener(self._done)

    # ---- the end -------------------------------------------------------------------------

    def _clean_up(self) -> None:
        self._drop_empty_journal()
        if self._goes_on and not self._journal.exists:
            script.drop_procedures(self._raw)
        elapsed = time.monotonic() - self._began
        heads = self._applied.heads()
        if self._raw.mysql:
            self._raw.commit()
        if self._waiting is not None:
            self._listener(Noticed(self._waiting))
        if self.revisions or self._direction != "resume":
            done = (self.revisions, self._statements, self._skipped)
            self._listener(Finished(*done, heads, elapsed))

    def _drop_empty_journal(self) -> None:
        if self._journal.exists and self._journal.is_empty:
            self._journal.drop(self._raw)
            if not self._raw.mysql:
                self._commit_file()

    def check_committed(self) -> None:
        """Raises ApplyError if env.py has thrown the last revision away."""
        if self.revisions and not self._recorder.committed and self._connection.closed:
            raise ApplyError(
                "AP302",
                "env.py did not commit, so the last revision was rolled back",
                where=shown(self._script.env_py_location),
                fix="Call context.configure(connection=…) before anything is executed on the"
                " connection, or commit it afterwards.",
            )
