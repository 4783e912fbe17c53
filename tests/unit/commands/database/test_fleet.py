"""`fleet`: what it refuses before a database is asked."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.projects import CASES, UserProject


@pytest.fixture
def shop(tmp_path: Path) -> UserProject:
    shutil.copytree(CASES / "generic", tmp_path / "shop")
    project = UserProject(tmp_path / "shop")
    ini = project.read("alembic.ini")
    project.write("alembic.ini", f"{ini}\n[stillroom]\nfleet = tenants.txt\n")
    project.write(
        "tenants.txt",
        "mysql+pymysql://root@db.invalid/one\nmysql+pymysql://root@db.invalid/two\n",
    )
    return project


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["downgrade"], "which revision? rev= is missing\n    stillroom fleet downgrade -1\n"),
        (
            ["downgrade", "bbb222"],
            "a downgrade can lose data of 2 databases\n    If that is what you want: CONFIRM=2"
            " stillroom fleet downgrade bbb222\n",
        ),
        (["upgrade", "--waves=1,,2"], "--waves: '' is neither a number of databases"),
        (["upgrade", "--parallel=0"], "--parallel: '0' is not a whole number from 1 up"),
        (["upgrade", "--shard=3/2"], "'3/2' is no shard"),
    ],
)
def test_refusals(shop: UserProject, words: list[str], told: str) -> None:
    answer = shop.verb("fleet", *words)
    assert answer.code == 2
    assert answer.err.startswith(told), answer.err


def test_no_fleet(shop: UserProject) -> None:
    shop.replace("alembic.ini", "fleet = tenants.txt", "")
    answer = shop.verb("fleet", "status")
    assert answer.code == 2
    assert "there is no fleet: no setting names its databases" in answer.err


def test_hosts_that_do_not_answer_are_named(shop: UserProject) -> None:
    shop.write("tenants.txt", shop.read("tenants.txt").replace("db.invalid", "127.0.0.1:1"))
    answer = shop.verb("fleet", "status")
    assert answer.code == 1
    assert answer.out.startswith("fleet     2 databases on 1 host\n")
    assert "127.0.0.1:1/one, 127.0.0.1:1/two: not reached: 2003" in answer.out


@pytest.mark.parametrize("verb", ["upgrade", "downgrade", "status", "plan", "doctor"])
def test_no_verb_tells_the_password_that_the_code_of_an_env_py_could_not_use(
    shop: UserProject, verb: str
) -> None:
    """Alembic's set_main_option() takes each % for a name, and says which text it has read."""
    answer = shop.verb(verb, SHOP_DB="mysql+pymysql://root:%21s e%22cret@127.0.0.1:1/x")
    assert "e%22cret" not in answer.out + answer.err
