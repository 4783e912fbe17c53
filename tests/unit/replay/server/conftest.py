"""A server in memory, and engines that reach it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from stillroom.catalog import Catalog, Target
from stillroom.replay import server as offline


@pytest.fixture(params=["mariadb 10.11", "mysql 9.7"])
def target(request: pytest.FixtureRequest) -> Target:
    return Target.parse(request.param)


@pytest.fixture
def server(target: Target) -> Iterator[offline.Server]:
    with offline.stand_in(Catalog.empty(target)) as server:
        yield server


@pytest.fixture
def engine(server: offline.Server) -> sa.Engine:
    return sa.create_engine("mysql+pymysql://user:secret@127.0.0.1:1/app")


@pytest.fixture
def run(engine: sa.Engine) -> Callable[..., list[tuple[object, ...]]]:
    """Run statements in one transaction; the rows of the last."""

    def run(*statements: str, **parameters: object) -> list[tuple[object, ...]]:
        rows: list[tuple[object, ...]] = []
        with engine.begin() as connection:
            for statement in statements:
                result = connection.execute(sa.text(statement), parameters)
                rows = [tuple(row) for row in result] if result.returns_rows else []
        return rows

    return run
