"""Each kind of bad input: one clear message with the remedy, exit 2, nothing changed."""

import pytest

from tests.support.projects import Answer, UserProject

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
        ("mysql:/root:hunter2@x", ["DB_URL in .env:1: is no database URL", "%40", "DB_PASSWORD"]),
        ("mysql+pymysql://root:hunter2@x:hunter2/shop", ["is no database URL"]),
        ("mysql+pymysql://root:a@hunter2@x/shop", ["is no database URL", "%40"]),
        ("oracel://root:hunter2@x/y", ["SQLAlchemy has no dialect or driver 'oracel'"]),
        ("mysql+pymsql://root:hunter2@x/y", ["no dialect or driver 'mysql+pymsql'"]),
        (
            "mysql+mysqldb://root:hunter2@x/y",
            ["MySQLdb is not installed", "pip install mysqlclient"],
        ),
        ("mysql+asyncmy://root:hunter2@x/y", ["asyncmy is not installed", "pip install asyncmy"]),
        ("postgresql://root:hunter2@x/y", ["pip install psycopg"]),
        (URL + "?colour=red", ["the driver does not know the option 'colour'"]),
        (
            "sqlite:////nowhere/at/all.db",
            ["/nowhere/at/all.db: the file cannot be opened for writing"],
        ),
    ],
)
def test_urls(project: UserProject, url: str, texts: list[str]) -> None:
    project.write(".env", f"DB_URL={url}\n")
    before = project.files()
    refused(project.script("upgrade_database"), *texts)
    assert project.files() == before


def test_a_port_that_is_no_number(project: UserProject) -> None:
    answer = project.script("upgrade_database", DB_HOST="x", DB_PORT="hunter2")
    refused(answer, "DB_PORT in the environment: is not a number")


def test_env_file_with_a_syntax_error(project: UserProject) -> None:
    project.write(".env", "# mine\nDB_PASSWORD 'hunter2'\n")
    refused(project.script("upgrade_database"), ".env:2: is not of the form NAME=value")


def test_broken_alembic_ini(project: UserProject) -> None:
    project.write("alembic.ini", project.read("alembic.ini") + "nonsense\n")
    refused(project.script("show_current"), "alembic.ini:", "is neither a [section]")


@pytest.mark.parametrize(
    ("script", "revision", "texts"),
    [
        (
            "upgrade_database",
            "nope",
            ["Can't locate revision identified by 'nope'", "make history"],
        ),
        ("downgrade_database", "nope", ["Can't locate revision", "make history"]),
        ("upgrade_database", "+7", ["Relative revision +7 didn't produce 7 migrations"]),
        ("downgrade_database", "", ["rev= is missing", "make downgrade rev=-1"]),
        ("stamp_database", "", ["rev= is missing", "make stamp rev=head"]),
        ("make_revision", "", ["m= is missing", 'make revision m="']),
    ],
)
def test_revisions(project: UserProject, script: str, revision: str, texts: list[str]) -> None:
    refused(project.script(script, STILLROOM_REV=revision), *texts)


def test_ambiguous_prefix(project: UserProject) -> None:
    first = project.revisions()[0].read_text()
    for name, below in [("abcd1", "e3c87c4a7bde"), ("abcd2", "abcd1")]:
        text = first.replace('"e3c87c4a7bde"', f'"{name}"')
        text = text.replace("| None = None", f'| None = "{below}"', 1)
        project.write(f"alembic/versions/{name}.py", text)
    refused(project.script("upgrade_database", "abcd"), "abcd", "Give more letters")


def test_merge_conflict_marker(project: UserProject) -> None:
    file = project.revisions()[0]
    lines = file.read_text().splitlines()
    lines.insert(7, "<<<<<<< HEAD")
    file.write_text("\n".join(lines))
    refused(
        project.script("upgrade_database"), f"{file.name}:8: has a merge-conflict marker", "git"
    )


def test_syntax_error_in_a_revision(project: UserProject) -> None:
    file = project.revisions()[0]
    file.write_text("def upgrade(:\n")
    refused(project.script("show_history"), f"{file.name}:1: SyntaxError")


def test_outside_the_project_root(project: UserProject) -> None:
    below = UserProject(project.root / "app")
    import sys

    answer = below.run(sys.executable, "../scripts/upgrade_database.py")
    refused(answer, "no alembic.ini is here", f"cd {project.root}")


def test_an_error_in_a_revision_is_shown_with_its_line(project: UserProject) -> None:
    file = project.revisions()[0]
    text = file.read_text()
    file.write_text(text.replace("def upgrade() -> None:\n", "def upgrade() -> None:\n    1 / 0\n"))
    refused(project.script("upgrade_database"), f"{file.name}:", "ZeroDivisionError")
    file.write_text(
        text.replace("def upgrade() -> None:\n", 'def upgrade() -> None:\n    op.execute("BAD")\n')
    )
    refused(project.script("upgrade_database"), f"{file.name}:", "failed: near", "BAD")


def test_losing_data_on_a_distant_server_needs_its_name(project: UserProject) -> None:
    url = "mysql+pymysql://root:hunter2@db.invalid/shop"
    answer = project.script("downgrade_database", "base", DB_URL=url)
    refused(answer, "'shop' on db.invalid", "CONFIRM=shop")
    confirmed = project.script("downgrade_database", "base", DB_URL=url, CONFIRM="shop")
    refused(confirmed, "db.invalid:3306: no server answers")


def test_a_verb_that_does_not_exist(project: UserProject) -> None:
    import sys

    environment = {"PYTHONPATH": "scripts"}
    code = "from stillroom.cli import main; raise SystemExit(main(['upgrate']))"
    answer = project.run(sys.executable, "-c", code, **environment)
    assert answer.code == 2
    assert "no verb 'upgrate'" in answer.out
