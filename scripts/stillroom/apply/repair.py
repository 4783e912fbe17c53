"""Carries out a person's decisions about a half-applied revision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from stillroom.apply import half_applied
from stillroom.apply.connection import Answer, Raw
from stillroom.apply.errors import ApplyError
from stillroom.apply.events import ignore
from stillroom.apply.inspector import look_at_each, reach
from stillroom.apply.journal.applied_sources import read_source
from stillroom.apply.journal.entries import DONE, Entry
from stillroom.apply.journal.journal import Journal
from stillroom.apply.lock.galera import lock_for
from stillroom.apply.outcome import definitions
from stillroom.apply.outcome.outcome import Before, journalled
from stillroom.apply.preflight import same_code
from stillroom.apply.statements import Kind
from stillroom.errors import counted
from stillroom.shell import Command


@dataclass(frozen=True)
class Recorded:
    """One statement of a half-applied revision.

    ``number`` names it in decisions. ``state`` is "done", "in doubt" or "failed" (and the
    migration went on). ``before`` and ``now`` are the definitions of what it names, before
    it was sent and at this moment; None for what is not there, empty if none were taken.
    """

    number: int
    text: str
    state: str
    before: Before
    now: Before


@dataclass(frozen=True)
class Repair:
    """A half-applied revision of a database, as the journal there has it."""

    database: str
    revision: str
    direction: str
    statements: tuple[Recorded, ...]


def inspect(config: Config) -> list[Repair]:
    """The half-applied revisions of all databases of env.py, with both states of each statement.

    Decisions are about the first.
    """
    return [found for found in look_at_each(config, _inspect) if found is not None]


def decide(
    config: Config,
    *,
    done: Sequence[int] = (),
    not_done: Sequence[int] = (),
    accept_edit: bool = False,
    lock_timeout: float = 10.0,
) -> list[str]:
    """Mark statements as done or as not done, by number; returns what was done, in words.

    What is not done is run by the next upgrade; what is done is not. ``accept_edit``: the
    edited revision is the right one, and is to be finished as it is now. Raises ApplyError for
    numbers that the journal does not have, and while somebody is at work on the database.
    """

    def change(raw: Raw, journal: Journal, script: ScriptDirectory) -> list[str]:
        return _change(raw, journal, script, (done, not_done, accept_edit))

    database, words = _changed(config, lock_timeout, change)
    return [f"{database}: {word}" for word in words] if database else words


def forget(config: Config, *, lock_timeout: float = 10.0) -> str:
    """Throw the journal away: a person has put the database right, and sets its version.

    Returns the name of the database if it is one of several of the same env.py, else "".
    """

    def drop(raw: Raw, journal: Journal, _script: ScriptDirectory) -> list[str]:
        journal.drop(raw)
        return []

    return _changed(config, lock_timeout, drop)[0]


def _changed(
    config: Config,
    lock_timeout: float,
    change: Callable[[Raw, Journal, ScriptDirectory], list[str]],
) -> tuple[str, list[str]]:
    """Run ``change`` under the lock of the database that needs it; returns what it says was done.

    Of an env.py that works on several it is the first with a half-applied revision; its name comes
    before that, which is "" for a single one.
    """
    needs = look_at_each(config, _need)
    if not any(needs):
        raise _nothing_to_repair()
    chosen, numbers = needs.index(max(needs)), count()

    def locked(context: MigrationContext, script: ScriptDirectory) -> tuple[str, list[str]] | None:
        if next(numbers) != chosen:
            return None
        raw, server, journal = reach(context)
        assert context.connection is not None
        engine = context.connection.engine
        lock = lock_for(raw, server, journal, engine, lock_timeout, ignore)
        if raw.mysql:
            lock.take()
        try:
            words = change(raw, journal, script)
            raw.commit()
        finally:
            if raw.mysql:
                lock.release()
        return server.database if len(needs) > 1 else "", words

    return next(done for done in look_at_each(config, locked) if done is not None)


def _nothing_to_repair() -> ApplyError:
    return ApplyError("AP303", "there is no half-applied revision to repair")


def _need(context: MigrationContext, _script: ScriptDirectory) -> int:
    """How much a database needs a repair: a journal that nobody can read is the worst."""
    raw, _, journal = reach(context)
    if not journal.look(raw):
        return 0
    try:
        return 2 if half_applied.find(journal.read(raw)) else 1
    except ApplyError:
        return 3


def _inspect(context: MigrationContext, _script: ScriptDirectory) -> Repair | None:
    raw, server, journal = reach(context)
    interrupted = half_applied.find(journal.read(raw)) if journal.look(raw) else None
    if interrupted is None:
        return None
    statements = tuple(_recorded(raw, interrupted, entry) for entry in interrupted.statements)
    return Repair(server.database, interrupted.revision, interrupted.direction, statements)


def _recorded(raw: Raw, interrupted: half_applied.HalfApplied, entry: Entry) -> Recorded:
    state = "in doubt" if entry in interrupted.doubtful else entry.state
    statement = journalled(entry.statement, entry.before)
    now: Before = {}
    if raw.mysql and statement.kind is not Kind.DML:
        now = {
            f"{item.kind} {item.name}": definitions.definition(raw, item)
            for item in statement.objects
        }
    return Recorded(entry.line, entry.statement, state, entry.before or {}, now)


def _change(
    raw: Raw,
    journal: Journal,
    script: ScriptDirectory,
    wanted: tuple[Sequence[int], Sequence[int], bool],
) -> list[str]:
    done, not_done, accept_edit = wanted
    interrupted = half_applied.find(journal.read(raw)) if journal.look(raw) else None
    if interrupted is None:
        raise _nothing_to_repair()
    known = {entry.line: entry for entry in interrupted.recorded}
    if missing := sorted({*done, *not_done} - known.keys()):
        raise ApplyError(
            "AP207",
            f"the journal has no statement {missing[0]}",
            fix=f"{Command('repair')}    lists the statements",
        )
    for line in done:
        known[line].state, known[line].answer = DONE, known[line].answer or Answer()
        known[line].error = None
        journal.write(raw, [known[line]])
    undone = [entry for line in not_done for entry in interrupted.with_parts(known[line])]
    journal.delete(raw, [entry.line for entry in undone])
    words = [f"Statement {line} is now recorded as done." for line in done]
    words += [
        f"Statement {line} is now recorded as not done; the next run runs it." for line in not_done
    ]
    if accept_edit:
        words.append(_accept_edit(raw, journal, script, interrupted))
    return words


def _accept_edit(
    raw: Raw, journal: Journal, script: ScriptDirectory, interrupted: half_applied.HalfApplied
) -> str:
    before, source = (
        interrupted.header.source,
        read_source(script.get_revision(interrupted.revision)),
    )
    interrupted.header.source = source
    journal.write(raw, [interrupted.header])
    if before is not None and source is not None and same_code(before, source):
        return (
            f"Revision {interrupted.revision} was not edited after it was started: there is"
            " nothing to accept."
        )
    done = counted(interrupted.count, "statement is done and stays", "statements are done and stay")
    return (
        f"The edit of revision {interrupted.revision} is accepted: {done} done; the rest is run as"
        " the file says now."
    )
