"""`history` as a graph: lines, order, dates, authors and the place of the database."""

from __future__ import annotations

import json
import random
import re
import subprocess
import time
from pathlib import Path

import pytest

from stillroom.console.screen.painting import painted
from stillroom.history_graph.drawing import drawn
from stillroom.history_graph.model import Entry, History, Place, ordered
from stillroom.history_graph.text import as_lines
from stillroom.marked import columns_of, plain
from stillroom.project.git_history import additions
from tests.support.projects import UserProject, verb_command
from tests.support.repositories import RepositoryProject, make_repository
from tests.support.terminals import in_terminal

FIRST = "e3c87c4a7bde"
REVISION = '''"""{doc}

Created: 2026-11-23 10:30:23
"""
revision = {name!r}
down_revision = {parents!r}
depends_on = {needs!r}
branch_labels = {labels!r}


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
'''


def add(project: UserProject, name: str, parents: object, doc: str, **more: object) -> None:
    told = {"needs": None, "labels": None, **more}
    text = REVISION.format(name=name, parents=parents, doc=doc, **told)
    project.write(f"alembic/versions/{name}.py", text)


@pytest.fixture
def branched(project: UserProject) -> UserProject:
    """A branch and its merge, and another head that depends on one of them."""
    add(project, "b1", FIRST, "add a nickname [red]x[/] \\x1b[31m")
    add(project, "c1", FIRST, "count more views", labels=("views",))
    add(project, "d1", ("b1", "c1"), "join")
    add(project, "f1", "b1", "another", needs=("views",))
    return project


def graph(*edges: tuple[str, str]) -> list[str]:
    entries = ordered(Entry(name, tuple(parents)) for name, parents in edges)
    return [
        f"{row.lines} {row.entry.revision if row.entry else ''}".strip() for row in drawn(entries)
    ]


def test_a_line_has_no_graph_but_stars() -> None:
    assert graph(("a", ""), ("b", "a"), ("c", "b")) == ["* c", "* b", "* a"]


def test_a_branch_and_a_merge() -> None:
    assert graph(("a", ""), ("b", "a"), ("c", "a"), ("d", "bc"), ("e", "d"), ("f", "b")) == [
        *("* f", "| * e", "| * d", "| |\\", "|/ /", "* | b", "| * c", "|/", "* a"),
    ]


def test_a_merge_of_three_and_a_history_beside_it() -> None:
    edges = [("a", ""), ("b", "a"), ("c", "a"), ("d", "a"), ("e", "bcd"), ("x", ""), ("y", "x")]
    assert graph(*edges) == [
        *("* y", "* x", "", "* e", "|\\", "| |\\"),
        *("* | | b", "| * | c", "| | * d", "|_|/", "|/", "* a"),
    ]


def test_a_line_that_ends_lets_the_others_close_up() -> None:
    """A history that begins in the middle of another, which depends on it."""
    entries = [Entry("b", ("a",)), Entry("x", ()), Entry("a", ())]
    assert [row.lines for row in drawn(entries)] == ["*", "| *", "*"]
    entries = [Entry("x2", ("x",)), Entry("b", ("a",)), Entry("x", ()), Entry("a", ())]
    assert [row.lines for row in drawn(entries)] == ["*", "| *", "* |", " /", "*"]


def random_history(seed: int, size: int) -> list[Entry]:
    chance = random.Random(seed)  # noqa: S311  # no secret
    entries: list[Entry] = []
    for number in range(size):
        known = [entry.revision for entry in entries]
        count = min(len(known), chance.choice((0, 1, 1, 1, 1, 2, 3)))
        recent = known[-8:]
        parents = tuple(chance.sample(recent, min(count, len(recent))))
        needs = tuple({*chance.sample(recent, min(1, len(recent)))} - {*parents})
        date = f"2026-01-{chance.randint(1, 28):02}"
        entries.append(Entry(f"r{number}", parents, "doc", date, depends_on=needs))
    return entries


@pytest.mark.parametrize("seed", range(30))
def test_every_graph_is_connected_as_the_revisions_are(seed: int) -> None:
    """Following the lines down from each star leads to its parents, and to nothing else."""
    entries = ordered(random_history(seed, 40))
    assert len({entry.revision for entry in entries}) == 40
    rows = [*drawn(entries)]
    assert parents_drawn([row.lines for row in rows], [row.entry for row in rows]) == {
        entry.revision: {*entry.parents} for entry in entries
    }


def parents_drawn(lines: list[str], entries: list[Entry | None]) -> dict[str, set[str]]:
    """The parents of each revision, read off the picture from the bottom to the top."""
    found: dict[str, set[str]] = {}
    below: dict[int, set[str]] = {}  # by column, what a line there leads to
    for text, entry in zip(reversed(lines), reversed(entries), strict=True):
        here: dict[int, set[str]] = {}
        for column, char in enumerate(text):
            if char == "|":
                here.setdefault(column, set()).update(below.get(column, set()))
            elif char == "*":
                assert entry is not None
                found[entry.revision] = below.get(column, set())
                here[column] = {entry.revision}
            elif char == "\\":  # from the column at its left above to the one at its right below
                here.setdefault(column - 1, set()).update(below.get(column + 1, set()))
            elif char == "/":
                target = column - 1
                while target > 0 and text[target - 1] == "_":
                    target -= 2
                here.setdefault(column + 1, set()).update(below.get(target, set()))
        below = here
    return found


def test_the_order_depends_on_nothing_but_the_revisions() -> None:
    entries = random_history(7, 60)
    expected = ordered(entries)
    for seed in range(5):
        random.Random(seed).shuffle(entries)  # noqa: S311
        assert ordered(entries) == expected


def test_the_time_for_a_graph_grows_with_its_revisions() -> None:
    def seconds(revisions: int) -> float:
        history = History(ordered(random_history(3, revisions)), Place("app.db", ("r10",)))
        began = time.process_time()
        told = painted(as_lines(history, 80), 80, colour=True)
        assert told.count("\n") > revisions
        return time.process_time() - began

    assert seconds(1600) < 10 * seconds(400)  # by the square it would be 16 times


@pytest.mark.parametrize("width", [40, 60, 100])
def test_it_fits_its_width_and_its_lines_go_on(width: int) -> None:
    entries = [
        Entry("c" * 12, ("a" * 12,), "文章标题 " * 12, "2026-11-23", "2026-11-24", "李小龙 " * 2),
        Entry("b" * 12, ("a" * 12,), "some words " * 12, "", "2026-11-24", "Ann"),
        Entry("a" * 12, (), "", "2026-11-23", labels=("x",)),
    ]
    told = painted(as_lines(History(entries), width), width, colour=False).splitlines()
    assert max(map(columns_of, told)) <= width
    rows = told[2:]
    (first,) = (number for number, row in enumerate(rows) if "b" * 12 in row)
    (last,) = (number for number, row in enumerate(rows) if "a" * 12 in row)
    assert all(row.startswith("| ") or row == "|" for row in rows[1:first])
    assert all(row.startswith("| |") for row in rows[first + 1 : last - 1])


def test_in_a_terminal_it_is_a_graph(branched: UserProject) -> None:
    shown = in_terminal(branched.root, verb_command("history"), columns=200, NO_COLOR="1")
    assert shown.code == 0, shown.out
    head, _, *rows = shown.out.splitlines()
    assert head == "app.db, which does not exist yet, is at base: 5 revisions are pending."
    texts = [re.split(r"  +", row.strip())[-1] for row in rows if re.search(r"\w", row)]
    assert texts == [
        "another (head, needs c1)",
        "join (head, merge)",
        r"add a nickname [red]x[/] \x1b[31m (branch point)",
        "count more views (branch views)",
        "create user and article (branch point)",
    ]
    assert not (branched.root / "app.db").exists()


def test_it_shows_where_the_database_is(branched: UserProject) -> None:
    assert branched.verb("upgrade", "d1").code == 0
    shown = branched.verb("history", "--format", "graph")
    assert "app.db is at d1: 1 revision is pending.\n" in shown.out
    assert "join (the database is here, head, merge)" in shown.out
    told = json.loads(branched.verb("history", "--format", "json").out)
    assert told["heads"] == ["f1", "d1"]
    assert {one["revision"]: one["state"] for one in told["revisions"]} == {
        "f1": "pending",
        "d1": "applied",
        "b1": "applied",
        "c1": "applied",
        FIRST: "applied",
    }


def test_without_a_database_it_works_all_the_same(branched: UserProject) -> None:
    branched.environment["DB_URL"] = "mysql+pymysql://u:s3cr3t@127.0.0.1:1/x"
    shown = branched.verb("history", "--format", "graph")
    assert shown.code == 0
    assert shown.out.startswith("No database shows where it is: 127.0.0.1:1: no server answers")
    assert "s3cr3t" not in shown.out
    assert "pending" not in shown.out
    told = json.loads(branched.verb("history", "--format", "json").out)
    assert {one["state"] for one in told["revisions"]} == {None}


def test_a_database_that_is_at_an_unknown_revision(branched: UserProject) -> None:
    assert branched.verb("upgrade", "f1").code == 0
    (branched.root / "alembic/versions/f1.py").unlink()
    shown = branched.verb("history", "--format", "graph")
    assert "There is no file for f1 here.\n" in shown.out
    assert shown.code == 0


def test_a_pipe_gets_the_list_of_alembic(branched: UserProject) -> None:
    listed = branched.verb("history")
    assert listed.out == branched.alembic("history").out
    assert "b1, c1 -> d1 (views) (head) (mergepoint), join" in listed.out


def test_what_makes_no_graph_is_told(branched: UserProject) -> None:
    add(branched, "g1", "nowhere", "lost")
    shown = branched.verb("history", "--format", "graph")
    assert (shown.code, shown.out) == (2, "")
    assert "revision g1 follows nowhere, but there is no file for that one" in shown.err


def test_no_revision(project: UserProject) -> None:
    for file in project.revisions():
        file.unlink()
    for format_ in ("graph", "text"):
        assert "no revisions yet" in project.verb("history", "--format", format_).out
    assert json.loads(project.verb("history", "--format", "json").out)["revisions"] == []


@pytest.fixture
def repository(tmp_path: Path) -> RepositoryProject:
    return make_repository(tmp_path / "repository", hook="none")


def commit(repository: RepositoryProject, author: str, day: str) -> None:
    repository.git("add", "--all")
    repository.git(
        *("-c", f"user.name={author}", "-c", "user.email=a@example.org"),
        *("commit", "--quiet", "--no-verify", "-m", "x", f"--date={day}T12:00:00"),
    )


def test_authors_and_dates_are_those_of_the_commit_that_brought_a_file(
    repository: RepositoryProject,
) -> None:
    versions = repository.root / "alembic" / "versions"
    add(repository, "b1", FIRST, "one")
    commit(repository, "Ann [red]", "2026-11-24")
    add(repository, "c1", "b1", "two")
    commit(repository, "李小龙", "2026-11-25")
    repository.git("mv", "alembic/versions/b1.py", "alembic/versions/named anew.py")
    commit(repository, "Bob", "2026-11-26")
    add(repository, "d1", "c1", "three")
    found = additions(versions)
    assert found[versions / "named anew.py"] == ("2026-11-24", "Ann [red]")
    assert found[versions / "c1.py"] == ("2026-11-25", "李小龙")
    assert versions / "d1.py" not in found
    told = json.loads(repository.verb("history", "--format", "json").out)["revisions"]
    assert [(one["revision"], one["author"]) for one in told][:3] == [
        ("d1", ""),
        ("c1", "李小龙"),
        ("b1", "Ann [red]"),
    ]


def test_where_a_shallow_clone_ends_nobody_is_the_author(
    repository: RepositoryProject, tmp_path: Path
) -> None:
    add(repository, "b1", FIRST, "one")
    commit(repository, "Ann", "2026-11-24")
    add(repository, "c1", "b1", "two")
    commit(repository, "Bob", "2026-11-25")
    clone = tmp_path / "clone"
    url = repository.root.resolve().as_uri()
    subprocess.run(["git", "clone", "--quiet", "--depth=2", url, clone], check=True)
    found = additions(clone / "alembic" / "versions")
    assert {path.name: one.author for path, one in found.items()} == {"c1.py": "Bob"}


def test_without_git_there_is_no_author(tmp_path: Path) -> None:
    assert additions(tmp_path) == {}
    assert "2026" in plain(as_lines(History([Entry("a", (), date="2026-11-23")])))
