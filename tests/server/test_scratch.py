"""The exact check on a scratch database, for what cannot be replayed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.projects import CASES, UserProject
from tests.support.repositories import RepositoryProject, make_repository
from tests.support.servers import database, target_of

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


def test_a_revision_that_names_its_database_means_the_scratch_one(
    repository: RepositoryProject, server_url: str
) -> None:
    """Keystone's first one alters it; the real one may be on the same server."""
    (revision,) = (repository.root / "alembic" / "versions").glob("aaaa_*.py")
    asked = """
    current = op.get_bind().exec_driver_sql("SELECT DATABASE()").scalar()
    assert op.get_bind().engine.url.database == current, current"""
    revision.write_text(revision.read_text().replace(UNREPLAYABLE, UNREPLAYABLE + asked))
    repository.git("add", "--all")
    answer = repository.check(SCRATCH_URL=server_url)
    assert answer.code == 0, answer.out + answer.err


ASYNC_ENV = """import asyncio

from alembic import context
from app.database.engine import Base
from sqlalchemy.ext.asyncio import async_engine_from_config
from stillroom.env import import_models

import_models("app.models")
config = context.config
if not config.get_main_option("sqlalchemy.url"):
    config.set_main_option("sqlalchemy.url", "mysql+aiomysql://nobody@localhost:1/shop")


def run(connection):
    context.configure(connection=connection, target_metadata=Base.metadata)
    context.run_migrations()


async def main():
    engine = async_engine_from_config(config.get_section("alembic"))
    async with engine.connect() as connection:
        await connection.run_sync(run)


asyncio.run(main())
"""


def test_an_async_env_that_has_a_url_of_its_own(
    repository: RepositoryProject, server_url: str
) -> None:
    repository.write("alembic/env.py", ASYNC_ENV)
    ini = repository.read("alembic.ini")
    urls = [line for line in ini.splitlines() if line.startswith("sqlalchemy.url")]
    repository.write("alembic.ini", ini.replace(urls[0], "") if urls else ini)
    repository.git("add", "--all")
    answer = repository.check(SCRATCH_URL=server_url)
    assert answer.code == 0, answer.out + answer.err


def test_each_of_several_databases_has_one_there(tmp_path: Path, server_url: str) -> None:
    project = UserProject(tmp_path / "several", {"SCRATCH_URL": server_url})
    project.root.mkdir()
    made = project.run(sys.executable, "-m", "alembic", "init", "-t", "multidb", "migrations")
    assert made.code == 0, made.err
    shutil.copytree(CASES / "multidb", project.root, dirs_exist_ok=True)
    models = "from shop.models import Catalogue, Orders\n"
    metadata = '{"engine1": Catalogue.metadata, "engine2": Orders.metadata}'
    project.replace(
        "migrations/env.py", "\ntarget_metadata = {}\n", f"\n{models}target_metadata = {metadata}\n"
    )
    settings = f"\n[stillroom]\ntarget = {target_of(server_url)}\n"
    project.write("alembic.ini", project.read("alembic.ini") + settings)
    for name, schema in (("dbname2", "orders"), ("dbname", "shop")):
        url = f"mysql+pymysql://nobody@localhost:1/{schema}\n"
        project.replace("alembic.ini", f"driver://user:pass@localhost/{name}\n", url)
    for command in (("init", "-q"), ("add", "-A")):
        assert project.run("git", *command).code == 0
    script = "migrations/versions/a1_create_tables.py"
    sql = "op.execute(\"SET @s = 'ALTER TABLE orders ADD paid INT'\")\n"
    steps = f'{sql}    op.execute("PREPARE s FROM @s")\n    op.execute("EXECUTE s")\n'
    before = "\n\ndef downgrade_engine2"
    project.replace(script, before, f"    {steps}{before}")
    missing = project.verb("check", "--worktree")
    assert missing.code == 1, missing.out + missing.err
    assert "DR102 orders.orders.paid INT" in missing.out
    assert "1 model change is not covered" in missing.out
    column = "    paid = Column(Integer)\n"
    project.write("shop/models.py", project.read("shop/models.py") + column)
    clean = project.verb("check", "--worktree")
    assert clean.code == 0, clean.out + clean.err
    assert "SCRATCH_URL" in clean.err


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


def test_every_verb_goes_on_from_what_the_server_has(
    repository: RepositoryProject, server_url: str
) -> None:
    """Drift, a new revision, its plan, its findings, its script, and the tables behind it."""
    repository.add_column("phone")
    scratch = {"SCRATCH_URL": server_url}
    with database(server_url) as url:
        repository.environment["DB_URL"] = url.render_as_string(hide_password=False)
        written = repository.verb("revision", "-m", "phone", **scratch)
        assert written.code == 0, written.err
        assert "user.phone VARCHAR(40) NULL is new" in written.err
        answers = {
            verb: repository.verb(*verb.split(), **scratch)
            for verb in ("check", "lint-revisions --all", "schema", "plan", "status")
        }
        assert all(answer.code in (0, 1) for answer in answers.values()), answers
        assert "EXECUTE s" in answers["plan"].out
        assert "ADD COLUMN phone" in answers["plan"].out
        assert "`phone` varchar(40)" in answers["schema"].out
        assert repository.verb("upgrade").code == 0
        answers["after"] = status = repository.verb("status", **scratch)
        assert "tables    match the revisions" in status.out
        for answer in (written, *answers.values()):
            told = answer.out + answer.err
            assert "server of SCRATCH_URL" in told
            assert "no database was contacted" not in told
            assert "set SCRATCH_URL" not in told


def test_without_one_what_is_behind_an_unreadable_statement_is_planned(
    repository: RepositoryProject, server_url: str
) -> None:
    """From the tables of the database itself, if that is behind the statement."""
    with database(server_url) as url:
        repository.environment["DB_URL"] = url.render_as_string(hide_password=False)
        assert repository.verb("upgrade").code == 0
        repository.add_revision("phone", id_="bbbb", below="aaaa")
        plan = repository.verb("plan")
        assert plan.code == 0, plan.err
        assert "Its own tables are the beginning" in plan.out
        assert "ADD COLUMN phone VARCHAR(40)" in plan.out
        assert repository.verb("schema", "e3c8").code == 0


def test_a_scratch_server_of_another_family_is_refused(
    repository: RepositoryProject, server_url: str
) -> None:
    other = "mysql 9.7" if "mariadb" in str(target_of(server_url)) else "mariadb 10.11"
    repository.replace("alembic.ini", f"target = {target_of(server_url)}", f"target = {other}")
    repository.git("add", "--all")
    answer = repository.check(SCRATCH_URL=server_url)
    assert answer.code == 2
    assert f"SCRATCH_URL: names a {target_of(server_url).family}" in answer.err
