"""ALTERs of one table in a row are one statement, and nobody can tell."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from alembic.config import Config

from stillroom import apply
from stillroom.apply import repair
from stillroom.apply.events import Event, StatementDone
from tests.support import servers
from tests.support.crashes import Cut, Outcome, config_for, contents, difference, run, write_history
from tests.support.generators.random_groups import Groups

CREATE = (
    'op.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, c INT)")',
    'op.execute("INSERT INTO t VALUES (1, 1, 1, 1), (2, 2, 1, 300)")',
)
COPIES = [
    f'op.alter_column("t", "{name}", existing_type=sa.Integer, type_=sa.String(20))'
    for name in "abc"
]
MERGED = (
    "ALTER TABLE `t` MODIFY a VARCHAR(20) NULL, MODIFY b VARCHAR(20) NULL,"
    " MODIFY c VARCHAR(20) NULL"
)


def history(folder: Path, *lines: str) -> Path:
    """A history of one revision that makes a table, and one of these lines."""
    code = ["\n    ".join(part) for part in (CREATE, lines)]
    return write_history(folder, *code, ids=("r1", "r2"))


def upgrade(url: sa.URL, folder: Path, *, merge: bool = True, cut: Cut | None = None) -> Outcome:
    """Upgrade; what it prints is a list of the statements that ran."""
    log = folder / "log"
    log.write_text("")

    def heard(event: Event) -> None:
        if isinstance(event, StatementDone) and not event.skipped:
            with log.open("a") as file:
                print(json.dumps(event.text), file=file)

    def command(config: Config) -> None:
        apply.upgrade(config, "head", listener=heard, options=apply.Options(merge=merge))

    return run(url, command, cut, folder)


def sent(folder: Path) -> list[str]:
    lines = [json.loads(line) for line in (folder / "log").read_text().splitlines()]
    return [line for line in lines if line.startswith(("ALTER", "CREATE INDEX", "SELECT"))]


def test_one_copy_for_three_changes(url: sa.URL, tmp_path: Path) -> None:
    folder = history(tmp_path, *COPIES)
    assert upgrade(url, folder).code == 0
    assert sent(folder) == [MERGED]


def test_off(url: sa.URL, tmp_path: Path) -> None:
    folder = history(tmp_path, *COPIES)
    assert upgrade(url, folder, merge=False).code == 0
    assert len(sent(folder)) == 3


@pytest.mark.parametrize(
    "between",
    [
        'op.execute("UPDATE t SET b = b + 1")',
        'assert op.get_bind().execute(sa.text("SELECT COUNT(*) FROM t")).scalar() == 2',
        "with op.get_context().autocommit_block():\n        pass",
        'assert "VARCHAR" in str(sa.inspect(op.get_bind()).get_columns("t")[1]["type"])',
        # Another connection, past everything of ours.
        "other = sa.create_engine(os.environ['CRASH_URL'], poolclass=sa.pool.NullPool).connect()\n"
        "    assert 'varchar' in other.exec_driver_sql('SHOW CREATE TABLE t').one()[1]\n"
        "    other.close()",
    ],
    ids=["rows", "query", "commit", "inspector", "other engine"],
)
def test_what_stands_between_sees_what_came_before(
    url: sa.URL, tmp_path: Path, between: str
) -> None:
    folder = history(tmp_path, COPIES[0], between, *COPIES[1:])
    outcome = upgrade(url, folder)
    assert outcome.code == 0, outcome.text
    assert len(sent(folder)) == 2


def test_a_clause_that_fails_is_named_and_the_ones_before_it_are_done(
    url: sa.URL, tmp_path: Path
) -> None:
    too_long = 'op.alter_column("t", "c", existing_type=sa.Integer, type_=sa.SmallInteger)'
    lines = [COPIES[0], too_long.replace("SmallInteger", "dialects.mysql.TINYINT"), COPIES[1]]
    folder = history(tmp_path, *lines)
    failed = upgrade(url, folder)
    assert failed.code == 2
    assert f"{folder}/versions/r2.py:8: AP301 revision r2 failed: 1264" in failed.text
    assert "ALTER TABLE t MODIFY c TINYINT NULL" in failed.text
    assert "The statements before it are done and stay done." in failed.text
    assert "`a` varchar(20)" in contents(url)["t"]
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE t SET c = 3")
    engine.dispose()
    again = upgrade(url, folder)
    assert again.code == 0, again.text
    assert sent(folder) == [
        "ALTER TABLE `t` MODIFY c TINYINT NULL, MODIFY b VARCHAR(20) NULL",
    ]


def test_an_exception_leaves_what_was_asked_for_before(url: sa.URL, tmp_path: Path) -> None:
    folder = history(tmp_path, *COPIES, "raise ValueError('enough')")
    failed = upgrade(url, folder)
    assert "AP301 revision r2 failed: ValueError: enough" in failed.text
    assert sent(folder) == [MERGED]


def test_a_failure_that_the_revision_catches(url: sa.URL, tmp_path: Path) -> None:
    folder = history(
        tmp_path,
        COPIES[0],
        "try:\n        op.execute('CREATE UNIQUE INDEX i ON t (b)')",
        "except sa.exc.IntegrityError:\n        op.execute('CREATE INDEX i ON t (b)')",
    )
    assert upgrade(url, folder).code == 0
    assert sent(folder)[-1] == "CREATE INDEX i ON t (b)"


def test_a_late_failure_cannot_be_caught_by_another_statement(url: sa.URL, tmp_path: Path) -> None:
    folder = history(
        tmp_path,
        "op.execute('CREATE UNIQUE INDEX i ON t (b)')",
        "try:\n        op.execute('INSERT INTO t VALUES (3, 3, 3, 3)')",
        "except Exception:\n        print('what of it')",
        "op.execute('DELETE FROM t')",
    )
    failed = upgrade(url, folder)
    assert failed.code == 2
    assert "r2.py:7: AP301 revision r2 failed: 1062" in failed.text
    assert len(contents(url)["t: rows"]) == 2


@pytest.mark.parametrize("how", ["before", "during", "kill"])
def test_cut_off_in_a_merged_statement(url: sa.URL, tmp_path: Path, how: str) -> None:
    folder = history(tmp_path, *COPIES, "op.execute('UPDATE t SET a = a + 1')")
    with servers.database(url.set(database="").render_as_string(hide_password=False)) as other:
        whole = run(other, lambda config: apply.upgrade(config, "head"), history=folder)
        expected = contents(other)
        number = whole.text.split("\0").index(MERGED) + 1
    assert upgrade(url, folder, cut=Cut(number, how)).code in (-signal.SIGKILL, 2)
    again = upgrade(url, folder)
    assert again.code == 0, again.text
    assert difference(expected, contents(url)) == ""


def test_a_cut_one_is_shown_and_may_be_decided(
    url: sa.URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["op.execute('SELECT 1')", "os.kill(os.getpid(), signal.SIGKILL)"]
    folder = history(tmp_path, *COPIES, *lines)
    upgrade(url, folder)
    monkeypatch.setenv("CRASH_URL", url.render_as_string(hide_password=False))
    (found,) = repair.inspect(config_for(folder))
    assert [one.text for one in found.statements] == [MERGED]
    repair.decide(config_for(folder), not_done=[found.statements[0].number])
    assert repair.inspect(config_for(folder)) == []  # nothing of it is done now


def test_random_groups(server_url: str) -> None:
    groups = Groups(server_url)
    try:
        for seed in range(24):
            assert groups.try_one(Random(seed)) == ""  # noqa: S311 - no secret
        assert groups.tally["merged"] > groups.tally["alone"] / 4
    finally:
        groups.close()
