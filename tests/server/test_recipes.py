"""The remedies of findings that are for a server: queries for rows, and revisions of rows alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from tests.support.lint_cases import LINT, NAMES, LintCase, code_of
from tests.support.recipes import Recipe, recipes

ROWS = """INSERT INTO orders (id, parent_id, short, amount, number, made, state, text) VALUES
    (1, NULL, 'a', 1.25, NULL, '2026-01-02 03:04:05.678', 'new', 'x'),
    (7000, NULL, 'much longer than 10', -1.2345, -5, NULL, 'sent', NULL)"""


def wanted() -> dict[str, list[Recipe]]:
    """The recipes by case; those of another server's words are the same."""
    texts = {name: (LINT / name / "message.txt").read_text() for name in NAMES}
    found = {}
    for name, text in texts.items():
        own = recipes("\n".join(line.removeprefix("    ") for line in text.splitlines()[1:]))
        kept = [one for one in own if one.kind == "rows" or "data-only" in one.code]
        if kept:
            found[name] = kept
    return found


WANTED = wanted()


def test_there_are_some() -> None:
    assert {code_of(name) for name in WANTED} >= {"MY102", "MY103", "MY105", "MY203", "MY501"}


@pytest.fixture
def bench(tmp_path: Path, database: sa.URL) -> Config:
    """A database at the first revision of all cases, with two orders."""
    config = Config(str(LintCase(tmp_path).root / "alembic.ini"))
    url = database.render_as_string(hide_password=False)
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, "head")
    with sa.create_engine(database).begin() as connection:
        connection.exec_driver_sql(ROWS)
        # A case adds it, and its remedy is for the time after that.
        connection.exec_driver_sql("ALTER TABLE orders ADD COLUMN other_id INT")
    return config


def test_recipes_run(bench: Config, database: sa.URL) -> None:
    versions = Path(bench.get_main_option("script_location") or "") / "versions"
    below = "ground"
    engine = sa.create_engine(database)
    for name in WANTED:
        for recipe in WANTED[name]:
            if recipe.kind == "rows":
                with engine.connect() as connection:
                    connection.exec_driver_sql(recipe.code).all()
            elif recipe.kind == "module":
                id_ = f"{name}_done"
                (versions / f"{id_}.py").write_text(recipe.revision(id_, below))
                below = id_
    command.upgrade(bench, "head")
    with engine.connect() as connection:
        numbers = connection.exec_driver_sql("SELECT number FROM orders").scalars().all()
    engine.dispose()
    assert numbers == [0, 0]  # of the UPDATEs that MY105 and MY203 write
