"""Exit codes, the layout of a message, and expected failures: what a user can mend."""

from __future__ import annotations

EXIT_CLEAN = 0
EXIT_FINDINGS = 1
EXIT_CANNOT = 2
EXIT_INTERRUPTED = 130


def message(where: object, what: str, *details: str) -> str:
    """``where: what``, and the lines of ``details`` indented below it."""
    head = f"{where}: {what}" if str(where) else what
    lines = [f"    {line}".rstrip() for text in details for line in text.splitlines()]
    return "\n".join([head, *lines])


class StillroomError(Exception):
    """Something a user can mend: where it is, what is wrong, and what to do.

    ``str()`` is the message as it is printed: ``where: what``, then one indented line per
    remedy. It never holds a password; whoever raises it has masked URLs before.
    """

    exit_code = EXIT_CANNOT

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        self.what = what
        self.where = where
        self.fix = fix
        super().__init__(str(self))

    def __str__(self) -> str:
        return message(self.where, self.what, self.fix)


class SettingsError(StillroomError):
    """A setting in the environment, ``.env`` or ``alembic.ini`` is missing or malformed."""


class CannotTell(StillroomError):
    """No verdict is possible: something could not be read, imported or replayed."""
