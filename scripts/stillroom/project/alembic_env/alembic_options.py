"""The options that Alembic's own command line takes before a command: ``-c``, ``-n`` and ``-x``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class AlembicOptions:
    """``file`` is the configuration, seen from the root of the project, ``section`` that in it.

    ``x`` are the arguments that an env.py asks ``context.get_x_argument()`` for.
    """

    file: str = "alembic.ini"
    section: str = "alembic"
    x: tuple[str, ...] = ()

    @classmethod
    def given(cls, file: str, section: str, x: Sequence[str]) -> AlembicOptions:
        """What is given, else what ALEMBIC_CONFIG says, else what Alembic assumes."""
        file = file or os.environ.get("ALEMBIC_CONFIG", "") or cls.file
        return cls(os.path.relpath(file), section or cls.section, tuple(x))

    def words(self) -> list[str]:
        """The options as they are typed, without those that nobody needs to type."""
        words = [] if self.file == AlembicOptions.file else ["-c", self.file]
        words += [] if self.section == AlembicOptions.section else ["-n", self.section]
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
