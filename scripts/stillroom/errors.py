"""Exit codes, the layout of a message, and expected failures that a user can fix."""

from __future__ import annotations

import unicodedata

EXIT_CLEAN = 0
EXIT_FINDINGS = 1
EXIT_CANNOT = 2
EXIT_INTERRUPTED = 130


def message(where: object, what: str, *details: str) -> str:
    """``where: what``, and the lines of ``details`` indented below it, all of it printable."""
    place, head = printable(str(where)), printable(what, "\n")
    lines = [
        f"    {line}".rstrip() for text in details for line in printable(text, "\n").splitlines()
    ]
    return "\n".join([f"{place}: {head}" if place else head, *lines])


# Control and format characters, lone surrogates, separators of lines and of paragraphs.
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))


def printable(text: str, keep: str = "") -> str:
    """``text`` with what a terminal would obey, or not show, as escapes: ESC is ``\\x1b``.

    Characters in ``keep`` stay.
    """
    if text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode()
        if unicodedata.category(char) in _UNSEEN and char not in keep
        else char
        for char in text
    )


def counted(number: int, singular: str, many: str = "") -> str:
    """``1 finding``, ``2 findings``; with ``many``, ``1 statement is``, ``2 statements are``."""
    return f"{number} {singular if number == 1 else many or f'{singular}s'}"


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

    @property
    def first_line(self) -> str:
        """Where it is, and what is wrong, for a sentence of somebody else."""
        return str(self).partition("\n")[0]


class SettingsError(StillroomError):
    """A setting in the environment, ``.env`` or ``alembic.ini`` is missing or malformed."""


class CannotTell(StillroomError):
    """No verdict is possible: something could not be read, imported or replayed."""
