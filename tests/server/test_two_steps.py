"""Rolling deploys over two-step changes: two releases write while the tables change."""

from __future__ import annotations

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
