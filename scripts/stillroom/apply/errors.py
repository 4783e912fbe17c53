"""Expected failures of an upgrade: each with its code, what is wrong, and the ways out."""

from __future__ import annotations

from collections.abc import Sequence

from alembic.util import CommandError

from stillroom.errors import EXIT_INTERRUPTED, StillroomError, counted
from stillroom.shell import Command


def ways_out() -> str:
    """What can be done about a half-applied revision, a line each."""
    return (
        f"{Command('status')}    shows how far it has come\n"
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
        words = " ".join(str(word) for word in failure.args)
        return cls("AP111", f"the server refused what the upgrade itself needs: {words}")

    @classmethod
    def waiting(cls, revision: str, direction: str, done: int, asked: str) -> ApplyError:
        return cls(
            "AP201",
            f"the {direction} of revision {revision} is half-applied"
            f" ({counted(done, 'statement is', 'statements are')} done),"
            f" so that {asked} has to wait",
            fix=ways_out(),
        )

    @classmethod
    def other_path(cls, revision: str, direction: str, left: Sequence[str]) -> ApplyError:
        listed = "\n".join(shorten(statement) for statement in left[:5])
        more = f"\n… and {len(left) - 5} more" if len(left) > 5 else ""
        repair = Command("repair", not_done=["3", "4"])
        return cls(
            "AP204",
            f"the {direction} of revision {revision} was begun earlier and took another path"
            f" then: it did {_count(len(left))} that it did not ask for now",
            fix=f"{listed}{more}\n\nThe version table was not moved. What the revision read through"
            " its connections was\ngiven back to it as it was the first time. So it depends on"
            " something else: a variable of\nthe environment, a file, the time, another server."
            f" Make that as it was, then {Command('resume')}.\n"
            f"Or undo these statements by hand, and say so: {repair}\n"
            f"({Command('repair')} shows their numbers).",
        )

    @classmethod
    def other_values(cls, revision: str, statement: str) -> ApplyError:
        return cls(
            "AP205",
            f"revision {revision} sends the same statement with other values and in another"
            " order than when it was begun, so that what is done and what is not cannot be told"
            " apart",
            fix=f"{shorten(statement)}\n\n{ways_out()}",
        )

    @classmethod
    def lost_in(cls, statement: str) -> ApplyError:
        return cls(
            "AP110",
            "the connection was lost in a statement, and the revision went on with another one;"
            " whether the statement has happened is not known yet",
            fix=f"{shorten(statement)}\n\n{ways_out()}",
        )

    @classmethod
    def not_recordable(cls, revision: str, statement: str) -> ApplyError:
        return cls(
            "AP209",
            f"revision {revision} reads values of a type that the journal cannot keep: if the"
            " upgrade were cut off after the next statement, it could not be finished",
            fix=f"{shorten(statement)}\n\nNothing that cannot be undone was sent after it. Read"
            " the values as text or numbers,\nfor example with CAST(… AS CHAR).",
        )

    @classmethod
    def unrecorded(cls, revision: str, statement: str) -> ApplyError:
        return cls(
            "AP206",
            f"revision {revision} needs the result of a statement that was done before,"
            " and the journal could not keep it",
            fix=f"{shorten(statement)}\n\n{ways_out()}",
        )


class Stopped(ApplyError):
    """A signal ended the upgrade."""

    exit_code = EXIT_INTERRUPTED


def shorten(text: str, width: int = 100) -> str:
    """A statement in one line."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"


def _count(number: int) -> str:
    return "one statement" if number == 1 else f"{number} statements"
