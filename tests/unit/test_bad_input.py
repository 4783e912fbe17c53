"""Each kind of bad input: one clear message with the remedy, exit 2, nothing changed."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import make_url

from tests.support.projects import Answer, UserProject, verb_command

URL = "mysql+pymysql://root:hunter2@127.0.0.1:1/shop"


def refused(answer: Answer, *texts: str) -> None:
    assert answer.code == 2, answer.err + answer.out
    for text in texts:
        assert text in answer.err
    assert "Traceback" not in answer.err
    assert "hunter2" not in answer.err + answer.out


@pytest.mark.parametrize(
    ("url", "texts"),
    [
        (URL, ["127.0.0.1:1: no server answers", "DB_URL in .env:1", "make db-start"]),
        (
            "mysql:/root:hunter2@x",
            ["DB_URL in .env:1: is not a database URL", "%40", "DB_PASSWORD"],
        ),
        ("mysql+pymysql://root:hunter2@x:hunter2/shop", ["is not a database URL"]),
        ("mysql+pymysql://root:a@hunter2@x/shop", ["is not a database URL", "%40"]),
        ("oracel://root:hunter2@x/y", ["SQLAlchemy has no dialect or driver 'oracel'"]),
        ("mysql+pymsql://root:hunter2@x/y", ["no dialect or driver 'mysql+pymsql'"]),
        (
            "mysql+mysqldb://root:hunter2@x/y",
            ["MySQLdb is not installed", "pip install mysqlclient"],
        ),
        ("mysql+asyncmy://root:hunter2@x/y", ["asyncmy is not installed", "pip install asyncmy"]),
        ("postgresql://root:hunter2@x/y", ["pip install psycopg"]),
        (URL + "?colour=red", ["the driver has no option 'colour'"]),
        (
            "sqlite:////nowhere/at/all.db",
            ["/nowhere/at/all.db: the file cannot be opened for writing"],
        ),
    ],
)
def test_urls(project: UserProject, url: str, texts: list[str]) -> None:
    project.write(".env", f"DB_URL={url}\n")
    before = project.files()
    refused(project.verb("upgrade"), *texts)
    assert project.files() == before


def test_a_port_that_is_no_number(project: UserProject) -> None:
    answer = project.verb("upgrade", DB_HOST="x", DB_PORT="hunter2")
    refused(answer, "DB_PORT in the environment: is not a number")


def test_env_file_with_a_syntax_error(project: UserProject) -> None:
    project.write(".env", "# mine\nDB_PASSWORD 'hunter2'\n")
    refused(project.verb("upgrade"), ".env:2: is not of the form NAME=value")


def test_broken_alembic_ini(project: UserProject) -> None:
    project.write("alembic.ini", project.read("alembic.ini") + "nonsense\n")
    refused(project.verb("current"), "alembic.ini:", "is neither a [section]")


@pytest.mark.parametrize(
    ("verb", "revision", "texts"),
    [
        (
            "upgrade",
            "nope",
            ["Can't locate revision identified by 'nope'", "make history"],
        ),
        ("downgrade", "nope", ["Can't locate revision", "make history"]),
        ("upgrade", "+7", ["Relative revision +7 didn't produce 7 migrations", "history` lists"]),
        ("upgrade", "e3c8+5", ["Relative revision e3c8+5 leads out of the", "history` lists"]),
        ("downgrade", "e3c8-5", ["Relative revision e3c8-5 leads out of the", "history` lists"]),
        ("schema", "e3c8+5", ["Relative revision e3c8+5 leads out of the", "history` lists"]),
        ("squash", "e3c8+5", ["Relative revision e3c8+5 leads out of the", "history` lists"]),
        ("downgrade", "", ["rev= is missing", "make downgrade rev=-1"]),
        ("stamp", "", ["rev= is missing", "make stamp rev=head"]),
        ("revision", "", ["m= is missing", 'make revision m="']),
    ],
)
def test_revisions(project: UserProject, verb: str, revision: str, texts: list[str]) -> None:
    refused(project.verb(verb, STILLROOM_rev=revision), *texts)


def test_ambiguous_prefix(project: UserProject) -> None:
    first = project.revisions()[0].read_text()
    for name, below in [("abcd1", "e3c87c4a7bde"), ("abcd2", "abcd1")]:
        text = first.replace('"e3c87c4a7bde"', f'"{name}"')
        text = text.replace("| None = None", f'| None = "{below}"', 1)
        project.write(f"alembic/versions/{name}.py", text)
    refused(project.verb("upgrade", "abcd"), "abcd", "Give more of its characters")


def test_merge_conflict_marker(project: UserProject) -> None:
    file = project.revisions()[0]
    lines = file.read_text().splitlines()
    lines.insert(7, "<<<<<<< HEAD")
    file.write_text("\n".join(lines))
    refused(project.verb("upgrade"), f"{file.name}:8: has a merge-conflict marker", "git")


def test_syntax_error_in_a_revision(project: UserProject) -> None:
    file = project.revisions()[0]
    file.write_text("def upgrade(:\n")
    refused(project.verb("history"), f"{file.name}:1: SyntaxError")


def test_outside_the_project_root(project: UserProject) -> None:
    below = UserProject(project.root / "app")
    answer = below.run(*verb_command("upgrade", scripts="../scripts"))
    refused(answer, "no alembic.ini is here", f"cd {project.root}")


def test_an_error_in_a_revision_is_shown_with_its_line(project: UserProject) -> None:
    file = project.revisions()[0]
    text = file.read_text()
    file.write_text(text.replace("def upgrade() -> None:\n", "def upgrade() -> None:\n    1 / 0\n"))
    refused(project.verb("upgrade"), f"{file.name}:", "ZeroDivisionError")
    file.write_text(
        text.replace("def upgrade() -> None:\n", 'def upgrade() -> None:\n    op.execute("BAD")\n')
    )
    refused(project.verb("upgrade"), f"{file.name}:", "failed: near", "BAD")


def test_losing_data_on_a_distant_server_needs_its_name(project: UserProject) -> None:
    url = "mysql+pymysql://root:hunter2@db.invalid/shop"
    answer = project.verb("downgrade", "base", DB_URL=url)
    refused(answer, "'shop' on db.invalid", "CONFIRM=shop make downgrade rev=base")
    confirmed = project.verb("downgrade", "base", DB_URL=url, CONFIRM="shop")
    refused(confirmed, "db.invalid:3306: no server answers")


def test_a_verb_that_does_not_exist(project: UserProject) -> None:
    import sys

    environment = {"PYTHONPATH": "scripts"}
    code = "from stillroom.cli import main; raise SystemExit(main(['upgrate']))"
    answer = project.run(sys.executable, "-c", code, **environment)
    assert answer.code == 2
    assert "no verb 'upgrate'" in answer.err


def test_a_refused_password_names_its_own_variable(project: UserProject) -> None:
    """And not the first of DB_* that happens to be set."""
    from pymysql.err import OperationalError
    from sqlalchemy.exc import DBAPIError

    from stillroom.project.explanations import explained
    from stillroom.project.settings import load

    project.write(".env", "DB_HOST=db1\nDB_PORT=3306\nDB_USER=ann\nDB_PASSWORD=x\nDB_NAME=shop\n")
    url = make_url("mysql+pymysql://ann@db1:3306/shop")
    for number, named in ((1045, "DB_PASSWORD in .env:4"), (2003, "DB_HOST in .env:1")):
        error = DBAPIError("SELECT 1", {}, OperationalError(number, "no"))
        assert named in explained(error, load(project.root), url).fix


def test_a_database_at_a_revision_without_a_file(project: UserProject) -> None:
    assert project.verb("upgrade").code == 0
    with closing(sqlite3.connect(project.root / "app.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'gone'")
    answer = project.verb("current")
    assert (answer.code, answer.out) == (1, "gone: there is no file for it here\n")


def test_stamp_says_what_it_has_done(project: UserProject) -> None:
    answer = project.verb("stamp", "head")
    assert (answer.code, answer.out) == (0, "app.db is now at e3c87c4a7bde; nothing was run.\n")
    assert project.verb("stamp", "base").out == "app.db is now at base; nothing was run.\n"
