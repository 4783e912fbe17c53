"""Finds a half-applied revision in the journal, settles it, and checks it against its file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError, to_tuple

from stillroom.apply.connection import Answer, Raw
from stillroom.apply.ddl.copy_tool import Tool
from stillroom.apply.ddl.online_leftovers import clean_all
from stillroom.apply.errors import ApplyError, shorten, ways_out
from stillroom.apply.gate import auto_increment
from stillroom.apply.gate.ledger import ending
from stillroom.apply.journal.applied_sources import read_source
from stillroom.apply.journal.entries import (
    COMBINED,
    COUNTER,
    DEPLOYER,
    DONE,
    LEASE,
    LOAD,
    NEXT,
    ONLINE,
    PART,
    REVISION,
    STARTED,
    Entry,
)
from stillroom.apply.journal.journal import Journal
from stillroom.apply.outcome.outcome import Outcome, Verdict, journalled
from stillroom.apply.preflight import difference, same_code
from stillroom.apply.statements import Kind
from stillroom.errors import counted
from stillroom.findings import shown
from stillroom.project import git_history
from stillroom.project.alembic_env.alembic_internals import version_folders
from stillroom.replay.steps import ancestors
from stillroom.shell import Command

_SILENT = frozenset({Kind.READ, Kind.SESSION, "snapshot", PART})

_ASIDE = frozenset({REVISION, DEPLOYER, COUNTER, ONLINE, LEASE})


@dataclass
class HalfApplied:
    """What the journal knows of a revision that was begun and not finished.

    ``recorded`` are its statements so far; ``doubtful`` those that were sent and whose end nobody
    saw: one statement, or a group. ``in_doubt`` is the first of them or, once they are settled, the
    one that was cut off, with its ``verdict``.
    """

    header: Entry
    recorded: list[Entry] = field(default_factory=list)
    doubtful: list[Entry] = field(default_factory=list)
    in_doubt: Entry | None = None
    verdict: Verdict | None = None

    @property
    def revision(self) -> str:
        """Its revision id."""
        return self.header.revision

    @property
    def direction(self) -> str:
        """``upgrade`` or ``downgrade``."""
        return self.header.direction

    @property
    def statements(self) -> list[Entry]:
        """Those that change something, in order."""
        return [entry for entry in self.recorded if entry.kind not in _SILENT]

    @property
    def has_changes(self) -> bool:
        """Whether a statement has changed something."""
        return any(entry.state == DONE or entry.rest for entry in self.statements)

    @property
    def count(self) -> int:
        """How many statements that the revision has asked for are done."""
        done = [entry for entry in self.statements if entry.state == DONE]
        return sum(len(self.asked(entry)) for entry in done)

    def asked(self, entry: Entry) -> list[Entry]:
        """An entry as the revision has asked for it: combined ones are several."""
        return self.with_parts(entry)[:-1] if entry.kind == COMBINED else [entry]

    def with_parts(self, entry: Entry) -> list[Entry]:
        """An entry, and before it the lines of what was combined in it."""
        place = start = self.recorded.index(entry)
        while entry.kind == COMBINED and start and self.recorded[start - 1].kind == PART:
            start -= 1
        return self.recorded[start : place + 1]


def find(entries: Sequence[Entry]) -> HalfApplied | None:
    """The half-applied revision in the lines of a journal, if there is one.

    A revision of which no statement is done or in doubt is not half-applied.
    """
    begun = _begun(entries)
    return begun if begun is not None and (begun.has_changes or begun.doubtful) else None


def _begun(entries: Sequence[Entry]) -> HalfApplied | None:
    header = next((entry for entry in entries if entry.kind == REVISION), None)
    if header is None:
        return None
    half_applied = HalfApplied(header)
    half_applied.recorded = [entry for entry in entries if entry.kind not in _ASIDE]
    half_applied.doubtful = _last_sent(half_applied.recorded)
    half_applied.in_doubt = half_applied.doubtful[0] if half_applied.doubtful else None
    for entry in half_applied.recorded:
        if entry.state in (STARTED, NEXT) and entry not in half_applied.doubtful:
            entry.state, entry.answer = DONE, Answer()
    return half_applied


def _last_sent(entries: Sequence[Entry]) -> list[Entry]:
    """What is written down as sent, and followed by nothing else."""
    start = len(entries)
    while start and entries[start - 1].state == NEXT:
        start -= 1
    if start and entries[start - 1].state == STARTED:
        start -= 1
    return list(entries[start:])


def take_over(journal: Journal, raw: Raw, tool: Tool) -> HalfApplied | None:
    """Read the journal as the one who has the lock, and put right what it left open.

    ``tool`` takes away what it left of a copy.
    Raises ApplyError if only a person can tell whether the last statement has happened.
    """
    if not journal.look(raw):
        return None
    entries = journal.read(raw)
    refuse_half_loaded(entries)
    open_counters = [entry for entry in entries if entry.kind == COUNTER]
    auto_increment.restore(raw, open_counters)
    journal.delete(raw, [entry.line for entry in open_counters])
    copies = [entry for entry in entries if entry.kind == ONLINE]
    clean_all(raw, journal, copies, tool)
    half_applied = _begun(entries)
    if half_applied is not None:
        if half_applied.doubtful:
            _settle(half_applied, journal, raw)
        ended = ending(half_applied.recorded)
        lines = {entry.line for entry in ended}
        half_applied.recorded = [
            entry for entry in half_applied.recorded if entry.line not in lines
        ]
        journal.delete(raw, lines)
        if not half_applied.has_changes:
            journal.abandon(raw)
            half_applied = None
    raw.commit()
    return half_applied


def _settle(half_applied: HalfApplied, journal: Journal, raw: Raw) -> None:
    doubtful = half_applied.doubtful
    verdicts = [
        Outcome(raw, journalled(entry.statement, entry.before)).verdict(entry.before or {})
        for entry in doubtful
    ]
    done = max(
        (count for count, verdict in enumerate(verdicts, start=1) if verdict.done), default=0
    )
    entry = half_applied.in_doubt = doubtful[min(done, len(doubtful) - 1)]
    verdict = half_applied.verdict = verdicts[doubtful.index(entry)]
    if verdict.done is None:
        raise ApplyError(
            "AP203",
            f"the {half_applied.direction} of revision {half_applied.revision} was interrupted"
            " during a statement, and whether that took effect cannot be determined:"
            f" {verdict.why}",
            fix=(
                f"{shorten(entry.statement)}\n\nLook at the data, then decide:\n"
                f"{Command('repair')}    shows the state before and now, and takes your answer"
            ),
        )
    for happened in doubtful[:done]:
        happened.answer = Answer()
        happened.state = happened.state if verdict.rest else DONE
    # What is left of it is run when the revision asks for it, with its settings.
    entry.rest = verdict.rest
    undone = [part for entry in doubtful[done:] for part in half_applied.with_parts(entry)]
    half_applied.recorded = [entry for entry in half_applied.recorded if entry not in undone]
    journal.delete(raw, [entry.line for entry in undone])
    if not verdict.rest:
        # It says of those before it that they are done; what said so of this one may be gone.
        journal.write(raw, [entry for entry in half_applied.recorded if entry.state == DONE][-1:])


def check_source(half_applied: HalfApplied, script: ScriptDirectory) -> None:
    """Raises ApplyError if the half-applied revision has no file here, or an edited one."""
    try:
        current: Script = script.get_revision(half_applied.revision)
    except CommandError:
        folders = version_folders(script)
        places = git_history.places_of(folders, half_applied.revision)
        raise ApplyError(
            "AP201",
            f"revision {half_applied.revision} is half-applied, but its file is not here",
            where=shown(folders[0]),
            fix="\n".join(
                [*places, "Finish it from a checkout that has the file.", "", ways_out()]
            ),
        ) from None
    now = read_source(current)
    before = half_applied.header.source
    if before is None or now is None or same_code(before, now):
        return
    path = Path(current.path)
    raise ApplyError(
        "AP202",
        f"revision {half_applied.revision} is half-applied, and its file was edited after it was"
        " started",
        where=shown(path),
        fix=(
            f"{difference(before, now, path.name)}\n\nTo accept the edit: "
            f"{Command('repair', accept_edit=True)}, then {Command('resume')}. Statements"
            " that are done stay done.\nTo undo the edit: restore the file, then "
            f"{Command('resume')}."
        ),
    )


def check_heads(half_applied: HalfApplied, script: ScriptDirectory, heads: tuple[str, ...]) -> None:
    """Raises ApplyError if the version table was moved past the half-applied revision."""
    applied = half_applied.revision in ancestors(script, heads)
    if applied is not (half_applied.direction == "upgrade"):
        return
    below = script.get_revision(half_applied.revision).down_revision
    before = below if half_applied.direction == "upgrade" else half_applied.revision
    now, then = (", ".join(to_tuple(revisions, ())) or "base" for revisions in (heads, before))
    raise ApplyError(
        "AP208",
        f"the {half_applied.direction} of revision {half_applied.revision} is half-applied ("
        f"{counted(half_applied.count, 'statement is', 'statements are')} done), but the"
        f" version table was moved to {now} meanwhile",
        fix=(
            f"To finish it: set the version table back to {then} by SQL, then "
            f"{Command('resume')}.\nIf the database already is as that revision leaves"
            f" it: {Command('repair', forget=True)}"
        ),
    )


def refuse_half_loaded(entries: Sequence[Entry]) -> None:
    """Raise ApplyError if the load of a snapshot was begun and not finished."""
    for entry in entries:
        if entry.kind == LOAD:
            raise ApplyError(
                "AP507",
                f"the load of {entry.statement} into this database was interrupted",
                fix=f"{Command('load')}    finishes it",
            )


def refuse(half_applied: HalfApplied, asked: str) -> ApplyError:
    """The error for a command that would leave the half-applied revision behind."""
    return ApplyError.waiting(
        half_applied.revision, half_applied.direction, half_applied.count, asked
    )
