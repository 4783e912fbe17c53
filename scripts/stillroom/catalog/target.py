"""The server that revisions are for: its family, its version and what follows from them."""

from __future__ import annotations

import re
from functools import total_ordering

from stillroom.catalog.record import record

MARIADB = "mariadb"
MYSQL = "mysql"

_TEXT = re.compile(r"(mariadb|mysql)[ \t_-]*(\d+)\.(\d+)(?:\.(\d+))?\Z", re.IGNORECASE)
_OLDEST = {MARIADB: (10, 6), MYSQL: (8, 0)}
_NEWEST_PATCH = 99


def family_and_version(text: str) -> tuple[str, str]:
    """What ``SELECT VERSION()`` says: ``10.11.6-MariaDB-log`` is ``("mariadb", "10.11.6")``."""
    number = re.match(r"[\d.]+", text.removeprefix("5.5.5-"))
    return MARIADB if "mariadb" in text.lower() else MYSQL, number[0] if number else text


@total_ordering
@record
class Target:
    """A family and a version. Without a patch level the newest one of the series is meant."""

    family: str
    major: int
    minor: int
    patch: int = _NEWEST_PATCH

    @classmethod
    def parse(cls, text: str) -> Target:
        """``mariadb 10.11`` or ``mysql 8.0.35``; ValueError for anything else."""
        match = _TEXT.match(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a target; write for example 'mariadb 10.11'")
        family, major, minor, patch = match.groups()
        target = cls(family.lower(), int(major), int(minor), int(patch) if patch else _NEWEST_PATCH)
        oldest = _OLDEST[target.family]
        if (target.major, target.minor) < oldest:
            raise ValueError(
                f"{text!r} is too old: {target.family} {oldest[0]}.{oldest[1]} is the oldest target"
            )
        return target

    @classmethod
    def of_server(cls, family: str, version: str) -> Target:
        """What a server of this version is, whatever its patch level; ValueError if too old."""
        return cls.parse(f"{family} {'.'.join(version.split('.')[:2])}")

    def __str__(self) -> str:
        patch = "" if self.patch == _NEWEST_PATCH else f".{self.patch}"
        return f"{self.family} {self.major}.{self.minor}{patch}"

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Target):
            return NotImplemented
        if other.family != self.family:
            raise TypeError(f"{self} and {other} cannot be compared: they are different products")
        return self.version < other.version

    @property
    def version(self) -> tuple[int, int, int]:
        """Major and minor version."""
        return (self.major, self.minor, self.patch)

    @property
    def mariadb(self) -> bool:
        """Whether the target is a MariaDB."""
        return self.family == MARIADB

    @property
    def mysql(self) -> bool:
        """Whether the target is a MySQL."""
        return self.family == MYSQL

    @property
    def product(self) -> str:
        """The name that the server's own messages use."""
        return "MariaDB" if self.mariadb else "MySQL"

    @property
    def version_number(self) -> int:
        """The version as executable comments count it, e.g. 101103 or 80035."""
        return self.major * 10000 + self.minor * 100 + self.patch

    def mariadb_from(self, major: int, minor: int = 0, patch: int = 0) -> bool:
        """Whether the target is a MariaDB of this version or a later one."""
        return self.mariadb and self.version >= (major, minor, patch)

    def mysql_from(self, major: int, minor: int = 0, patch: int = 0) -> bool:
        """Whether the target is a MySQL of this version or a later one."""
        return self.mysql and self.version >= (major, minor, patch)
