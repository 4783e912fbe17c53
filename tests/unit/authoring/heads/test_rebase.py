"""`make rebase` in real repositories: what moves, what is refused, and what a kill leaves."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from stillroom.authoring.heads.down_revision import with_parents
from stillroom.project.folders import drafts_folder
from tests.support.projects import Answer, verb_command
from tests.support.repositories import FIRST, RepositoryProject, make_repository

MINE, THEIRS = ("nickname", "aaaa"), ("motto", "bbbb")


@pytest.fixture
def shared(tmp_path: Path) -> RepositoryProject:
    """A clone whose remote has a revision that ours does not follow, and one of our own."""
    project = make_repository(tmp_path / "project", hook="none")
    project.git("init", "--quiet", "--bare", str(tmp_path / "remote"))
    project.git("remote", "add", "origin", str(tmp_path / "remote"))
    project.add_revision(THEIRS[0], id_=THEIRS[1])
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "theirs")
    project.git("push", "--quiet", "origin", "main")
    project.add_revision(MINE[0], id_=MINE[1])
    return project


def rebase(project: RepositoryProject, *arguments: str) -> Answer:
    return project.verb("rebase", *arguments, DB_URL="mysql+pymysql://nobody@db.invalid/shop")


def refused(project: RepositoryProject, *texts: str, arguments: tuple[str, ...] = ()) -> None:
    """Nothing is written, and the message holds ``texts``."""
    before = project.files()
    done = rebase(project, *arguments)
    assert done.code == 2, done.out + done.err
    for text in texts:
        assert text in done.err
    after = {name: text for name, text in project.files().items() if ".stillroom" not in name}
    assert after == {name: text for name, text in before.items() if ".stillroom" not in name}


def heads(project: RepositoryProject) -> list[str]:
    return [line.split()[0] for line in project.verb("heads").out.splitlines()]


def test_the_unpushed_head_moves(shared: RepositoryProject) -> None:
    mine, theirs = "alembic/versions/aaaa_nickname.py", "alembic/versions/bbbb_motto.py"
    before, kept = shared.read(mine), shared.read(theirs)
    done = rebase(shared)
    assert done.code == 0, done.err
    assert f"Moved 1 revision, which followed {FIRST}, after bbbb:\n    {mine}\n" in done.out
    assert "As of the last git fetch, no remote branch has them; bbbb is in commit" in done.out
    assert "Only the order of the columns of user differs." in done.out
    assert shared.read(mine) == before.replace(FIRST, "bbbb")
    assert shared.read(theirs) == kept
    assert heads(shared) == ["aaaa"]
    assert "The history has one head: nothing was moved." in rebase(shared).out
    assert not shared.git("status", "--short", "--", ":!alembic/versions/aaaa_nickname.py").out


def test_a_database_that_ran_the_moved_one_is_mended_as_it_says(shared: RepositoryProject) -> None:
    assert shared.verb("upgrade", "aaaa").code == 0
    out = rebase(shared).out
    assert f"make stamp rev={FIRST} && make upgrade rev=bbbb && make stamp rev=aaaa" in out
    for verb, revision in (
        ("stamp", FIRST),
        ("upgrade", "bbbb"),
        ("stamp", "aaaa"),
    ):
        done = shared.verb(verb, revision)
        assert done.code == 0, done.err
    assert "nothing to do" in shared.verb("upgrade").err
    with closing(sqlite3.connect(shared.root / "app.db")) as connection:
        tables = connection.execute("SELECT group_concat(sql) FROM sqlite_master").fetchone()[0]
    assert "motto" in tables


def test_an_older_merge_is_undone_on_the_way(shared: RepositoryProject) -> None:
    shared.verb("merge", "-m", "join")
    shared.add_revision("third", id_="cccc", below="bbbb")
    shared.git("add", "alembic/versions/cccc_third.py")
    shared.git("commit", "--quiet", "--message", "third")
    shared.git("push", "--quiet", "origin", "main")
    done = rebase(shared)
    assert done.code == 0, done.err
    assert "Moved 2 revisions" in done.out
    assert 'down_revision = "cccc"' in shared.read("alembic/versions/aaaa_nickname.py")
    merged = next(path for path in shared.revisions() if "join" in path.name).read_text()
    assert 'down_revision: str | Sequence[str] | None = "aaaa"' in merged
    assert "Revises: aaaa\n" in merged
    assert len(heads(shared)) == 1


def test_orders_that_differ_are_refused(shared: RepositoryProject) -> None:
    body = '    op.alter_column("user", "email", type_=sa.String({length}), nullable=True)'
    shared.add_revision(MINE[0], id_=MINE[1], body=body.format(length=100))
    shared.add_revision(THEIRS[0], id_=THEIRS[1], body=body.format(length=200))
    refused(
        shared,
        "the resulting tables depend on which of them runs first",
        "varchar(100)",
        "make merge",
    )
    shared.add_revision(MINE[0], id_=MINE[1], body=body.format(length=200))
    shared.add_revision("third", id_="cccc", below="aaaa")
    shared.add_revision(THEIRS[0], id_=THEIRS[1], body='    op.drop_column("user", "email")')
    refused(shared, "with bbbb first, cccc cannot be replayed", "Unknown column 'email'")


def test_it_asks_which_head_moves_where_nothing_tells(shared: RepositoryProject) -> None:
    shared.git("remote", "remove", "origin")
    named = ("aaaa  alembic/versions/aaaa_nickname.py", "make rebase head=")
    refused(shared, "There is no git remote to tell which one is unpushed", *named)
    refused(shared, "head: cccc is not one of the two heads", arguments=("--head", "cccc"))
    done = rebase(shared, "--head", "bbbb")
    assert done.code == 0, done.err
    assert "There is no git remote: make sure that nobody else has these revisions." in done.out
    assert heads(shared) == ["bbbb"]


def test_what_is_pushed_does_not_move(shared: RepositoryProject) -> None:
    refused(shared, "revision bbbb is pushed", "It is in commit", arguments=("--head", "bbbb"))
    shared.git("add", "--all")
    shared.git("commit", "--quiet", "--message", "mine")
    shared.git("push", "--quiet", "origin", "main")
    refused(shared, "both heads are pushed", "make merge")


def test_three_heads_are_refused(shared: RepositoryProject) -> None:
    shared.add_revision("third", id_="cccc")
    refused(shared, "the history has 3 heads", "make merge")


def test_a_computed_parent_is_refused(shared: RepositoryProject) -> None:
    path = "alembic/versions/aaaa_nickname.py"
    shared.replace(path, f'down_revision = "{FIRST}"', f'down_revision = "{FIRST}".lower()')
    refused(shared, "its down_revision is not written as a plain string", 'It will become "bbbb"')


@pytest.mark.parametrize("delay", [0.5, 1.1, 1.4])
def test_a_kill_loses_nothing(shared: RepositoryProject, delay: float) -> None:
    mine = "alembic/versions/aaaa_nickname.py"
    before = shared.read(mine)
    with subprocess.Popen(
        verb_command("rebase"),
        cwd=shared.root,
        env={**os.environ, "DB_URL": "mysql+pymysql://nobody@db.invalid/shop"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    assert shared.read(mine) in (before, before.replace(FIRST, "bbbb"))
    assert shared.git("status", "--short").out.strip() == f"?? {mine}"
    assert rebase(shared).code == 0
    assert heads(shared) == ["aaaa"]
    assert not list((drafts_folder(shared.root)).glob("draft-*"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("down_revision = 'a'\n", "down_revision = 'b'\n"),
        (
            '"""名\r\nRevises: a\r\n"""\r\nx = "é"; down_revision: str | None = "a"  # a\r\n',
            '"""名\r\nRevises: b\r\n"""\r\nx = "é"; down_revision: str | None = "b"  # a\r\n',
        ),
        ('down_revision = (\n    "a",\n    "c",\n)\n', 'down_revision = "b"\n'),
    ],
)
def test_nothing_else_of_the_file_changes(text: str, expected: str) -> None:
    assert with_parents(text.encode(), ["b"]) == expected.encode()
