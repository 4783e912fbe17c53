"""What an upgrade refuses on a real server, as its user reads it: never a traceback."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.config import Config

from stillroom import apply
from stillroom.apply import run, server
from stillroom.apply.connection import Raw
from stillroom.apply.errors import ApplyError
from stillroom.apply.events import Event, Noticed, StatementDone, StatementStarted
from stillroom.apply.journal.journal import Journal
from stillroom.findings import Finding
from tests.support.crashes import HISTORY, config_for
from tests.support.projects import UserProject
from tests.support.servers import execute


@pytest.fixture
def served(project: UserProject, database: sa.URL) -> UserProject:
    project.environment["DB_URL"] = shown(database)
    return project


@pytest.fixture
def reader(database: sa.URL) -> Iterator[sa.URL]:
    """An account that may only read."""
    engine = sa.create_engine(database)
    name = f"{database.database}_r"[-32:]
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE USER {name} IDENTIFIED BY 'a p@ss'")
        connection.exec_driver_sql(f"GRANT SELECT ON `{database.database}`.* TO {name}")
    yield database.set(username=name, password="a p@ss")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP USER {name}")
    engine.dispose()


def shown(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


def refused(project: UserProject, verb: str = "upgrade", **environment: str) -> str:
    answer = project.verb(verb, **environment)
    assert answer.code == 2, answer.out + answer.err
    assert "Traceback" not in answer.err
    return answer.err


def test_too_few_privileges(served: UserProject, reader: sa.URL) -> None:
    said = refused(served, DB_URL=shown(reader))
    assert said.startswith("AP104 this account lacks ALTER, CREATE, DELETE, DROP, INDEX, INSERT, ")
    assert f" ON `{reader.database}`.* TO CURRENT_USER()\n" in said
    assert "p@ss" not in said
    assert "p%40ss" not in said


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"password": "secret"}, "the server rejects the user '"),
        ({"database": "not_there"}, "' lacks a privilege: Access denied for user"),
        ({"port": 1}, "no server answers: "),
        ({"host": "host.invalid"}, "no server answers: "),
        ({"database": ""}, "AP112 DB_URL names the server "),
        ({"query": {"ssl_ca": "/nope.pem"}}, "there is no file /nope.pem, which is its ssl_ca"),
        ({"query": {"bogus": "1"}}, "the driver has no option 'bogus'"),
        ({"query": {"charset": "nope"}}, "the driver cannot connect with these options: "),
    ],
)
def test_a_url_that_leads_nowhere(
    served: UserProject, reader: sa.URL, change: dict[str, object], what: str
) -> None:
    said = refused(served, DB_URL=shown(reader.set(**change)))  # type: ignore[arg-type]
    assert what in said
    assert "secret" not in said
    assert "p%40ss" not in said


VERBS = ("upgrade", "status", "resume", "repair")


@pytest.mark.parametrize("verb", VERBS)
def test_a_journal_that_is_none(served: UserProject, database: sa.URL, verb: str) -> None:
    execute(database, "CREATE TABLE stillroom_journal (x INT)")
    said = refused(served, verb)
    assert "AP113 the table stillroom_journal is not a journal that this version can read: " in said
    assert "this removes the table: make repair forget=1" in said
    assert served.verb("repair", "--forget").code == 0
    assert served.verb("upgrade").code == 0


@pytest.mark.parametrize("verb", VERBS)
def test_a_journal_that_cannot_be_read_stays(
    served: UserProject, database: sa.URL, verb: str
) -> None:
    execute(
        database,
        "CREATE TABLE stillroom_journal (line INT, of_a_later_version INT)",
        "INSERT INTO stillroom_journal VALUES (1, 1)",
    )
    refused(served, verb)
    with sa.create_engine(database).connect() as connection:
        assert connection.exec_driver_sql("SELECT line FROM stillroom_journal").all() == [(1,)]


def test_a_garbled_journal(served: UserProject, database: sa.URL) -> None:
    line = "(1, 'x', 'upgrade', 'revision', 'done', '', '', NULL, 'garbage', 'no date')"
    definition = Journal("alembic_version", None).definition(mysql=True)
    execute(database, definition, f"INSERT INTO stillroom_journal VALUES {line}")
    for verb in VERBS:
        assert "AP113 the table stillroom_journal is not a journal" in refused(served, verb)


def test_no_stamp_on_a_half_applied_revision(served: UserProject, database: sa.URL) -> None:
    line = "(1, 'x', 'upgrade', 'revision', 'done', '', '', NULL, NULL, '2026-01-01 00:00:00')"
    statement = (
        "(2, 'x', 'upgrade', 'ddl', 'done', 'CREATE TABLE t (a INT)', 'd', '{}', NULL,"
        " '2026-01-01 00:00:00')"
    )
    definition = Journal("alembic_version", None).definition(mysql=True)
    execute(database, definition, f"INSERT INTO stillroom_journal VALUES {line}, {statement}")
    said = refused(served, "stamp", STILLROOM_rev="head")
    assert "AP201 the upgrade of revision x is half-applied" in said
    assert "finish it before you run stamp head" in said


def test_a_revision_of_which_nothing_is_done_is_in_nobodys_way(
    served: UserProject, database: sa.URL
) -> None:
    line = "(1, 'x', 'upgrade', 'revision', 'done', '', '', NULL, NULL, '2026-01-01 00:00:00')"
    definition = Journal("alembic_version", None).definition(mysql=True)
    execute(database, definition, f"INSERT INTO stillroom_journal VALUES {line}")
    assert "half" not in served.verb("status").out
    assert served.verb("upgrade").code == 0


def test_a_damaged_list_of_applied_files(served: UserProject, database: sa.URL) -> None:
    assert served.verb("upgrade").code == 0
    execute(database, "UPDATE alembic_version SET stillroom_sources = '{'")
    for verb in ("upgrade", "status"):
        assert "AP114 the column stillroom_sources of `alembic_version` cannot be read" in (
            refused(served, verb)
        )
    execute(database, "UPDATE alembic_version SET stillroom_sources = NULL")
    assert served.verb("upgrade").code == 0


def test_a_version_table_of_another_kind(served: UserProject, database: sa.URL) -> None:
    execute(database, "CREATE TABLE alembic_version (x INT)")
    said = refused(served)
    assert "env.py failed: OperationalError: " in said
    assert "version_num" in said
    assert "does not answer" not in said


def test_a_revision_of_two_that_nobody_knows(served: UserProject, database: sa.URL) -> None:
    assert served.verb("upgrade").code == 0
    execute(database, "INSERT INTO alembic_version (version_num) VALUES ('gone')")
    assert "AP106 the database is at revision gone, but there is no file for it here" in refused(
        served
    )


def test_the_journal_cannot_be_made(served: UserProject, database: sa.URL) -> None:
    execute(database, "CREATE VIEW stillroom_journal AS SELECT 1 AS line")
    said = refused(served)
    assert "AP11" in said


@pytest.fixture
def config(database: sa.URL, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The history of the crash tests, on a database of its own."""
    monkeypatch.setenv("CRASH_URL", shown(database))
    return config_for(HISTORY)


def kill(database: sa.URL, connection: int | None) -> None:
    execute(database, f"KILL {connection}")


def test_a_connection_that_is_lost(config: Config, database: sa.URL) -> None:
    own: list[int | None] = []

    def listener(event: Event) -> None:
        if isinstance(event, StatementStarted):
            own.append(event.connection)
        elif isinstance(event, StatementDone) and len(own) == 3:
            kill(database, own[-1])

    with pytest.raises(ApplyError, match="make resume") as lost:
        apply.upgrade(config, listener=listener)
    assert lost.value.code in ("AP110", "AP301")
    apply.upgrade(config)


def test_a_connection_that_is_lost_before_the_first_statement(
    config: Config, database: sa.URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = server.long_transactions

    def losing(raw: Raw, seconds: float) -> Iterator[Finding]:
        kill(database, raw.value("SELECT CONNECTION_ID()"))
        return look(raw, seconds)

    monkeypatch.setattr(run, "long_transactions", losing)
    with pytest.raises(ApplyError, match="AP110 the connection was lost: ") as lost:
        apply.upgrade(config)
    assert "make status    shows how far it got" in str(lost.value)
    monkeypatch.undo()
    monkeypatch.setenv("CRASH_URL", shown(database))
    apply.upgrade(config)


def test_a_long_transaction_is_told(config: Config, database: sa.URL) -> None:
    execute(database, "CREATE TABLE busy (id INT PRIMARY KEY)", "INSERT INTO busy VALUES (1)")
    engine = sa.create_engine(database)
    heard: list[Event] = []
    with engine.connect() as other:
        other.exec_driver_sql("SELECT * FROM busy FOR UPDATE")
        other.exec_driver_sql("SELECT SLEEP(2.2)")
        apply.upgrade(config, listener=heard.append, options=apply.Options(long_transaction=1))
    engine.dispose()
    (noticed,) = [event.finding for event in heard if isinstance(event, Noticed)]
    assert noticed.code == "AP108"
    assert re.match(r"root at .* has had a transaction open for \d s", noticed.what)
    assert noticed.fix.startswith("Let it finish, or end it: KILL ")
