"""What `init` writes where something is not there."""

from __future__ import annotations

import shutil
from configparser import ConfigParser
from importlib.util import find_spec
from pathlib import Path

import pytest

from stillroom.adoption import scaffold
from tests.support.projects import CASES, UserProject


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


@pytest.fixture
def bare(tmp_path: Path) -> UserProject:
    """Models and nothing of Alembic."""
    project = UserProject(tmp_path / "shop")
    shutil.copytree(CASES / "generic" / "shop", project.root / "src" / "shop")
    assert project.run("git", "init", "-q").code == 0
    return project


def test_project_of_another_layout(bare: UserProject) -> None:
    engine = 'from sqlalchemy import create_engine\n\nengine = create_engine("{}")\n'
    bare.write("src/shop/db.py", engine.format("mysql+pymysql://somebody@127.0.0.1:9/shop"))
    answer = bare.verb("init")
    assert answer.code == 0, answer.err
    ini = bare.read("alembic.ini")
    assert "engine = shop.db:engine\nbase = shop.models:Base\n" in ini
    assert "models = shop.models\n" in ini
    assert "    %(here)s/src\n" in ini
    assert "somebody" not in ini
    assert "url" not in ini
    answer = bare.verb("check")
    assert answer.code == 1, answer.err
    assert "src/shop/models.py:9: DR101 table customer has no revision" in answer.out
    assert bare.verb("revision", "-m", "first").code == 0
    assert bare.verb("check").code == 0
    before = bare.files()
    assert bare.verb("init").code == 0
    assert bare.files() == before


def test_project_without_an_engine_connects_to_db_url(bare: UserProject) -> None:
    assert bare.verb("init").code == 0
    assert 'engine = create_engine(os.environ["DB_URL"])' in bare.read("alembic/env.py")
    assert "engine" not in bare.read("alembic.ini").partition("[post_write_hooks]")[0]
    assert bare.verb("check").code == 1


def test_names_that_cannot_be_seen_are_asked_for(bare: UserProject) -> None:
    bare.write("src/shop/more.py", bare.read("src/shop/models.py"))
    answer = bare.verb("init")
    assert answer.code == 2
    assert "more than one base class of models here: shop.m" in answer.err
    assert bare.verb("init", "--base", "shop.models:Base", "--models", "shop.models").code == 0
    assert "base = shop.models:Base\n" in bare.read("alembic.ini")
    assert bare.verb("check").code == 1
