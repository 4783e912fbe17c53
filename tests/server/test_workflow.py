"""The workflow on real servers."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.support import servers
from tests.support.projects import UserProject, verb_command

NASTY = '100% "safe" @ 5:30 / it\'s #1'


def test_up_down_and_up_again_leaves_the_same_tables(
    project: UserProject, database: sa.URL
) -> None:
    project.environment["DB_URL"] = database.render_as_string(hide_password=False)
    first = project.verb("migrate")
    assert first.code == 0, first.err
    created = servers.show_create(database)
    assert set(created) == {"article", "user"}
    assert "COMMENT '文章标题'" in created["article"]
    assert project.verb("downgrade", "base").code == 0
    assert servers.show_create(database) == {}
    assert project.verb("upgrade").code == 0
    assert servers.show_create(database) == created
    assert project.script("check_revision", "--worktree").code == 0


def test_an_async_driver_upgrades_and_downgrades(project: UserProject, database: sa.URL) -> None:
    url = database.set(drivername="mysql+aiomysql").render_as_string(hide_password=False)
    project.environment["DB_URL"] = url
    upgraded = project.verb("upgrade")
    assert upgraded.code == 0, upgraded.err
    assert set(servers.show_create(database)) == {"article", "user"}
    assert project.alembic("current").out == "e3c87c4a7bde (head)\n"
    downgraded = project.verb("downgrade", "-1")
    assert downgraded.code == 0, downgraded.err
    assert servers.show_create(database) == {}


@pytest.fixture
def account(server_url: str, database: sa.URL) -> Iterator[sa.URL]:
    """The database, through an account whose password has every special character."""
    name = f"nasty_{database.database}"[:32]
    root = sa.create_engine(server_url)
    with root.connect() as connection:
        connection.execute(
            sa.text(f"CREATE USER {name}@'%' IDENTIFIED BY :password"), {"password": NASTY}
        )
        connection.exec_driver_sql(f"GRANT ALL ON {database.database}.* TO {name}@'%%'")
    yield sa.URL.create(
        database.drivername, name, NASTY, database.host, database.port, database.database
    )
    with root.connect() as connection:
        connection.exec_driver_sql(f"DROP USER {name}@'%%'")
    root.dispose()


def as_url(account: sa.URL) -> str:
    return "DB_URL=" + account.render_as_string(hide_password=False)


def as_parts(account: sa.URL) -> str:
    password = NASTY.replace("'", "\\'")
    return (
        f"DB_HOST={account.host}\nDB_PORT={account.port}\nDB_USER={account.username}\n"
        f"DB_PASSWORD='{password}'\nDB_NAME={account.database}\n"
    )


@pytest.mark.parametrize("form", [as_url, as_parts])
def test_a_nasty_password_works_and_is_shown_nowhere(
    project: UserProject, account: sa.URL, form: object
) -> None:
    assert callable(form)
    project.write(".env", form(account))
    answers = [
        project.verb("init"),
        project.verb("migrate"),
        project.verb("current"),
        project.verb("sql"),
        project.verb("downgrade", "base"),
        project.verb("upgrade", "nope"),
        project.alembic("upgrade", "head"),
    ]
    assert [answer.code for answer in answers] == [0, 0, 0, 0, 0, 2, 0], answers
    assert set(servers.show_create(account)) == {"article", "user"}
    secrets = [NASTY, account.render_as_string(hide_password=False).split(":")[2].split("@")[0]]
    printed = "".join(answer.out + answer.err for answer in answers)
    (project.root / ".env").unlink()
    for secret in secrets:
        assert secret not in printed
        assert not [name for name, data in project.files().items() if secret.encode() in data]
    assert str(account.username) not in project.read("alembic.ini")


def test_no_argument_of_a_process_shows_the_password(project: UserProject, account: sa.URL) -> None:
    project.write(".env", as_parts(account))
    running = subprocess.Popen(
        verb_command("migrate"),
        cwd=project.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seen = ""
    while running.poll() is None:
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
        seen += listed.stdout
    assert running.returncode == 0
    assert "stillroom migrate" in seen
    assert NASTY not in seen


def test_a_wrong_password_and_a_missing_database(
    project: UserProject, account: sa.URL, database: sa.URL
) -> None:
    wrong = account.set(password="hunter2").render_as_string(hide_password=False)
    refused = project.verb("upgrade", DB_URL=wrong)
    assert refused.code == 2
    assert f"the server rejects the user '{account.username}' or its password" in refused.err
    assert "DB_URL in the environment" in refused.err
    assert "hunter2" not in refused.err
    missing = database.set(database="no_such_database").render_as_string(hide_password=False)
    refused = project.verb("upgrade", DB_URL=missing)
    assert refused.code == 2
    assert "the server has no database 'no_such_database'" in refused.err
    assert "CREATE DATABASE `no_such_database`" in refused.err


def test_an_account_without_privileges(project: UserProject, account: sa.URL) -> None:
    url = account.set(database="mysql").render_as_string(hide_password=False)
    refused = project.verb("upgrade", DB_URL=url)
    assert refused.code == 2
    assert "lacks a privilege" in refused.err
    assert "GRANT ALL ON `mysql`" in refused.err
