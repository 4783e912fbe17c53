"""The options that Alembic's own command line takes before a command: ``-c``, ``-n`` and ``-x``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class AlembicOptions:
    """``file`` is the configuration, seen from the root of the project, ``section`` that in it.

    ``x`` are the arguments that an env.py asks ``context.get_x_argument()`` for. The section is
    that of one database: ``is_chosen``, unless it is what Alembic assumes.
    """

    file: str = "alembic.ini"
    section: str = "alembic"
    x: tuple[str, ...] = ()
    is_chosen: bool = False

    @classmethod
    def given(cls, file: str, section: str, x: Sequence[str]) -> AlembicOptions:
        """What is given, else what ALEMBIC_CONFIG says, else what Alembic assumes."""
        file = file or os.environ.get("ALEMBIC_CONFIG", "") or cls.file
        return cls(os.path.relpath(file), section or cls.section, tuple(x), bool(section))

    def of_database(self, section: str) -> AlembicOptions:
        """These, for the database of a section."""
        return replace(self, section=section, is_chosen=True)

    @property
    def database(self) -> str:
        """The section as a command names it; "" for the one that is assumed."""
        return self.section if self.is_chosen else ""

    def words(self) -> list[str]:
        """The options that stand before a verb, without those that nobody needs to type."""
        words = [] if self.file == AlembicOptions.file else ["-c", self.file]
        return words + [word for argument in self.x for word in ("-x", argument)]


_chosen: AlembicOptions | None = None


def current() -> AlembicOptions:
    """The options of the command that runs, else those of the environment."""
    return _chosen or AlembicOptions.given("", "", ())


@contextmanager
def chosen(options: AlembicOptions) -> Iterator[None]:
    """Within it, every configuration that is read is the one of ``options``."""
    global _chosen  # there is one command line
    before, _chosen = _chosen, options
    try:
        yield
    finally:
        _chosen = before
