"""Upgrades, cuts, refusals and repairs, on SQLite: where a file is a server."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from stillroom import apply
from stillroom.apply import repair
from stillroom.apply.errors import ApplyError
from stillroom.apply.events import Event, Finished, Noticed, Resumed
from stillroom.apply.journal import codec
from stillroom.apply.journal.codec import Unrecordable
from stillroom.catalog import Catalog, Target
from stillroom.replay.server import stand_in
from tests.support.crashes import config_for, run

ENV = """
import os
from alembic import context
from sqlalchemy import create_engine, pool
from stillroom.env import guard
guard(context)
engine = create_engine(os.environ["CRASH_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    BEFORE
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
"""
FIRST = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "a1", None

def upgrade():
    op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.Text))
    op.execute("INSERT INTO t (x) VALUES ('first')")

def downgrade():
    op.drop_table("t")
"""
SECOND = """
import os
import sqlalchemy as sa
from alembic import op
revision, down_revision = "b2", "a1"

def upgrade():
    bind = op.get_bind()
    names = [row.x for row in bind.execute(sa.text("SELECT x FROM t ORDER BY id"))]
    with op.get_context().autocommit_block():
        result = bind.execute(sa.text("INSERT INTO t (x) VALUES ('second')"))
        op.execute("UPDATE t SET x = x || '!'")
    if os.environ.get("CUT"):
        os._exit(9)
    op.execute(sa.text("INSERT INTO t (x) VALUES (:x)").bindparams(
        x=f"{names} {result.lastrowid}"))

def downgrade():
    op.execute("DELETE FROM t WHERE id > 1")
"""


@dataclass
class Place:
    """A folder of revisions, a database file, and what was heard."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    heard: list[Event] = field(default_factory=list)

    @property
    def config(self) -> Config:
        return config_for(self.folder / "alembic")

    @property
    def url(self) -> sa.URL:
        return sa.make_url(f"sqlite:///{self.folder}/app.db")

    def write(self, name: str, text: str) -> Path:
        path = self.folder / "alembic" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def rows(self, query: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.folder / "app.db")
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def upgrade(self, revision: str = "head") -> None:
        self.heard.clear()
        apply.upgrade(self.config, revision, listener=self.heard.append)

    def cut(self) -> None:
        """Run the second revision until it dies half-way."""
        self.monkeypatch.setenv("CUT", "1")
        assert run(self.url, apply.upgrade, history=self.folder / "alembic").code == 9
        self.monkeypatch.delenv("CUT")

    def git(self, *arguments: str) -> None:
        identity = {
            f"GIT_{who}_{what}": "x"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True,
                       env={**os.environ, **identity})  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path, monkeypatch)
    place.write("env.py", ENV.replace("BEFORE", "pass"))
    place.write("versions/a1.py", FIRST)
    place.write("versions/b2.py", SECOND)
    monkeypatch.setenv("CRASH_URL", str(place.url))
    return place


def test_up_down_and_up_again(place: Place) -> None:
    place.upgrade()
    assert place.rows("SELECT x FROM t") == [("first!",), ("second!",), ("['first'] 2",)]
    assert place.rows("SELECT version_num FROM alembic_version") == [("b2",)]
    apply.downgrade(place.config, "-1")
    assert place.rows("SELECT x FROM t") == [("first!",)]
    apply.downgrade(place.config, "base")
    assert place.rows("SELECT version_num FROM alembic_version") == []
    place.upgrade("+1")
    assert place.rows("SELECT version_num FROM alembic_version") == [("a1",)]


def test_env_py_is_told_which_command_it_runs_in(place: Place) -> None:
    """By Alembic's command line, and by the name of the function that finds the revisions."""
    asks = (
        "    names = (context.config.cmd_opts.cmd[0], context.get_context().opts['fn'])\n"
        "    with open(os.environ['CRASH_URL'][10:] + '.log', 'a') as log:\n"
        "        print(*(each.__name__ for each in names), file=log)\n"
        "    with context.begin"
    )
    place.write("env.py", ENV.replace("BEFORE", "pass").replace("    with context.begin", asks, 1))
    place.upgrade()
    apply.downgrade(place.config, "-1")
    place.upgrade()
    told = (place.folder / "app.db.log").read_text().splitlines()
    assert told == ["upgrade upgrade", "downgrade downgrade", "upgrade upgrade"]


def test_nothing_of_ours_is_left_for_autogenerate(place: Place) -> None:
    place.upgrade()
    tables = {name for (name,) in place.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {"alembic_version", "t"}


def test_nothing_to_do(place: Place) -> None:
    place.upgrade()
    place.upgrade()
    assert [type(event).__name__ for event in place.heard] == ["Finished"]
    assert isinstance(place.heard[-1], Finished)
    assert place.heard[-1].revisions == 0


def test_a_cut_revision_goes_on_where_it_was(place: Place) -> None:
    place.upgrade("a1")
    place.cut()
    assert place.rows("SELECT x FROM t") == [("first!",), ("second!",)]
    place.upgrade()
    # Its query got the answer of the first time, its insert the key of the first time.
    assert place.rows("SELECT x FROM t") == [("first!",), ("second!",), ("['first'] 2",)]
    resumed = [event for event in place.heard if isinstance(event, Resumed)]
    assert [(event.revision, event.done) for event in resumed] == [("b2", 2)]


def test_a_cut_before_any_commit_leaves_nothing(place: Place) -> None:
    place.write(
        "versions/b2.py", SECOND.replace("with op.get_context().autocommit_block()", "if 1")
    )
    place.cut()
    place.upgrade()
    assert place.rows("SELECT x FROM t") == [("first!",), ("second!",), ("['first'] 2",)]


def test_resume_finishes_that_revision_alone(place: Place) -> None:
    place.cut()
    place.write("versions/c3.py", 'revision, down_revision = "c3", "b2"\ndef upgrade(): pass\n')
    apply.resume(place.config)
    assert place.rows("SELECT version_num FROM alembic_version") == [("b2",)]
    with pytest.raises(ApplyError, match="AP303 there is no half-applied revision to resume"):
        apply.resume(place.config)


def refusals(place: Place) -> dict[str, Callable[[], None]]:
    return {
        "downgrade base": lambda: apply.downgrade(place.config, "base"),
        "upgrade a1": lambda: place.upgrade("a1"),
    }


@pytest.mark.parametrize("asked", ["downgrade base", "upgrade a1"])
def test_another_command_has_to_wait(place: Place, asked: str) -> None:
    place.cut()
    with pytest.raises(ApplyError) as refused:
        refusals(place)[asked]()
    assert str(refused.value).splitlines() == [
        f"AP201 the upgrade of revision b2 is half-applied (2 statements are done); finish it"
        f" before you run {asked}",
        "    make status    shows how far it got",
        "    make resume    finishes it",
        "    make repair    lets you decide statement by statement",
    ]
    place.upgrade()


def test_plain_alembic_finishes_it(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.cut()
    with pytest.raises(CommandError, match="AP201 the upgrade of revision b2 is half-applied"):
        command.stamp(place.config, "b2")
    with pytest.raises(CommandError, match="AP201 the upgrade of revision b2 is half-applied"):
        command.downgrade(place.config, "base")
    command.current(place.config)
    command.upgrade(place.config, "head")
    assert "b2" in capsys.readouterr().err
    assert place.rows("SELECT x FROM t ORDER BY id")[1:] == [("second!",), ("['first'] 2",)]
    command.downgrade(place.config, "a1")
    command.upgrade(place.config, "+1")
    command.stamp(place.config, "a1")


def test_an_interruption_ends_a_caller_that_swallows_errors(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.write(
        "versions/b2.py",
        SECOND.replace("    bind = op", "    raise KeyboardInterrupt\n    bind = op"),
    )
    with pytest.raises(KeyboardInterrupt):
        command.upgrade(place.config, "head")
    assert "AP130 Ctrl-C: stopped in revision b2" in capsys.readouterr().err


def test_a_server_in_memory_is_left_to_alembic(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """An application may upgrade its database when it is made, also in a replay."""
    with stand_in(Catalog.empty(Target.parse("mariadb 10.11"))):
        command.upgrade(place.config, "a1")
    assert capsys.readouterr().err == ""


def test_the_guard_may_stand_behind_configure(place: Place) -> None:
    behind = ENV.replace("\nguard(context)\n", "\n").replace(
        "    with context.begin", "    guard(context.get_context())\n    with context.begin"
    )
    place.write("env.py", behind.replace("BEFORE", "pass"))
    place.cut()
    command.upgrade(place.config, "head")
    assert place.rows("SELECT version_num FROM alembic_version") == [("b2",)]


def test_an_edited_revision_is_refused(place: Place) -> None:
    place.cut()
    place.write("versions/b2.py", SECOND.replace("x || '!'", "x || '?'"))
    with pytest.raises(ApplyError) as refused:
        place.upgrade()
    assert "AP202 revision b2 is half-applied, and its file was edited after it was started" in str(
        refused.value
    )
    assert "+        op.execute(\"UPDATE t SET x = x || '?'\")" in str(refused.value)
    place.write("versions/b2.py", "# a comment\n" + SECOND)
    place.upgrade()


def test_an_edit_can_be_accepted(place: Place) -> None:
    place.cut()
    place.write("versions/b2.py", SECOND.replace(":x)", ":x || '.')"))
    repair.decide(place.config, accept_edit=True)
    place.upgrade()
    assert place.rows("SELECT x FROM t")[-1] == ("['first'] 2.",)


def test_an_accepted_edit_of_a_downgrade_is_not_reported_as_one(place: Place) -> None:
    place.upgrade()
    work = 'op.execute("DELETE FROM t WHERE id > 1")'
    kept = f"with op.get_context().autocommit_block():\n        {work}"
    place.write("versions/b2.py", SECOND.replace(work, f"{kept}\n    raise ValueError"))
    place.heard.clear()
    with pytest.raises(ApplyError, match="AP301"):
        apply.downgrade(place.config, "-1")
    place.write("versions/b2.py", SECOND.replace(work, kept))
    repair.decide(place.config, accept_edit=True)
    apply.resume(place.config, listener=place.heard.append)
    assert not [event for event in place.heard if isinstance(event, Noticed)]
    assert place.rows("SELECT version_num FROM alembic_version") == [("a1",)]


def test_a_half_applied_revision_without_its_file(place: Place) -> None:
    place.cut()
    (place.folder / "alembic/versions/b2.py").unlink()
    with pytest.raises(
        ApplyError, match="AP201 revision b2 is half-applied, but its file is not here"
    ):
        place.upgrade()


def test_another_path_is_told_before_the_version_moves(place: Place) -> None:
    place.write("versions/b2.py", SECOND.replace(
        "op.execute(\"UPDATE", "os.environ.get('CUT') and op.execute(\"UPDATE"))  # fmt: skip
    place.cut()
    with pytest.raises(ApplyError) as refused:
        place.upgrade()
    assert "AP204 the upgrade of revision b2 does not do now what it did before" in str(
        refused.value
    )
    assert "UPDATE t SET x = x || '!'" in str(refused.value)
    assert place.rows("SELECT version_num FROM alembic_version") == [("a1",)]


def test_repair_shows_and_decides(place: Place) -> None:
    assert repair.inspect(place.config) == []
    place.cut()
    (found,) = repair.inspect(place.config)
    assert (found.revision, found.direction) == ("b2", "upgrade")
    assert [(one.text[:6], one.state) for one in found.statements] == [
        ("INSERT", "done"),
        ("UPDATE", "done"),
    ]
    with pytest.raises(ApplyError, match="AP207 the journal has no statement 99"):
        repair.decide(place.config, done=[99])
    repair.decide(place.config, not_done=[found.statements[1].number])
    place.upgrade()
    assert place.rows("SELECT x FROM t")[0] == ("first!!",)


def test_forgetting_the_journal(place: Place) -> None:
    place.cut()
    repair.forget(place.config)
    assert repair.inspect(place.config) == []
    with pytest.raises(ApplyError, match="AP303 there is no half-applied revision to repair"):
        repair.forget(place.config)


def test_status(place: Place) -> None:
    fresh = apply.status(place.config)
    assert (fresh.heads, fresh.pending, fresh.half_applied) == ((), ("a1", "b2"), None)
    place.cut()
    cut = apply.status(place.config)
    assert (cut.heads, cut.pending) == (("a1",), ("b2",))
    assert cut.half_applied is not None
    assert (cut.half_applied.revision, len(cut.half_applied.done)) == ("b2", 2)
    place.upgrade()
    assert apply.status(place.config).up_to_date


def test_status_changes_nothing(place: Place) -> None:
    apply.status(place.config)
    assert place.rows("SELECT name FROM sqlite_master") == []


def test_an_edit_of_an_applied_revision_is_noticed(place: Place) -> None:
    place.git("init", "-q")
    place.git("add", ".")
    place.upgrade()
    place.write("versions/a1.py", FIRST.replace("sa.Text", "sa.Integer"))
    place.upgrade()
    findings = [event.finding for event in place.heard if isinstance(event, Noticed)]
    assert [finding.code for finding in findings] == ["AP107"]
    assert re.search(r"^\+.*sa\.Integer", findings[0].why, re.MULTILINE)
    assert apply.status(place.config).findings == tuple(findings)


def test_an_unknown_revision_is_looked_for_in_git(place: Place) -> None:
    place.git("init", "-q", "-b", "main")
    place.git("add", ".")
    place.git("commit", "-q", "-m", "both")
    place.git("branch", "feature")
    place.upgrade()
    place.git("rm", "-q", "alembic/versions/b2.py")
    place.git("commit", "-q", "-m", "one")
    with pytest.raises(ApplyError) as unknown:
        place.upgrade()
    assert "AP106 the database is at revision b2, but there is no file for it here" in str(
        unknown.value
    )
    assert "branch feature: " in str(unknown.value)
    assert "branch main" not in str(unknown.value)
    place.git("branch", "-D", "feature")
    with pytest.raises(ApplyError, match=r"commit .*: both"):
        place.upgrade()
    assert apply.status(place.config).unknown == ("b2",)


def test_a_failing_revision_is_named_with_its_line(place: Place) -> None:
    path = place.write("versions/b2.py", SECOND.replace("UPDATE t", "UPDATE missing"))
    with pytest.raises(ApplyError) as failed:
        place.upgrade()
    assert str(failed.value).startswith(
        f"{path}:12: AP301 revision b2 failed: no such table: missing"
    )
    assert "The statements before it are done and stay done" in str(failed.value)
    place.write("versions/b2.py", SECOND)
    repair.decide(place.config, accept_edit=True)
    place.upgrade()
    assert place.rows("SELECT x FROM t") == [("first!",), ("second!",), ("['first'] 2",)]


def test_a_revision_that_cannot_be_undone_is_named(place: Place) -> None:
    place.upgrade()
    place.write("versions/a1.py", FIRST.partition("\ndef downgrade")[0])
    with pytest.raises(
        ApplyError, match=r"AP305 .*a1\.py has no downgrade\(\), so nothing was run"
    ):
        apply.downgrade(place.config, "base")
    assert place.rows("SELECT count(*) FROM t") == [(3,)]


def test_an_env_py_that_never_commits_is_told(place: Place) -> None:
    begun = "connection.exec_driver_sql('SELECT 1')"
    place.write("env.py", ENV.replace("BEFORE", begun))
    place.write("versions/b2.py", SECOND.partition("    with op.get_context")[0])
    with pytest.raises(ApplyError, match=r"env\.py: AP302 env\.py did not commit"):
        place.upgrade()


def test_an_env_py_that_commits_once_all_is_done_keeps_what_was_done(place: Place) -> None:
    """As the template for several databases does: it has begun the transaction itself."""
    env = ENV.replace("BEFORE", "transaction = connection.begin()")
    place.write("env.py", f"{env}    transaction.commit()\n")
    place.write("versions/b2.py", SECOND.partition("    with op.get_context")[0])
    place.upgrade()
    assert place.rows("SELECT x FROM t") == [("first",)]
    assert apply.status(place.config).heads == ("b2",)


@pytest.mark.parametrize(
    ("env", "code"),
    [
        ("raise RuntimeError('no')", "AP308 env.py failed: RuntimeError: no"),
        ("raise RuntimeError('CREATE TABLE t (\\n\\tx INT)')", "CREATE TABLE t (\n    x INT)"),
        ("pass", "AP307 env.py did not call"),
        ("from alembic import context\ncontext.configure(url='sqlite://')\n"
         "context.run_migrations()", "AP304 env.py configured Alembic without a connection"),
        ("import sqlalchemy as sa\nsa.create_engine('oracle+x://')", "AP306 Can't load plugin"),
    ],
)  # fmt: skip
def test_a_broken_env_py(place: Place, env: str, code: str) -> None:
    place.write("env.py", env)
    with pytest.raises(ApplyError, match=re.escape(code)):
        place.upgrade()


def test_an_unknown_target(place: Place) -> None:
    with pytest.raises(ApplyError, match="AP305 Can't locate revision identified by 'zz'"):
        place.upgrade("zz")


def test_a_downgrade_to_a_revision_that_is_ahead(place: Place) -> None:
    place.upgrade("a1")
    with pytest.raises(ApplyError, match="AP118 a downgrade cannot reach b2") as refused:
        apply.downgrade(place.config, "b2")
    assert "the database is at a1, which is before it" in str(refused.value)
    assert "upgrade" in refused.value.fix
    assert "b2" in refused.value.fix
    with pytest.raises(ApplyError, match="AP305"):
        apply.downgrade(place.config, "zz")


def test_another_writer_is_waited_for(place: Place) -> None:
    place.upgrade("a1")
    other = sqlite3.connect(place.folder / "app.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    options = apply.Options(lock_timeout=0.2)
    with pytest.raises(ApplyError, match="AP101 another deployer holds the lock"):
        apply.upgrade(place.config, options=options)
    other.execute("ROLLBACK")
    other.close()
    place.upgrade()


def test_a_pragma_that_has_no_effect_in_a_transaction_gets_none(place: Place) -> None:
    place.write("versions/b2.py", SECOND.replace(
        "    bind = op.get_bind()",
        "    bind = op.get_bind()\n    op.execute('PRAGMA foreign_keys = ON')\n"
        "    assert bind.execute(sa.text('PRAGMA foreign_keys')).scalar() == 1"))  # fmt: skip
    place.upgrade()


LOOP = """
import os
from alembic import op
import sqlalchemy as sa
revision, down_revision = "b2", "a1"

def upgrade():
    for x in os.environ["VALUES"].split():
        with op.get_context().autocommit_block():
            op.execute(sa.text("INSERT INTO t (x) VALUES (:x)").bindparams(x=x))
    if os.environ.get("CUT"):
        os._exit(9)
"""


def test_other_values_in_another_order_are_told(place: Place) -> None:
    place.write("versions/b2.py", LOOP)
    place.monkeypatch.setenv("VALUES", "one two")
    place.cut()
    place.monkeypatch.setenv("VALUES", "three one two")
    with pytest.raises(ApplyError) as refused:
        place.upgrade()
    assert str(refused.value).startswith(
        "AP205 revision b2 now sends the same statement with other values, in another order"
    )
    assert "INSERT INTO t (x) VALUES (?)" in str(refused.value)
    assert place.rows("SELECT x FROM t") == [("first",), ("one",), ("two",)]
    place.monkeypatch.setenv("VALUES", "one two")
    place.upgrade()


def test_an_answer_that_could_not_be_kept_is_told(place: Place) -> None:
    def picky(value: object) -> bytes:
        if isinstance(value, list) and value[0] is None:  # no columns: the answer of an INSERT
            raise Unrecordable("a value")
        return codec.pack(value)

    place.monkeypatch.setattr("stillroom.apply.journal.entries.pack", picky)
    place.cut()
    with pytest.raises(ApplyError) as refused:
        place.upgrade()
    assert str(refused.value).startswith(
        "AP206 revision b2 needs the result of a statement that ran before the interruption, and"
        " the journal could not store it"
    )
