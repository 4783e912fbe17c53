"""Projects of others: their own folder for revisions, their base in a library, their types."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.support.projects import UserProject

Case = Callable[[str], UserProject]


@pytest.fixture
def project(case: Case) -> UserProject:
    found = case("library_base")
    assert found.verb("init").code == 0
    return found


def test_init_uses_the_folder_that_the_ini_names(project: UserProject) -> None:
    assert (project.root / "migrations" / "script.py.mako").exists()
    assert (project.root / "migrations" / "versions").is_dir()


def test_the_first_revision_covers_the_models(project: UserProject) -> None:
    missing = project.script("check_revision", "--worktree")
    assert missing.code == 1, missing.err
    assert "backend/domain/hero.py:29: DR101 table hero has no revision" in missing.out
    assert "    git add migrations/versions\n" in missing.out
    done = project.verb("revision", "-m", "create hero")
    assert done.code == 0, done.err
    (file,) = (project.root / "migrations" / "versions").glob("*.py")
    text = file.read_text(encoding="utf-8")
    assert "sa.Numeric(precision=12, scale=4)" in text
    assert "Money" not in text
    assert "sa.String(length=30)" in text
    assert "import backend.domain.hero\n" in text
    assert "backend.domain.hero.Point()" in text
    assert project.script("check_revision", "--worktree").code == 0


def test_a_module_that_does_not_exist_is_a_setting_to_correct(project: UserProject) -> None:
    project.replace("alembic.ini", "backend.db:engine", "backend.wrong:engine")
    done = project.verb("init")
    assert done.code == 2
    assert "alembic.ini: [stillroom] engine: there is no module backend.wrong\n" in done.err
    assert "engine = app.db:engine" in done.err


def test_an_ini_beside_env_py_and_without_a_section_of_ours(project: UserProject) -> None:
    """As Flask-Migrate lays them out: the application is above, in the working directory."""
    ini = project.read("alembic.ini")
    section = ini[ini.index("[stillroom]") : ini.index("[loggers]")]
    ini = (
        ini.replace(section, "")
        .replace("%(here)s/migrations", "%(here)s")
        .replace("here)s/", "here)s/../")
    )
    project.write("migrations/alembic.ini", ini.replace("    %(here)s\n", "    %(here)s/..\n"))
    code = """
import sys
sys.path[:0] = [".", "scripts", "libs/site-packages"]
from alembic.config import Config
from basekit import Model
from stillroom import drift
from stillroom.replay import opened_history
import backend.domain.hero
config = Config("migrations/alembic.ini")
with opened_history(config) as history:
    assert not set(history.state_at("heads").catalog.tables()) - {"alembic_version"}
    verdict = drift.check(history, Model.metadata)
for finding in verdict.findings:
    print(finding.where, finding.what)
"""
    done = project.run(sys.executable, "-c", code)
    assert "backend/domain/hero.py:29 table hero has no revision\n" in done.out, done.err


def test_the_settings_that_pyproject_toml_holds(project: UserProject) -> None:
    ini = project.read("alembic.ini")
    moved = ini[ini.index("script_location") : ini.index("[stillroom]")]
    project.write("alembic.ini", ini.replace(moved, ""))
    places = ["%(here)s", "%(here)s/scripts", "%(here)s/libs/site-packages"]
    project.write(
        "pyproject.toml",
        f'[tool.alembic]\nscript_location = "%(here)s/migrations"\nprepend_sys_path = {places}\n',
    )
    assert project.verb("init").code == 0
    done = project.verb("revision", "-m", "create hero")
    assert done.code == 0, done.err
    assert project.script("check_revision", "--worktree").code == 0
