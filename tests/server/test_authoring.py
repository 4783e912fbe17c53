"""A revision that was written without a database does on a server what the models say."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from stillroom.authoring.renames.questions import Questioner
from stillroom.authoring.request import Request
from tests.support.generators.mutations import DRIFTS, RENAMES, Models, project
from tests.support.replays import write
from tests.support.tables import created, tables, target_of


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
    request = Request(name, questioner=Questioner(RENAMES.get(name, {}), ()))
    assert write(config, request, cache=tmp_path / "cache") is not None
    config.attributes["url"] = database
    command.upgrade(config, "head")
    assert tables(database, ordered=False) == created(server_url, metadata)
    command.downgrade(config, "-1")
    assert tables(database, ordered=True) == before
