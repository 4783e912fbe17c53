"""Alembic's own commands, as they are typed, in a project whose env.py calls the guard."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from stillroom.adoption.env_lines import with_guard
from tests.support.projects import CASES, ROOT, Answer, UserProject

COLUMN = "    nickname: Mapped[str | None] = mapped_column(String(40))\n"
# Alembic cannot say this one: only the whole comparison sees it.
RESIDUE = '    __table_args__ = {"mysql_row_format": "COMPRESSED"}\n'
CALLER = """
from alembic import command
from alembic.config import Config
command.check(Config("alembic.ini"))
"""


@pytest.fixture
def guarded(tmp_path: Path) -> UserProject:
    project = UserProject(tmp_path / "shop", {"PYTHONPATH": str(ROOT / "scripts")})
    shutil.copytree(CASES / "generic", project.root)
    project.write("migrations/env.py", with_guard(project.read("migrations/env.py")))
    return project


def alembic(project: UserProject, *arguments: str, code: int, **environment: str) -> Answer:
    answer = project.alembic(*arguments, **environment)
    assert "Traceback" not in answer.err
    assert answer.code == code, answer.out + answer.err
    return answer


def revisions(project: UserProject) -> list[str]:
    return sorted(path.name for path in (project.root / "migrations/versions").glob("*.py"))


def test_a_revision_is_checked_and_written_without_a_server(guarded: UserProject) -> None:
    clean = alembic(guarded, "check", code=0)
    assert clean.out == "No new upgrade operations detected.\n"
    assert "a replay of 3 revisions for mariadb 10.11; no database was" in clean.err
    guarded.write("shop/models.py", guarded.read("shop/models.py") + COLUMN)
    found = alembic(guarded, "check", code=1)
    assert "shop/models.py:20: DR102 orders.nickname VARCHAR(40) NULL has no revision" in found.out
    before = revisions(guarded)
    done = alembic(guarded, "revision", "--autogenerate", "-m", "a nickname", code=0)
    assert "shows that it is what the models need" in done.out
    (new,) = set(revisions(guarded)) - set(before)
    assert new.endswith("_a_nickname.py")
    again = alembic(guarded, "revision", "--autogenerate", "-m", "nothing", code=0)
    assert "The models need no revision" in again.out
    assert len(revisions(guarded)) == len(before) + 1


def test_what_no_operation_of_alembic_expresses_is_seen(guarded: UserProject) -> None:
    guarded.replace(
        "shop/models.py",
        '    __tablename__ = "orders"\n',
        f'    __tablename__ = "orders"\n{RESIDUE}',
    )
    assert "orders" in alembic(guarded, "check", code=1).out


def test_what_our_own_command_has_not_is_refused(guarded: UserProject) -> None:
    before = guarded.files()
    refused = alembic(guarded, "revision", "--autogenerate", "--rev-id", "x1", "-m", "mine", code=2)
    assert refused.err == (
        "a revision that is proven before it is written cannot have --rev-id\n"
        "    Leave --rev-id out, and write it into the file then.\n"
    )
    assert guarded.files() == before


def test_where_a_revision_goes_is_handed_on(guarded: UserProject) -> None:
    guarded.write("shop/models.py", guarded.read("shop/models.py") + COLUMN)
    given = ("revision", "--autogenerate", "-m", "head", "--depends-on", "aaa111")
    alembic(guarded, *given, code=0)
    (new,) = [name for name in revisions(guarded) if name.endswith("_head.py")]
    text = guarded.read(f"migrations/versions/{new}")
    assert "aaa111" in text
    assert text.startswith('"""head')
    twice = alembic(guarded, *given, "--depends-on", "bbb222", code=2)
    assert "cannot have --depends-on more than once" in twice.err


def test_a_script_may_be_cut_off(guarded: UserProject) -> None:
    script = alembic(guarded, "upgrade", "bbb222", "--sql", code=0).out
    assert script.startswith("-- From base to bbb222, for mariadb 10.11.\n")
    assert "Cut off anywhere, it may be run again" in script
    part = alembic(guarded, "upgrade", "aaa111:head", "--sql", code=0).out
    assert part.startswith("-- From aaa111 to ccc333, for mariadb 10.11.\n")
    url = f"sqlite:///{guarded.root}/shop.db"
    plain = alembic(guarded, "upgrade", "aaa111", "--sql", code=0, SHOP_DB=url)
    assert plain.out.startswith("CREATE TABLE alembic_version")


def test_a_script_that_cannot_be_had_is_alembics_own(guarded: UserProject) -> None:
    note = "migrations/versions/ccc333_a_note.py"
    guarded.replace(
        note, "    op.add_column", '    op.execute("PREPARE s FROM @x")\n    op.add_column'
    )
    answer = alembic(guarded, "upgrade", "head", "--sql", code=0)
    assert "ALTER TABLE orders ADD COLUMN note" in answer.out
    assert answer.err.count("So the script is Alembic's own: once it was cut off") == 1


def test_a_caller_in_python_is_left_to_alembic(guarded: UserProject) -> None:
    answer = guarded.run(sys.executable, "-c", CALLER)
    assert "Can't connect to MySQL server on '127.0.0.1'" in answer.err


def test_an_error_is_told_as_our_own_commands_tell_it(guarded: UserProject) -> None:
    url = f"sqlite:///{guarded.root}/shop.db"
    alembic(guarded, "upgrade", "aaa111", code=0, SHOP_DB=url)
    connection = sqlite3.connect(guarded.root / "shop.db")
    connection.execute("UPDATE alembic_version SET version_num = 'zzz'")
    connection.commit()
    connection.close()
    refused = alembic(guarded, "upgrade", "head", code=2, SHOP_DB=url)
    assert "zzz" in refused.err
    assert refused.out == ""


def test_without_the_lines_it_is_plain_alembic_again(guarded: UserProject) -> None:
    url = f"sqlite:///{guarded.root}/shop.db"
    alembic(guarded, "upgrade", "aaa111", code=0, SHOP_DB=url)
    env = guarded.read("migrations/env.py")
    guarded.write("migrations/env.py", env.replace("guard(context)\n", ""))
    alembic(guarded, "downgrade", "base", code=0, SHOP_DB=url)
