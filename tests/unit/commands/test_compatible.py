"""`make compatible`: the models of a release in git against what later revisions make."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.releases import FINE, MODEL, STOPS, TABLE, Stop
from tests.support.repositories import FIRST, REVISION, USER, RepositoryProject, make_repository


@pytest.fixture
def project(tmp_path: Path) -> RepositoryProject:
    """A repository with the release v1, whose models are what its revisions make."""
    made = make_repository(tmp_path / "shop", hook="none")
    made.write("app/models/orders.py", MODEL)
    add(made, "aaaa", FIRST, TABLE)
    made.git("add", "--all")
    made.git("commit", "--quiet", "--message", "v1")
    made.git("tag", "v1")
    return made


def add(project: RepositoryProject, id_: str, below: str, *statements: str) -> None:
    body = "\n".join(
        text if text.startswith("    ") else f'    op.execute("{text}")' for text in statements
    )
    text = REVISION.format(message=id_, id=id_, below=below, body=body)
    project.write(f"alembic/versions/{id_}.py", text)


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.change)
def test_what_stops_a_release(project: RepositoryProject, stop: Stop) -> None:
    add(project, "bbbb", "aaaa", "ALTER TABLE orders ADD more INT")
    add(project, "cccc", "bbbb", f"ALTER TABLE orders {stop.change}")
    add(project, "dddd", "cccc", "ALTER TABLE user ADD other INT DEFAULT 1 NOT NULL")
    found = project.verb("compatible", "--with=v1")
    assert found.code == 1, found.err
    (headline, why, _) = found.out.strip().split("\n")
    assert f"alembic/versions/cccc.py:13: {stop.code} from revision cccc on, v1 " in headline
    assert stop.what in headline
    assert re.findall(r"\d{4}", why) == [*map(str, stop.numbers)]
    assert "runs up to revision bbbb, not at head: 1 reason.\n" in found.err


def test_what_a_release_does_not_notice(project: RepositoryProject) -> None:
    below = "aaaa"
    for number, change in enumerate(FINE):
        add(project, f"b{number}", below, f"ALTER TABLE orders {change}")
        below = f"b{number}"
    found = project.verb("compatible", STILLROOM_RELEASE="v1")
    assert (found.code, found.out) == (0, ""), found.out
    assert "runs at each of the 11 revisions that come after it." in found.err


def test_what_a_release_could_never_do_does_not_stop_it(project: RepositoryProject) -> None:
    """Its models promise more than its revisions make: 80 characters, a member, two tables."""
    wide = MODEL.replace(
        "code: Mapped[str] = mapped_column(String(40))",
        "code: Mapped[str] = mapped_column(String(80))",
    )
    wide = wide.replace('EnumType("new",', 'EnumType("old", "new",')
    wide += "\n    grade: Mapped[int]\n"
    late = wide.split("class Order")[1].replace('"orders"', '"late"')
    project.write("app/models/orders.py", f"{wide}\n\nclass Late{late}")
    project.git("commit", "--quiet", "--all", "--message", "v1")
    project.git("tag", "--force", "v1")
    add(
        project,
        "bbbb",
        "aaaa",
        "ALTER TABLE orders MODIFY code VARCHAR(60) NOT NULL",
        "ALTER TABLE orders MODIFY state ENUM('new', 'sent', 'paid', 'lost') NOT NULL",
        "ALTER TABLE orders ADD grade INT NOT NULL",
        "CREATE TABLE late (id INT PRIMARY KEY, code VARCHAR(10) NOT NULL)",
    )
    assert project.verb("compatible", "--with=v1").code == 0
    add(
        project,
        "cccc",
        "bbbb",
        "ALTER TABLE orders MODIFY code VARCHAR(30) NOT NULL",
        "ALTER TABLE orders MODIFY state ENUM('sent', 'paid', 'lost') NOT NULL",
    )
    found = project.verb("compatible", "--with=v1").out
    assert "may write 'new' to orders.state, which is no member now" in found
    assert "may write values longer than 30 characters to orders.code" in found
    assert found.count("RL1") == 2


def test_the_models_of_a_release_are_its_own(project: RepositoryProject) -> None:
    """Though today's are imported already, for a revision that computes its id.

    And a registry of a library knows them: they cannot be imported twice in a process.
    """
    once = "import json\n\nassert not hasattr(json, 'known')\njson.known = True\n"
    path = "alembic/versions/aaaa.py"
    for name, text in [("v1", MODEL), ("v2", MODEL.replace("    note:", "    other:"))]:
        project.write("app/models/orders.py", text + once)
        project.replace(path, 'revision = "aaaa"', 'revision = "a" * 4')
        if "import app" not in project.read(path):
            project.replace(
                path,
                "import sqlalchemy as sa",
                "import app.models.orders  # noqa\nimport sqlalchemy as sa",
            )
        project.git("commit", "--quiet", "--all", "--message", name)
        project.git("tag", "--force", name)
        project.replace(path, 'revision = "a" * 4', 'revision = "aaaa"')
    project.replace(path, 'revision = "aaaa"', 'revision = "a" * 4')
    add(project, "bbbb", "aaaa", "ALTER TABLE orders CHANGE note other VARCHAR(40)")
    found = project.verb("compatible", "--with=v1")
    assert "v1 uses orders.note, which is gone" in found.out
    linted = project.verb("lint-revisions", "--all", STILLROOM_RELEASE="v1")
    assert "v1 uses orders.note, which is gone" in linted.out
    planned = project.verb("plan", "--from=aaaa", STILLROOM_RELEASE="v1")
    assert "v1 uses orders.note, which is gone" in planned.out, planned.err


def test_heads_of_which_one_depends_on_the_other(project: RepositoryProject) -> None:
    add(project, "bbbb", "aaaa", "ALTER TABLE orders ADD more INT")
    add(project, "cccc", FIRST, "SELECT 1")
    depends = 'branch_labels = "contract"\ndepends_on = "bbbb"'
    project.replace("alembic/versions/cccc.py", "branch_labels = None\ndepends_on = None", depends)
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "v2")
    add(project, "dddd", "bbbb", "ALTER TABLE orders DROP note")
    found = project.verb("compatible", "--with=HEAD")
    assert found.code == 1, found.err
    assert "dddd.py:13: RL101" in found.out
    plan = project.verb("plan", "--from=bbbb,cccc")
    assert "DROP note" in plan.out, plan.err


def test_a_table_that_the_target_would_not_create(project: RepositoryProject) -> None:
    project.write(
        "app/models/orders.py",
        MODEL.replace("mapped_column(String(40))", "mapped_column(String)", 1),
    )
    project.git("commit", "--quiet", "--all", "--message", "v1")
    add(project, "bbbb", "aaaa", "ALTER TABLE orders DROP note, ADD size INT NOT NULL")
    found = project.verb("compatible", "--with=HEAD")
    assert "HEAD uses orders.note, which is gone" in found.out
    assert "HEAD leaves out orders.size, which must have a value" in found.out
    assert "The target refuses to create orders from its models, so only the names" in found.err
    checked = project.verb("check", "--worktree")
    assert "DR109 table orders cannot be created from the models" in checked.out, checked.err


def test_text_becomes_json(project: RepositoryProject) -> None:
    add(project, "bbbb", "aaaa", "ALTER TABLE orders MODIFY note JSON")
    checked = project.verb("compatible", "--with=v1").out
    assert "may write rows to orders that break CHECK (json_valid(`note`))" in checked
    project.replace("alembic.ini", "# target = mariadb 10.11", "target = mysql 9.7")
    found = project.verb("compatible", "--with=v1").out
    assert "RL103 from revision bbbb on, v1 may write values that are not JSON" in found
    assert "The server answers: 3140 Invalid JSON text." in found
    linted = project.verb("lint-revisions", "--all").out
    assert "MY103 narrows orders.note from VARCHAR(40) to JSON" in linted, linted


def test_a_view_under_the_name_of_a_model(project: RepositoryProject) -> None:
    add(project, "aaab", "aaaa", "CREATE VIEW paid AS SELECT id, code, `count` FROM orders")
    view = """

class Paid(Base):
    __tablename__ = "paid"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    count: Mapped[int]
"""
    project.write("app/models/orders.py", MODEL + view)
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "v2")
    add(project, "bbbb", "aaab", "CREATE OR REPLACE VIEW paid AS SELECT * FROM orders")
    assert project.verb("compatible", "--with=HEAD").code == 0
    add(project, "cccc", "bbbb", "CREATE OR REPLACE VIEW paid AS SELECT id, code FROM orders")
    found = project.verb("compatible", "--with=HEAD")
    assert (
        "cccc.py:13: RL101 from revision cccc on, HEAD uses paid.count, which is gone" in found.out
    )
    assert found.out.count("RL1") == 1


def test_a_release_that_is_set_and_a_newer_one(project: RepositoryProject) -> None:
    project.replace("alembic.ini", "# target = mariadb 10.11", "release = v1")
    add(project, "bbbb", "aaaa", "ALTER TABLE orders DROP note")
    assert project.verb("compatible").code == 1
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "v2")
    # As it is, v2 lacks nothing that came after it, though its model still has the column.
    newer = project.verb("compatible", "--with=HEAD")
    assert newer.code == 0, newer.out
    (project.root / "alembic/versions/bbbb.py").unlink()
    back = project.verb("compatible", "--with=HEAD")
    assert back.code == 0
    assert "has revisions that are not here, so it was compared only at head" in back.err


def test_bad_input(project: RepositoryProject) -> None:
    none = project.verb("compatible")
    assert none.code == 2
    assert "with which release? with= is missing" in none.err
    unknown = project.verb("compatible", "--with=v9")
    assert unknown.code == 2
    assert "there is no commit of git that is called 'v9'" in unknown.err
    project.write(USER, project.read(USER) + "\nimport not_there\n")
    project.git("commit", "--quiet", "--all", "--message", "broken")
    short = project.head()[:10]
    project.git("checkout", "--quiet", "v1")
    broken = project.verb("compatible", "--with=main")
    assert broken.code == 2
    assert f"the models of main (commit {short}) cannot be built" in broken.err
    assert "not_there" in broken.err


def test_releases_that_are_set_up_in_another_way(project: RepositoryProject) -> None:
    ini = project.read("alembic.ini")
    for name, text in [
        ("mysql", ini.replace("# target = mariadb 10.11", "target = mysql 9.7")),
        ("oracle", ini.replace("# target = mariadb 10.11", "target = oracle 9")),
        ("none", ""),
    ]:
        project.write("alembic.ini", text)
        if not text:
            (project.root / "alembic.ini").unlink()
        project.git("commit", "--quiet", "--all", "--message", name)
        project.git("tag", name)
    project.write("alembic.ini", ini)
    project.git("mv", "app/models", "app/tables")
    project.replace("alembic.ini", "models = app.models", "models = app.tables")
    project.git("add", "--all")
    add(project, "bbbb", "aaaa", "ALTER TABLE orders DROP note")
    other = project.verb("compatible", "--with=mysql")
    assert "mysql uses orders.note, which is gone" in other.out, other.err
    assert "Its own settings name another server, mysql 9.7." in other.err
    for name, words in [
        ("oracle", "(commit {}) cannot be built: [stillroom] target: 'oracle 9' is not a target"),
        ("none", "(commit {}) cannot be built: that commit does not have this file"),
    ]:
        found = project.verb("compatible", f"--with={name}")
        short = project.git("rev-parse", name).out[:10]
        assert found.code == 2
        assert f"the models of {name} {words.format(short)}" in found.err
    assert "that is called 'v1..none'" in project.verb("compatible", "--with=v1..none").err


def test_linter_asks_the_release_that_runs_and_guesses_no_more(project: RepositoryProject) -> None:
    project.replace("alembic.ini", "# target = mariadb 10.11", "release = v1")
    add(project, "bbbb", "aaaa", "ALTER TABLE orders DROP note")
    add(project, "cccc", "bbbb", "ALTER TABLE orders DROP unused")  # which v1 does not map
    found = project.verb("lint-revisions", "--all")
    assert (
        "bbbb.py:13: RL101 from revision bbbb on, v1 uses orders.note, which is gone" in found.out
    )
    assert "MY402" not in found.out + found.err
    assert "RL101" in found.err  # the remark that accepts it
    statement = '    op.execute("ALTER'
    remark = "    # stillroom: allow RL101 v1 is switched off first\n"
    project.replace("alembic/versions/bbbb.py", statement, remark + statement)
    assert "RL101" not in project.verb("lint-revisions", "--all").out
    guessed = project.verb("lint-revisions", "--all", STILLROOM_RELEASE="v9")
    assert "cccc.py:13: MY402" in guessed.out
    assert guessed.err.startswith(
        "The release that runs, v9, cannot be compared: there is no commit of git that is called"
        " 'v9'. The rules guess what running code does."
    )


def test_hook_asks_the_release_that_runs(project: RepositoryProject) -> None:
    project.replace("alembic.ini", "# target = mariadb 10.11", "release = v1")
    project.git("commit", "--quiet", "--all", "--message", "set")
    add(project, "bbbb", "aaaa", "ALTER TABLE orders DROP note")
    project.git("add", "--all")
    staged = project.verb("lint-revisions")
    assert staged.code == 1
    assert "RL101 from revision bbbb on, v1 uses orders.note" in staged.out


def test_plan_tells_how_far_the_release_runs(project: RepositoryProject) -> None:
    project.replace("alembic.ini", "# target = mariadb 10.11", "release = v1")
    add(project, "bbbb", "aaaa", "ALTER TABLE orders DROP note")
    plan = project.verb("plan", "--from=aaaa")
    assert plan.code == 0, plan.err
    assert "does not run" not in plan.out
    assert plan.out.endswith("runs up to revision aaaa, not at head: 1 reason.\n")
    told = json.loads(project.verb("plan", "--from=aaaa", "--format=json").out)
    assert [one["code"] for one in told["release"]["findings"]] == ["RL101"]
    report = project.verb("report", "--from=aaaa")
    assert "runs up to revision aaaa, not at head: 1 reason." in report.out
    assert "RL101 from revision bbbb on" in report.out
