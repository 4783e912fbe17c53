"""What `init` writes where something is not there."""

from __future__ import annotations

from configparser import ConfigParser
from importlib.util import find_spec

import pytest

from stillroom.project.alembic_env import scaffold
from tests.support.projects import UserProject


@pytest.mark.parametrize("there", [True, False])
def test_new_revisions_go_through_a_formatter_where_there_is_one(
    project: UserProject, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    """Alembic fails on a hook whose program is missing."""
    if not there:
        monkeypatch.setattr(scaffold, "find_spec", lambda _: None)
    assert find_spec("ruff")
    (project.root / "alembic.ini").unlink()
    assert project.verb("init").code == 0  # in a fork, which imports the project
    ini = ConfigParser(interpolation=None)
    ini.read_string(project.read("alembic.ini"))
    assert ini.has_section("post_write_hooks") is there
    assert {"alembic", "stillroom", "loggers"} <= set(ini.sections())
