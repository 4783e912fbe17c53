"""Each change of the models becomes a revision that a replay proves, with nothing left over."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from stillroom.authoring.author import Written, write
from stillroom.authoring.renames import Questioner
from stillroom.authoring.request import Request
from stillroom.catalog import Target
from stillroom.drift import CLEAN, check
from tests.support.mutations import DRIFTS, RENAMES, Models, project

# The family whose rules are stricter, and one version: the others are tested on real servers.
TARGET = "mysql 9.7"


def written(folder: Path, metadata: sa.MetaData, name: str = "") -> Written | None:
    """The revision for ``metadata``, and nothing differs after it."""
    config = project(folder, Models().metadata(), TARGET)
    config.attributes["metadata"] = metadata
    request = Request("change", questioner=Questioner(RENAMES.get(name, {}), ()))
    found = write(config, request, cache=folder.parent / "cache")
    verdict = check(config, metadata, target=Target.parse(TARGET), cache=folder.parent / "c")
    assert verdict.status == CLEAN, (verdict.reason, verdict.findings)
    return found


@pytest.mark.parametrize("name", DRIFTS)
def test_each_change_is_written(tmp_path: Path, name: str) -> None:
    models = Models()
    DRIFTS[name][0](models)
    found = written(tmp_path / "alembic", models.metadata(), name)
    assert found is not None
    assert found.path.parent == tmp_path / "alembic" / "versions"
    assert "auto generated" not in found.path.read_text()


def test_several_changes_at_once(tmp_path: Path) -> None:
    models = Models()
    for name in ("type", "enum reorder", "table collation", "fk ondelete", "primary key"):
        DRIFTS[name][0](models)
    assert written(tmp_path / "alembic", models.metadata()) is not None


def test_nothing_to_do_writes_nothing(tmp_path: Path) -> None:
    assert written(tmp_path / "alembic", Models().metadata()) is None
    assert len(list((tmp_path / "alembic" / "versions").glob("*"))) == 1
