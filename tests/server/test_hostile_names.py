"""The queries that messages show, with every name that a server takes, run on a server."""

from __future__ import annotations

import ast

import pytest
import sqlalchemy as sa

from stillroom.catalog import Target
from tests.support.generators.hostile_names import hostile_names
from tests.support.generators.hostile_statements import findings, tables
from tests.support.recipes import recipes
from tests.support.tables import target_of


@pytest.mark.parametrize("kind", hostile_names())
def test_each_query_runs(database: sa.URL, kind: str) -> None:
    name = hostile_names()[kind]
    queries = 0
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        for sql in tables(name):
            connection.exec_driver_sql(sql.replace("%", "%%"))
        for _, finding in findings(name, Target.parse(target_of(database))):
            for recipe in recipes(finding.fix):
                for sql in queries_of(recipe.code):
                    connection.exec_driver_sql(sql).all()
                    queries += 1
    engine.dispose()
    assert queries >= 10


def queries_of(code: str) -> list[str]:
    """The SELECTs of a recipe, as a driver gets them."""
    if code.startswith("SELECT"):
        return [code.replace("%", "%%")]
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return []  # of a shell
    return [
        str(call.args[0].value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "exec_driver_sql"
        and isinstance(call.args[0], ast.Constant)
        and str(call.args[0].value).startswith("SELECT")
    ]
