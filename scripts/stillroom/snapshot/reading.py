"""Reads a snapshot back: its statements, and the state that they make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from stillroom.catalog import Catalog, CatalogError, Session, execute, unquoted_name
from stillroom.catalog.record import replace
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.errors import CannotTell
from stillroom.replay.server import State
from stillroom.replay.server.answers.context import QueryContext
from stillroom.replay.server.known_rows import Rows
from stillroom.replay.server.rows.changes import change
from stillroom.snapshot.header import LINES, Header, opened, unusable
from stillroom.snapshot.writing import GENERATED, UNKNOWN, Unknown

_NAME = r"`(?:[^`]|``)+`"
_NAMES = re.compile(_NAME)
_UNKNOWN = re.compile(rf"(?P<table>{_NAME}(?:\.{_NAME})?|any table) \((?P<where>.*)\)")


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that is what `snapshot` has written. ``shown`` is its file, for messages."""

    header: Header
    text: str
    shown: str

    @classmethod
    def read(cls, content: bytes, shown: str) -> Snapshot:
        """CannotTell, with the place and the remedy, for a file that cannot be used."""
        header, _ = opened(content, shown)
        return cls(header, content.decode("utf-8"), shown)

    @cached_property
    def unknown(self) -> tuple[Unknown, ...]:
        """The tables whose rows are not known, and what fills them."""
        matches = (
            _UNKNOWN.fullmatch(line.removeprefix(UNKNOWN))
            for line in self.text.splitlines()
            if line.startswith(UNKNOWN)
        )
        return tuple((match["table"], match["where"]) for match in matches if match)

    @cached_property
    def state(self) -> State:
        """What a replay of its revisions ends in, but for what is known of some rows in part."""
        reader = _Reader(self)
        for number, text in _statements(self.text):
            reader.take(number, text)
        return reader.state(self.unknown)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Statements and the comments that mean something, with the lines at which they begin."""
    delimiter = ";"
    begun: list[str] = []
    start = 0
    for number, line in enumerate(text.split("\n")[LINES:], start=LINES + 1):
        if not begun:
            if line.startswith("DELIMITER "):
                delimiter = line.removeprefix("DELIMITER ")
                continue
            if line.startswith("--"):
                yield number, line
                continue
            if not line:
                continue
            start = number
        begun.append(line)
        if line.endswith(delimiter):
            yield start, "\n".join(begun).removesuffix(delimiter)
            begun = []


class _Reader:
    """Runs the statements on an empty catalog, as a server would."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        target = snapshot.header.target
        self.catalog = Catalog.empty(target)
        self.session = Session.default(target)
        self.rows = Rows()
        self.last = (DEFAULT_SCHEMA, "")

    def take(self, number: int, text: str) -> None:
        if text.startswith("--"):
            if text.startswith(GENERATED):
                self._mark(text)
            return
        try:
            if text.startswith("INSERT "):
                self._insert(text)
            else:
                self._define(text)
        except CatalogError as error:
            raise unusable(
                f"this cannot be read: {error}", f"{self.snapshot.shown}:{number}"
            ) from error

    def _define(self, text: str) -> None:
        outcome = execute(self.catalog, text, self.session)
        self.catalog, self.session = outcome.catalog, outcome.session
        if text.startswith("CREATE TABLE "):
            path = [unquoted_name(name) for name in _NAMES.findall(text.partition(" (\n")[0])]
            self.last = (path[0] if len(path) > 1 else DEFAULT_SCHEMA, path[-1])

    def _insert(self, text: str) -> None:
        context = QueryContext(
            self.catalog, self.session, self.rows, DEFAULT_SCHEMA, self._refuse_unknown
        )
        self.rows = change(text, context).rows

    def _refuse_unknown(self, what: str) -> NoReturn:
        raise CannotTell(what, where=self.snapshot.shown)

    def _mark(self, text: str) -> None:
        """Note which keys of the last table the server has made: it drops them by itself."""
        names = {unquoted_name(name) for name in _NAMES.findall(text)}
        table = self.catalog.table(self.last[1], self.last[0])
        indexes = tuple(
            replace(index, generated=True) if index.name in names else index
            for index in table.indexes
        )
        self.catalog = self.catalog.with_table(replace(table, indexes=indexes))

    def state(self, unknown: tuple[Unknown, ...]) -> State:
        rows = self.rows
        for name, where in unknown:
            path = [unquoted_name(part) for part in _NAMES.findall(name)]
            table = path and self.catalog.find(path[0] if path[1:] else DEFAULT_SCHEMA, path[-1])
            if table:
                held = rows.of(table).forgotten()
                rows = rows.put(table, replace(held, where=where))
        return State(self.catalog, rows)
