"""The workflow of a newcomer, on the embedded database."""

import shlex
import sqlite3
from collections.abc import Callable

import pytest

from tests.support.projects import UserProject, verb_command

Case = Callable[[str], UserProject]
NEW_COLUMN = """
    nickname: Mapped[str | None] = mapped_column(String(40), comment="昵称")
"""


def add_column(project: UserProject) -> None:
    project.write("app/models/user.py", project.read("app/models/user.py") + NEW_COLUMN)


def test_migrate_brings_the_embedded_database_to_head(project: UserProject) -> None:
    migrated = project.verb("migrate")
    assert migrated.code == 0, migrated.err
    assert migrated.err.count("DB_URL is not set: using the embedded SQLite file app.db") == 1
    assert migrated.out == "app.db is at e3c87c4a7bde (head)\n"
    assert project.verb("current").out == "e3c87c4a7bde (head)\n"
    assert project.verb("heads").out == "e3c87c4a7bde (head)\n"
    assert "create user and article" in project.verb("history").out


def test_migrate_with_a_message_writes_the_revision_first(project: UserProject) -> None:
    add_column(project)
    message = 'it\'s `x` $HOME "q" \\n """ 中文'
    migrated = project.verb("migrate", STILLROOM_m=message)
    assert migrated.code == 0, migrated.err
    written = project.revisions()[-1].read_text()
    assert written.startswith('"""it\'s `x` $HOME "q" \\\\n \'\'\' 中文\n')
    with sqlite3.connect(project.root / "app.db") as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(user)")]
    connection.close()
    assert "nickname" in columns
    again = project.verb("migrate", STILLROOM_m="nothing")
    assert "The models need no revision: nothing was written." in again.out
    assert len(project.revisions()) == 2


def test_relative_steps_and_prefixes(project: UserProject) -> None:
    add_column(project)
    assert project.verb("migrate", STILLROOM_m="nickname").code == 0
    head = project.verb("heads").out.split()[0]
    for verb, revision, expected in [
        ("downgrade", "-2", "no revision yet"),
        ("upgrade", "+1", "e3c87c4a7bde"),
        ("upgrade", head[:6], head),
        ("downgrade", "base", "no revision yet"),
        ("upgrade", "head", head),
    ]:
        done = project.verb(verb, STILLROOM_rev=revision)
        assert done.code == 0, done.err
        assert project.verb("current").out.startswith(expected)
    assert project.verb("stamp", "e3c8").code == 0
    assert project.verb("current").out == "e3c87c4a7bde\n"


def test_plain_alembic_works_as_well(project: UserProject) -> None:
    upgraded = project.alembic("upgrade", "head")
    assert upgraded.code == 0, upgraded.err
    assert "e3c87c4a7bde (head)" in project.alembic("current").out


def test_sql_is_printed_and_nothing_is_changed(project: UserProject) -> None:
    url = "mysql+pymysql://nobody@127.0.0.1:1/shop"
    before = project.files()
    printed = project.verb("sql", DB_URL=url)
    assert printed.code == 0, printed.err
    assert "CREATE TABLE article" in printed.out
    assert "COMMENT ''文章标题''" in printed.out  # a string in a call
    after = project.files()
    assert {name: after[name] for name in before} == before


def test_init_creates_what_is_missing_and_then_nothing_more(case: Case) -> None:
    project = case("other_names")
    for path in ("alembic/env.py", "alembic/script.py.mako"):
        (project.root / path).unlink()
    for revision in project.revisions():
        revision.unlink()
    first = project.verb("init")
    assert first.code == 0, first.err + first.out
    assert "sqlalchemy.url = sqlite:///%(here)s/shop.db\n" in project.read("alembic.ini")
    assert "from shop.base import Model as Base\n" in project.read("alembic/env.py")
    assert "from shop.db import connectable as engine\n" in project.read("alembic/env.py")
    before = project.files()
    assert project.verb("init").code == 0
    assert project.files() == before
    migrated = project.verb("migrate", "-m", "create item")
    assert migrated.code == 0, migrated.err
    assert migrated.out.endswith("(head)\n")
    with sqlite3.connect(project.root / "shop.db") as connection:
        assert connection.execute("SELECT count(*) FROM item").fetchone() == (0,)
    connection.close()


def test_init_in_an_empty_checkout_writes_everything(project: UserProject) -> None:
    ini, env = project.read("alembic.ini"), project.read("alembic/env.py")
    for path in ("alembic.ini", "alembic/env.py", "alembic/script.py.mako"):
        (project.root / path).unlink()
    assert project.verb("init").code == 0
    assert project.read("alembic.ini") == ini
    assert project.read("alembic/env.py") == env


def test_init_says_what_an_env_of_ones_own_lacks(case: Case) -> None:
    project = case("own_env")
    before = project.read("alembic/env.py")
    done = project.verb("init")
    assert done.code == 1, done.err
    assert project.read("alembic/env.py") == before
    assert "alembic/env.py:9: CF101 target_metadata is None" in done.out
    assert "alembic/env.py: CF102 does not take the database from the application" in done.out
    assert "app/models/article.py:15: MD101 table article is in no imported module" in done.out
    assert "table user" not in done.out


def test_init_refuses_a_password_in_the_file(project: UserProject) -> None:
    project.replace(
        "alembic.ini", "sqlite:///%(here)s/app.db", "mysql://root:secret@localhost/shop"
    )
    before = project.files()
    done = project.verb("init")
    assert done.code == 2
    assert "alembic.ini:17: there is a password in a file that is committed" in done.err
    assert "secret" not in done.err + done.out
    assert project.files() == before


def test_a_model_that_nothing_imports_is_in_the_revision(case: Case) -> None:
    project = case("unimported_model")
    (project.root / "app/billing/tables.py").unlink()
    done = project.verb("migrate", "-m", "orders")
    assert done.code == 0, done.err
    written = project.revisions()[-1].read_text()
    assert '"order",' in written
    assert "drop_table" not in written.split("def downgrade")[0]


def test_a_table_outside_the_models_is_reported(case: Case) -> None:
    project = case("unimported_model")
    assert project.verb("upgrade").code == 0
    done = project.verb("revision", "-m", "orders")
    assert done.code == 2
    assert "app/billing/tables.py:9: MD101 table invoice is in no imported module" in done.err
    assert "app/billing/tables.py:15: MD101 table receipt is in no imported module" in done.err
    assert len(project.revisions()) == 1


@pytest.mark.parametrize("command", ["upgrade", "revision", "check"])
def test_a_model_that_cannot_be_imported_gives_three_lines(case: Case, command: str) -> None:
    project = case("broken_model")
    arguments = {"revision": ["-m", "x"]}.get(command, [])
    done = project.verb(command, *arguments, DB_URL="sqlite://")
    assert done.code == 2
    assert done.err.splitlines() == [
        "app/models/broken.py:9: this module cannot be imported",
        "    NameError: name 'undefined_name' is not defined",
        "    Fix it and run the command again. Nothing was changed.",
    ]
    plain = project.alembic("upgrade", "head")
    assert plain.code != 0
    assert "Traceback" not in plain.err
    assert "app/models/broken.py:9" in plain.out + plain.err


def test_check_tells_what_has_no_revision(project: UserProject) -> None:
    assert project.verb("upgrade").code == 0
    assert project.verb("check").code == 0
    add_column(project)
    found = project.verb("check")
    assert found.code == 1
    assert "nickname" in found.out


def test_a_reader_that_has_seen_enough_is_no_error(project: UserProject) -> None:
    command = f"{shlex.join(verb_command('sql', '--from', 'base'))} | head -1"
    shown = project.run("sh", "-c", command, DB_URL="mysql+pymysql://nobody@127.0.0.1:1/shop")
    assert shown.out == "-- From base to e3c87c4a7bde, for mariadb 10.11.\n"
    assert shown.err == "From base, for mariadb 10.11; no database was contacted.\n"
