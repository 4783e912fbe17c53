"""The exact check on a scratch database, for what cannot be replayed."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.repositories import RepositoryProject, make_repository
from tests.support.servers import target_of

SQL = "ALTER TABLE user ADD nickname VARCHAR(40) COMMENT ''nickname''"
UNREPLAYABLE = f"""    op.execute("SET @s = '{SQL}'")
    op.execute("PREPARE s FROM @s")
    op.execute("EXECUTE s")"""

PLAIN = """    op.execute("ALTER TABLE user ADD nickname VARCHAR(40) COMMENT 'nickname'")"""


@pytest.fixture
def repository(tmp_path: Path, server_url: str) -> RepositoryProject:
    """A project for the server, with a revision that only a server understands."""
    project = make_repository(tmp_path, hook="none")
    target = target_of(server_url)
    project.replace("alembic.ini", "# target = mariadb 10.11", f"target = {target}")
    project.add_column()
    project.add_revision(body=UNREPLAYABLE)
    project.git("add", "--all")
    return project


def scratch_databases(connection: sa.Connection) -> list[str]:
    return [
        row[0] for row in connection.exec_driver_sql("SHOW DATABASES LIKE 'stillroom_scratch%%'")
    ]


def test_without_a_scratch_server_it_cannot_be_told(repository: RepositoryProject) -> None:
    answer = repository.check()
    assert answer.code == 2
    assert "alembic/versions/aaaa_nickname.py:14: cannot replay `PREPARE" in answer.err
    assert "SCRATCH_URL" in answer.err


def test_with_one_it_is_told_exactly(repository: RepositoryProject, server_url: str) -> None:
    engine = sa.create_engine(server_url)
    with engine.connect() as connection:
        before = scratch_databases(connection)
    clean = repository.check(SCRATCH_URL=server_url)
    assert clean.code == 0, clean.out + clean.err
    repository.add_column("phone")
    repository.git("add", "--all")
    drift = repository.check(SCRATCH_URL=server_url)
    assert drift.code == 1, drift.out + drift.err
    assert "app/models/user.py:26: DR102 user.phone VARCHAR(40) NULL has no revision" in drift.out
    assert "user.nickname" not in drift.out
    with engine.connect() as connection:
        assert scratch_databases(connection) == before
    engine.dispose()


def test_a_scratch_server_that_is_not_there(repository: RepositoryProject) -> None:
    answer = repository.check(SCRATCH_URL="mysql+pymysql://root:hunter2@127.0.0.1:1/")
    assert answer.code == 2
    assert "127.0.0.1" in answer.err
    assert "hunter2" not in answer.out + answer.err


def test_what_is_no_drift_in_a_replay_is_none_there(
    repository: RepositoryProject, server_url: str
) -> None:
    """An accepted difference, a Python default kept on the server, the index of a foreign key."""
    repository.add_column("phone")
    model = "app/models/user.py"
    text = repository.read(model)
    repository.write(
        model, text + "    level: Mapped[int] = mapped_column(default=7)\n"
        '    boss_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", name="fk_boss"))\n'
    )  # fmt: skip
    repository.replace(model, "from sqlalchemy import ", "from sqlalchemy import ForeignKey, ")
    (revision,) = (repository.root / "alembic" / "versions").glob("aaaa_*.py")
    body = """
    op.execute("ALTER TABLE user ADD level INT NOT NULL DEFAULT 7, ADD boss_id INT")
    op.create_index("ix_boss", "user", ["boss_id"])
    op.create_foreign_key("fk_boss", "user", "user", ["boss_id"], ["id"])
"""
    source = revision.read_text()
    revision.write_text(source.replace(UNREPLAYABLE, UNREPLAYABLE + body))
    repository.git("add", "--all")
    before = repository.check(SCRATCH_URL=server_url)
    assert before.code == 1, before.err
    assert before.out.count("DR1") == 1, before.out
    assert "user.phone" in before.out
    revision.write_text(source.replace(UNREPLAYABLE, PLAIN + body))
    repository.git("add", "--all")
    assert repository.check().out.split("\n\n")[0] == before.out.split("\n\n")[0]
    assert repository.verb("baseline").code == 0
    revision.write_text(source.replace(UNREPLAYABLE, UNREPLAYABLE + body))
    repository.git("add", "--all")
    after = repository.check(SCRATCH_URL=server_url)
    assert after.code == 0, after.out + after.err


def test_a_table_that_the_target_refuses_is_told_alike(
    repository: RepositoryProject, server_url: str
) -> None:
    model = "app/models/user.py"
    column = "    wide: Mapped[str | None] = mapped_column(String(70000))\n"
    repository.write(model, repository.read(model) + column)
    repository.git("add", "--all")
    answer = repository.check(SCRATCH_URL=server_url)
    assert answer.code == 1, answer.err
    assert "DR109 table user cannot be created from the models" in answer.out
