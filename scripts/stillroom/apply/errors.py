"""Expected failures of an upgrade: each with its code, what is wrong, and the ways out."""

from __future__ import annotations

from collections.abc import Sequence

from alembic.util import CommandError

from stillroom.errors import EXIT_INTERRUPTED, StillroomError, counted
from stillroom.shell import Command


def ways_out() -> str:
    """What can be done about a half-applied revision, a line each."""
    return (
        f"{Command('status')}    shows how far it got\n"
        f"{Command('resume')}    finishes it\n"
        f"{Command('repair')}    lets you decide statement by statement"
    )


class ApplyError(StillroomError, CommandError):
    """Something stopped an upgrade. ``code`` is never reused.

    It is Alembic's CommandError too, so that ``alembic`` itself prints it without a traceback.
    """

    def __init__(self, code: str, what: str, *, where: str = "", fix: str = "") -> None:
        self.code = code
        super().__init__(f"{code} {what}", where=where, fix=fix)

    @property
    def is_of_a_statement(self) -> bool:
        """Whether it is about how one statement of a revision is run."""
        return self.code.startswith("AP4")

    @classmethod
    def refused(cls, failure: BaseException) -> ApplyError:
        """AP111: the server refuses one of our own statements."""
        words = " ".join(str(word) for word in failure.args)
        return cls("AP111", f"the server refused a statement that Stillroom itself needs: {words}")

    @classmethod
    def waiting(cls, revision: str, direction: str, done: int, asked: str) -> ApplyError:
        """AP201: a half-applied revision has to be finished before what is ``asked``."""
        return cls(
            "AP201",
            f"the {direction} of revision {revision} is half-applied ("
            f"{counted(done, 'statement is', 'statements are')} done); finish it before"
            f" you run {asked}",
            fix=ways_out(),
        )

    @classmethod
    def other_path(
        cls, revision: str, direction: str, left: Sequence[str], programs: Sequence[str] = ()
    ) -> ApplyError:
        """``left`` was done, and is not asked for now; ``programs`` were started both times."""
        listed = "\n".join(shorten(statement) for statement in left[:5])
        more = f"\n… and {len(left) - 5} more" if len(left) > 5 else ""
        repair = Command("repair", not_done=["3", "4"])
        return cls(
            "AP204",
            f"the {direction} of revision {revision} does not do now what it did before"
            f" it was interrupted: {_count(len(left))} that it ran then "
            f"{'is' if len(left) == 1 else 'are'} missing now",
            fix=(
                f"{listed}{more}\n\nThe version table is unchanged. Every query of the revision"
                f" got the same answer as before,\n{_cause(programs)}. Restore that, then run"
                f" {Command('resume')}.\n"
                f"Or undo these statements by hand, and record it: {repair}\n"
                f"({Command('repair')} shows their numbers)."
            ),
        )

    @classmethod
    def other_values(cls, revision: str, statement: str) -> ApplyError:
        """AP205: a statement is sent again with other values than before."""
        return cls(
            "AP205",
            f"revision {revision} now sends the same statement with other values, in"
            " another order than before it was interrupted; which of them are done cannot"
            " be determined",
            fix=f"{shorten(statement)}\n\n{ways_out()}",
        )

    @classmethod
    def lost_in(cls, statement: str) -> ApplyError:
        """AP110: the connection was lost in a statement, which may have happened."""
        return cls(
            "AP110",
            "the connection was lost during a statement, and the revision went on with"
            " another one; whether the lost one took effect is not known yet",
            fix=f"{shorten(statement)}\n\n{ways_out()}",
        )

    @classmethod
    def not_recordable(cls, revision: str, statement: str) -> ApplyError:
        """AP209: a revision reads values that the journal cannot keep."""
        return cls(
            "AP209",
            f"revision {revision} reads values of a type that the journal cannot store;"
            " if the upgrade were interrupted after the next statement, it could not"
            " be finished",
            fix=(
                f"{shorten(statement)}\n\nNothing irreversible was sent after this query."
                " Read the values as text or numbers,\nfor example with CAST(… AS CHAR)."
            ),
        )

    @classmethod
    def unrecorded(cls, revision: str, statement: str) -> ApplyError:
        """AP206: a recorded statement has no answer that could be given again."""
        return cls(
            "AP206",
            f"revision {revision} needs the result of a statement that ran before the"
            " interruption, and the journal could not store it",
            fix=f"{shorten(statement)}\n\n{ways_out()}",
        )


class Stopped(ApplyError):
    """A signal ended the upgrade."""

    exit_code = EXIT_INTERRUPTED


def shorten(text: str, width: int = 100) -> str:
    """A statement in one line."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"


def _cause(programs: Sequence[str]) -> str:
    """What a revision depends on besides what it reads through its connections."""
    if programs:
        return (
            f"but it also starts another program ({', '.join(programs)}),\n"
            "which finds the database as it is now"
        )
    return (
        "so the difference comes from something else: an environment variable, a file, the time,\n"
        "another server"
    )


def _count(number: int) -> str:
    return "one statement" if number == 1 else f"{number} statements"
