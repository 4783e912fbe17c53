"""Rolling deploys over two-step changes: two releases write while the tables change."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.projects import Answer, UserProject
from tests.support.rolling import (
    STAMP,
    Release,
    Writer,
    model_of,
    module,
    printed,
    stopped,
    text_values,
    writing,
)
from tests.support.tables import target_of

MODELS = "app/models/item.py"


class Deploy:
    """A project whose models change in two steps, on a database with rows."""

    def __init__(self, project: UserProject, database: sa.URL, before: str) -> None:
        self.project, self.database = project, database
        self.url = database.render_as_string(hide_password=False)
        self.engine = sa.create_engine(database)
        project.environment["DB_URL"] = self.url
        project.replace(
            "alembic.ini", "# target = mariadb 10.11", f"target = {target_of(database)}"
        )
        project.write(MODELS, before)
        self.verb("revision", "-m", "items")
        self.verb("upgrade")

    def verb(self, name: str, *arguments: str, code: int = 0) -> Answer:
        answer = self.project.verb(name, *arguments)
        assert answer.code == code, answer.out + answer.err
        return answer

    def rows(self, *columns: str) -> dict[str, tuple[Any, ...]]:
        with self.engine.connect() as connection:
            found = connection.exec_driver_sql(f"SELECT code, {', '.join(columns)} FROM item")
            return {row[0]: tuple(row[1:]) for row in found}

    def files(self, word: str) -> list[Path]:
        return [path for path in self.project.revisions() if word in path.name]


def rename(nullable: bool, default: str) -> tuple[str, str]:
    """The models before and after."""
    more = f', server_default=text("{default}")' if default else ""
    kind = f"mapped_column(String(40), nullable={nullable}{more})"
    index = '__table_args__ = (Index("ix_item_{0}", "{0}"),)'
    before = module(f"title = {kind}", index.format("title")) + STAMP
    return before, module(f"headline = {kind}", index.format("headline")) + STAMP


@pytest.mark.parametrize(
    ("nullable", "default"),
    [(False, ""), (True, ""), (False, "'x'"), (True, "'x'")],
    ids=["required", "nullable", "required-default", "nullable-default"],
)
def test_rename(project: UserProject, database: sa.URL, nullable: bool, default: str) -> None:
    before, after = rename(nullable, default)
    deploy = Deploy(project, database, before)
    values = text_values(nullable=nullable, omitted=bool(default))

    def release(name: str, text: str, attribute: str) -> Release:
        # With a server default, SQLAlchemy leaves an attribute that is None out of an INSERT.
        return Release(name, model_of(text), attribute, values, default.strip("'") or None)

    old = Writer(release("before", before, "title"), database, "old")
    with writing(old):
        pass
    project.write(MODELS, after)
    written = deploy.verb(
        "revision", "-m", "rename", "--rename", "item.title:headline", "--steps", "2"
    )
    deploy.verb("check", "--worktree")
    deploy.verb("lint-revisions", "--all")
    first = module(*printed(written.out, 1)) + STAMP
    second = module(*printed(written.out, 2)) + STAMP
    with writing(old):
        said = deploy.verb("upgrade").err
    assert "AP123 the upgrade stops before the contract revision" in said
    assert "waiting " in deploy.verb("status", code=1).out
    project.write(MODELS, first)
    assert "before the contract" in deploy.verb("check", "--worktree").err
    assert "need no revision" in deploy.verb("revision", "-m", "more").out
    new = Writer(release("first", first, "headline"), database, "new")
    with writing(old, new):
        pass
    known = {**stopped(old)}
    found = deploy.rows("title", "headline")
    assert {code: found[code] for code in known} == {c: (v, v) for c, v in known.items()}
    newer = Writer(release("second", after, "headline"), database, "newer")
    with writing(new, newer):
        deploy.verb("upgrade", "--contract")
    known |= stopped(new, newer)
    assert deploy.rows("headline") == {code: (value,) for code, value in known.items()}
    project.write(MODELS, second)
    deploy.verb("check", "--worktree")
    deploy.verb("status")
    newest = Writer(release("second", after, "headline"), database, "newest")
    with writing(newest):
        deploy.verb("downgrade", "--", "-1")
    known |= stopped(newest)
    found = deploy.rows("title", "headline")
    assert found == {code: (value, value) for code, value in known.items()}
    again = Writer(release("before", before, "title"), database, "again")
    with writing(again):
        deploy.verb("downgrade", "--", "-1")
    known |= stopped(again)
    assert deploy.rows("title") == {code: (value,) for code, value in known.items()}
    deploy.engine.dispose()


SIZE = "size = mapped_column(Integer, nullable=True)"
NOTE = "note = mapped_column(String(40), nullable=False)"
SLUG = "slug = mapped_column(String(40), nullable=False)"


@dataclass
class Case:
    """A change, with what each release writes, and a column whose rows are compared in the end.

    ``left`` is what that column has in the rows of the old code.
    """

    before: str
    after: str
    arguments: tuple[str, ...]
    old: str
    new: str
    left: Callable[[str, Any], Any]
    values: tuple[Callable[..., Any], ...] = ()
    column: str = ""


def numbers(dice: random.Random) -> int:
    return dice.randrange(1000)


def digits(dice: random.Random) -> str:
    """A number as text, perhaps not as a server would write it."""
    return dice.choice(["0", "00", ""]) + str(dice.randrange(1, 1000))


KIND = "kind = mapped_column({}, nullable=False)"
CASES = {
    "to-text": Case(
        KIND.format("Integer"),
        KIND.format('"kind_new", String(9)'),
        ("--rename", "item.kind:kind_new"),
        "kind",
        "kind",
        lambda code, value: str(value),
        (numbers, digits),
        "kind_new",
    ),
    "to-number": Case(
        KIND.format("String(9)"),
        KIND.format('"kind_new", Integer'),
        ("--rename", "item.kind:kind_new"),
        "kind",
        "kind",
        lambda code, value: int(value),
        (digits, numbers),
        "kind_new",
    ),
    "drop": Case(NOTE, "", ("--drop", "item.note"), "note", "size", lambda code, value: None),
    "require": Case(
        "", SLUG, ("--fill", "item.slug=LOWER(code)"), "size", "slug", lambda code, value: code
    ),
    "require-existing": Case(
        SLUG.replace("False", "True"),
        SLUG,
        ("--fill", "item.slug=LOWER(code)"),
        "slug",
        "slug",
        lambda code, value: code if value is None else value,
    ),
    "narrow": Case(NOTE.replace("40", "200"), NOTE, (), "note", "note", lambda code, value: value),
}


@pytest.mark.parametrize("name", CASES)
def test_other_changes(project: UserProject, database: sa.URL, name: str) -> None:
    case = CASES[name]
    before, after = module(SIZE, case.before) + STAMP, module(SIZE, case.after) + STAMP
    deploy = Deploy(project, database, before)

    def writer(name: str, text: str, attribute: str, *, nullable: bool = False) -> Writer:
        values = numbers if attribute == "size" else text_values(nullable=nullable)
        if case.values:
            values = case.values[name != "before"]
        return Writer(Release(name, model_of(text), attribute, values), database, name)

    old = writer("before", before, case.old, nullable="existing" in name)
    with writing(old):
        pass
    project.write(MODELS, after)
    written = deploy.verb("revision", "-m", "change", *case.arguments, "--steps", "2")
    deploy.verb("check", "--worktree")
    first = module(SIZE, *printed(written.out, 1)) + STAMP
    with writing(old):
        assert "AP123" in deploy.verb("upgrade").err
    project.write(MODELS, first)
    deploy.verb("check", "--worktree")
    new = writer("first", first, case.new)
    with writing(old, new):
        pass
    known = {code: case.left(code, value) for code, value in stopped(old).items()}
    newer = writer("second", after, case.new)
    with writing(new, newer):
        deploy.verb("upgrade", "--contract")
    known |= stopped(new, newer)
    found = deploy.rows(case.column or case.new)
    assert found == {code: (value,) for code, value in known.items()}
    project.write(MODELS, after)
    deploy.verb("check", "--worktree")
    deploy.verb("status")
    deploy.engine.dispose()


def test_what_does_not_fit_stops_the_contract(project: UserProject, database: sa.URL) -> None:
    before, after = module(NOTE.replace("40", "200")), module(NOTE)
    deploy = Deploy(project, database, before)
    project.write(MODELS, after)
    deploy.verb("revision", "-m", "change", "--steps", "2")
    deploy.verb("upgrade")
    with deploy.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO item (code, note) VALUES ('a', REPEAT('é', 41))"))
    refused = deploy.verb("upgrade", "--contract", code=2)
    assert "AP301" in refused.err
    assert deploy.rows("note") == {"a": ("é" * 41,)}
    with deploy.engine.begin() as connection:
        connection.execute(sa.text("UPDATE item SET note = LEFT(note, 40)"))
    deploy.verb("upgrade", "--contract")
    deploy.verb("status")
    deploy.engine.dispose()
