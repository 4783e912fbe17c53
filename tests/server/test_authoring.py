"""A revision that was written without a database does on a server what the models say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from stillroom.authoring.author import Request, write
from tests.support import servers
from tests.support.mutations import DRIFTS, Models, project


def target_of(url: sa.URL) -> str:
    """The server as ``target`` in alembic.ini names it."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        version = str(connection.exec_driver_sql("SELECT VERSION()").scalar_one())
    engine.dispose()
    family = "mariadb" if "MariaDB" in version else "mysql"
    return f"{family} {'.'.join(version.split('.')[:2])}"


def lines_of(text: str, *, ordered: bool) -> list[str]:
    """The lines of a table; keys in any order, and columns in theirs if ``ordered``."""
    lines = [line.strip().rstrip(",") for line in text.splitlines()]
    lines = [re.sub(r" AUTO_INCREMENT=\d+", "", line) for line in lines]
    columns = [line for line in lines if line.startswith("`")]
    others = sorted(line for line in lines if not line.startswith("`"))
    return [*(columns if ordered else sorted(columns)), *others]


def tables(url: sa.URL, *, ordered: bool) -> dict[str, list[str]]:
    found = servers.show_create(url)
    return {name: lines_of(text, ordered=ordered) for name, text in found.items()}


def created(server_url: str, metadata: sa.MetaData) -> dict[str, list[str]]:
    """What ``create_all()`` makes on the server."""
    with servers.database(server_url) as url:
        engine = sa.create_engine(url)
        metadata.create_all(engine)
        engine.dispose()
        return tables(url, ordered=False)


@pytest.mark.parametrize("name", DRIFTS)
def test_each_change(server_url: str, database: sa.URL, tmp_path: Path, name: str) -> None:
    models = Models()
    DRIFTS[name][0](models)
    metadata = models.metadata()
    config = project(tmp_path / "alembic", Models().metadata(), target_of(database))
    config.attributes.update(metadata=metadata, url=database)
    command.upgrade(config, "head")
    before = tables(database, ordered=True)
    del config.attributes["url"]
    assert write(config, Request(name), cache=tmp_path / "cache") is not None
    config.attributes["url"] = database
    command.upgrade(config, "head")
    assert tables(database, ordered=False) == created(server_url, metadata)
    command.downgrade(config, "-1")
    assert tables(database, ordered=True) == before
