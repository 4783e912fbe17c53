"""What a program that copies tables is given, and what it must be able to say."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from stillroom.catalog import quoted_name


@dataclass(frozen=True)
class Leftovers:
    """``triggers`` of a killed program, and what its statements say of who sends them."""

    triggers: tuple[str, ...]
    mark: str


@dataclass(frozen=True)
class Job:
    """One table to be altered by a copy. Names are bare; ``clauses`` as in ALTER TABLE."""

    schema: str
    table: str
    clauses: str = ""

    @property
    def new(self) -> str:
        """The name of the copy while it is filled."""
        return f"_{self.table[:50]}_stillroom_new"

    @property
    def old(self) -> str:
        """The name of the table once the copy has taken its place."""
        return f"_{self.table[:50]}_stillroom_old"

    def quoted(self, name: str) -> str:
        """A name in the table's schema, as it stands in a statement."""
        return quoted_name(self.schema, name)


class Tool(Protocol):
    """A program that copies tables: pt-online-schema-change, or another one."""

    @property
    def name(self) -> str:
        """Its name in messages."""

    def missing(self) -> str:
        """What is not installed of it; empty if it can run."""

    def can_name(self, job: Job) -> bool:
        """Whether the names of schema and table can be given to it."""

    def command(self, job: Job) -> AbstractContextManager[list[str]]:
        """The command to run, with what it reads in place while the context lasts."""

    def percent(self, line: str) -> float | None:
        """How much is copied, by a line that it has printed; None if that does not say."""

    def leftovers(self, job: Job) -> Leftovers:
        """What it leaves behind when it is killed."""
