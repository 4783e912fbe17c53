"""The errors of the catalog: what the server would refuse, and what the catalog does not know."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er


class CatalogError(Exception):
    """A statement that left the catalog as it was."""


class DDLError(CatalogError):
    """The server of the target would refuse this statement, with this number and message."""

    def __init__(self, number: int, message: str) -> None:
        self.number = number
        self.message = message
        super().__init__(number, message)

    def __str__(self) -> str:
        return f"({self.number}) {self.message}"


class Unsupported(CatalogError):
    """A statement whose effect the catalog does not know, so it does not pretend to.

    ``position`` is an offset in characters into ``statement``; ``line`` and ``column``,
    from 1, and ``near`` are derived from it.
    """

    def __init__(self, statement: str, position: int, reason: str) -> None:
        self.statement = statement
        self.position = position
        self.reason = reason
        super().__init__(statement, position, reason)

    @property
    def line(self) -> int:
        """The line of the position, from 1."""
        return self.statement.count("\n", 0, self.position) + 1

    @property
    def column(self) -> int:
        """The column of the position in its line, from 1."""
        return self.position - (self.statement.rfind("\n", 0, self.position) + 1) + 1

    @property
    def near(self) -> str:
        """The text at the position, at most 40 characters of one line."""
        lines = self.statement[self.position : self.position + 40].splitlines()
        return lines[0] if lines else ""

    def __str__(self) -> str:
        at = f"line {self.line}, column {self.column}"
        return f"{self.reason} ({at}, near {self.near!r})" if self.near else f"{self.reason} ({at})"


def syntax_error(product: str, statement: str, position: int) -> DDLError:
    """Error 1064 as the server words it; ``product`` is ``MySQL`` or ``MariaDB``."""
    line = statement.count("\n", 0, position) + 1
    near = statement[position : position + 80]
    return DDLError(
        er.PARSE_ERROR,
        "You have an error in your SQL syntax; check the manual that corresponds to your "
        f"{product} server version for the right syntax to use near '{near}' at line {line}",
    )
