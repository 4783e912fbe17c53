"""What `make revision` writes passes the linter, but for the lines that a person completes."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.authoring.losses import PLACEHOLDER
from stillroom.authoring.renames.questions import Questioner
from stillroom.authoring.request import Request
from stillroom.findings import Finding, Place, shown
from stillroom.lint import rules
from stillroom.lint.check import lint
from stillroom.lint.decisions import mark, marked
from stillroom.project.settings import Settings
from stillroom.replay import opened_history
from tests.support.generators.mutations import DRIFTS, RENAMES, Models, project
from tests.support.replays import write


@pytest.mark.parametrize("name", DRIFTS)
def test_each_change_passes_the_linter(tmp_path: Path, name: str) -> None:
    models = Models()
    DRIFTS[name][0](models)
    config = project(tmp_path / "alembic", Models().metadata(), "mariadb 10.11")
    config.attributes["metadata"] = models.metadata()
    request = Request("change", questioner=Questioner(RENAMES.get(name, {}), ()))
    new = write(config, request, cache=tmp_path / "drafts")
    assert new is not None
    settings = Settings(root=tmp_path, ini=tmp_path / "alembic.ini", environment={})
    with opened_history(config, cache=tmp_path / "first") as history:
        count = mark(history, settings, new.path, None)
    text = new.path.read_text(encoding="utf-8")
    assert (PLACEHOLDER in text) is bool(count or new.losses)
    new.path.write_text(text.replace(PLACEHOLDER, "nobody writes to it"), encoding="utf-8")
    with opened_history(config, cache=tmp_path / "second") as history:
        found = lint(history, rules.load(), settings, wanted=[shown(new.path)])
    assert found.findings == ()
    with opened_history(config, cache=tmp_path / "third") as history:
        assert mark(history, settings, new.path, None) == 0


def test_marks_stand_above_their_statement_and_join_those_that_are_there() -> None:
    source = "def upgrade():\n    # stillroom: allow MY103 <reason>\n    one()\n    two(\n    )\n"
    found = [
        Finding("MY301", Place("f", 3), "copies the table"),
        Finding("MY501", Place("f", 4), "may\nfail"),
        Finding("MY502", Place("f", 4), "may fail, too"),
    ]
    assert marked(source, found) == (
        "def upgrade():\n"
        "    # Copies the table.\n"
        "    # stillroom: allow MY103 MY301 <reason>\n"
        "    one()\n"
        "    # May\\nfail.\n"
        "    # May fail, too.\n"
        "    # stillroom: allow MY501 MY502 <reason>\n"
        "    two(\n"
        "    )\n"
    )
