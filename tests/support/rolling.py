"""Two releases of a small ORM application, which write to one table while it changes."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stillroom.catalog.error_numbers import LOCK_DEADLOCK

MODULE = '''"""Items."""

from decimal import Decimal

from sqlalchemy import Column, Computed, DateTime, Enum, ForeignKey, Index, Integer, Numeric
from sqlalchemy import String, Text, text
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, mapped_column

from app.database.engine import Base


class Item(Base):
    """A thing."""

    __tablename__ = "item"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
'''
STAMP = """    changed = mapped_column(
        DateTime, server_default=text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")
    )
"""
Value = Any
OMITTED = object()  # of an attribute that an INSERT leaves out


def module(*lines: str) -> str:
    """The text of the module of the models, with ``lines`` in the class."""
    return MODULE + "".join(f"    {line}\n" for line in lines)


def printed(out: str, release: int) -> list[str]:
    """The lines of model code that the command has printed for a release."""
    part = out.split(f"\nRelease {release} ")[1].split("\n\n")[0]
    return [line[4:] for line in part.splitlines()[1:] if not line.startswith("    #")]


def model_of(text: str) -> type[Any]:
    """The class that a module declares, with a registry of its own."""
    own = "from sqlalchemy.orm import declarative_base\n\nBase = declarative_base()\n"
    names: dict[str, Any] = {"__name__": "release"}
    text = text.replace("from app.database.engine import Base\n", own)
    exec(compile(text, "release", "exec", dont_inherit=True), names)  # noqa: S102
    found: type[Any] = names["Item"]
    return found


@dataclass
class Release:
    """A release of the application: its model, and how its code writes and reads a value."""

    name: str
    model: type[Any]
    attribute: str
    values: Callable[[random.Random], Value]
    absent: Value = None  # what a row gets whose INSERT leaves the value out

    def insert(self, session: Session, code: str, value: Value) -> None:
        given = {} if value is OMITTED else {self.attribute: value}
        session.add(self.model(code=code, **given))

    def update(self, session: Session, code: str, value: Value, *, by_orm: bool) -> None:
        if by_orm:
            item = session.scalars(sa.select(self.model).filter_by(code=code)).one()
            setattr(item, self.attribute, value)
        else:
            change = sa.update(self.model).where(self.model.code == code)
            session.execute(change.values({self.attribute: value}))

    def read(self, session: Session, code: str) -> Value:
        item = session.scalars(sa.select(self.model).filter_by(code=code)).one()
        return getattr(item, self.attribute)


@dataclass
class Writer(threading.Thread):
    """One process of a release: it inserts, changes, reads and deletes rows of its own."""

    release: Release
    url: sa.URL
    name_: str
    known: dict[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.done = threading.Event()
        self.errors: list[str] = []
        self.statements = 0
        self._random = random.Random(self.name_)  # noqa: S311

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        engine = sa.create_engine(self.url, pool_pre_ping=True)
        try:
            while not self.done.is_set() and not self.errors:
                self._step(engine)
        finally:
            engine.dispose()

    def _step(self, engine: sa.Engine) -> None:
        try:
            with Session(engine) as session, session.begin():
                change = self._change(session)
            change()
            self.statements += 1
        except sa.exc.OperationalError as error:
            # Any DDL makes a transaction give way that has read the table and comes to write it.
            if error.orig is None or error.orig.args[0] != LOCK_DEADLOCK:
                self.errors.append(f"{self.release.name}: {error}")
        except Exception as error:  # noqa: BLE001  # what the release would have seen
            self.errors.append(f"{self.release.name}: {type(error).__name__}: {error}")

    def _change(self, session: Session) -> Callable[[], object]:
        """Write in a session; returns what to know once that is committed."""
        release, dice = self.release, self._random.random()
        if dice < 0.4 or not self.known:
            code = f"{self.name_}-{self.statements}"
            value = release.values(self._random)
            release.insert(session, code, value)
            left_out = value is OMITTED or (value is None and release.absent is not None)
            known = release.absent if left_out else value
            return lambda: self.known.__setitem__(code, known)
        code = self._random.choice(list(self.known))
        if dice < 0.8:
            value = release.values(self._random)
            if value is OMITTED:
                value = self.known[code]
            release.update(session, code, value, by_orm=dice < 0.6)
            return lambda: self.known.__setitem__(code, value)
        if dice < 0.85:
            session.execute(sa.delete(release.model).where(release.model.code == code))
            return lambda: self.known.pop(code)
        read, wanted = release.read(session, code), self.known[code]
        if read != wanted:
            self.errors.append(f"{release.name} reads {read!r} of {code}, and wrote {wanted!r}")
        return lambda: None


@contextmanager
def writing(*writers: Writer, seconds: float = 0.5) -> Iterator[None]:
    """Run ``writers`` around what is done within, and a while before and after it."""
    for writer in writers:
        if writer.ident is None:
            writer.start()
    time.sleep(seconds)
    yield
    time.sleep(seconds)
    for writer in writers:
        assert not writer.errors, writer.errors[0]


def stopped(*writers: Writer) -> Mapping[str, Value]:
    """End ``writers``; returns what they know of their rows. Fails with the first error."""
    known: dict[str, Value] = {}
    for writer in writers:
        writer.done.set()
        writer.join(30)
        assert not writer.errors, writer.errors[0]
        assert writer.statements > 5, writer.release.name
        known |= writer.known
    return known


def text_values(*, nullable: bool = False, omitted: bool = False) -> Callable[..., Value]:
    """Makes texts that differ in case, accents or blanks alone, and NULL or nothing."""

    def value(dice: random.Random) -> Value:
        if nullable and dice.random() < 0.2:
            return None
        if omitted and dice.random() < 0.2:
            return OMITTED
        text = dice.choice(["straße", "STRASSE", "a", "A", "ä", "a ", "", "%s:x", "名"])
        return text + dice.choice(["", str(dice.randrange(9))])

    return value
