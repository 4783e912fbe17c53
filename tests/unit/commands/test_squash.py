"""`make squash` in real repositories: what becomes one, what is refused, and what databases see."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.repositories import FIRST, REVISION, RepositoryProject, make_repository

FOLDER = "alembic/versions"
KEYS = """    op.execute("CREATE TABLE role (id INT PRIMARY KEY, name VARCHAR(40), n INT UNSIGNED)")
    op.execute("INSERT INTO role VALUES (1, 'admin', 7), (2, 'it''s: %', NULL)")
    op.execute("CREATE TABLE task (id INT PRIMARY KEY, a INT, b INT)")
    op.execute("ALTER TABLE task ADD FOREIGN KEY fa (a) REFERENCES role (id), ADD KEY kb (b)")
    op.execute("ALTER TABLE task ADD FOREIGN KEY fb (b, a) REFERENCES pair (x, y)")
    op.execute("CREATE VIEW admins AS SELECT id FROM role")"""
PAIR = """    op.execute("CREATE TABLE pair (x INT, y INT, KEY (x, y), other INT)")
    op.execute("CREATE TABLE circle (id INT PRIMARY KEY, x INT)")
    op.execute("ALTER TABLE pair ADD FOREIGN KEY (other) REFERENCES circle (id)")
    op.execute("ALTER TABLE circle ADD FOREIGN KEY (x) REFERENCES pair (x)")"""


def add(project: RepositoryProject, id_: str, below: str, body: str = "    pass") -> str:
    path = f"{FOLDER}/{id_}.py"
    project.write(path, REVISION.format(message=id_, id=id_, below=below, body=body))
    return path


@pytest.fixture
def project(tmp_path: Path) -> RepositoryProject:
    """Four revisions in git, with a snapshot."""
    made = make_repository(tmp_path / "shop", hook="none")
    add(made, "aaaa", FIRST, PAIR)
    add(made, "bbbb", "aaaa", KEYS)
    add(made, "cccc", "bbbb", "    op.execute('ALTER TABLE role ADD m INT')")
    assert made.verb("snapshot").code == 0
    commit(made)
    return made


def commit(project: RepositoryProject) -> None:
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "x")


def definitions(project: RepositoryProject) -> list[str]:
    """The tables at head. Those that refer to each other stand in the order of their creation."""
    return sorted(project.verb("schema").out.split("\n\n"))


def refused(project: RepositoryProject, rev: str, *texts: str) -> None:
    """Nothing is written, and the message holds ``texts``."""
    before = project.git("status", "--porcelain").out
    done = project.verb("squash", *filter(None, [rev]))
    assert done.code == 2, done.out
    for text in texts:
        assert text in done.err
    assert project.git("status", "--porcelain").out == before


@pytest.mark.parametrize("in_batches", [True, False])
def test_revisions_become_one(project: RepositoryProject, in_batches: bool) -> None:
    """A project whose env.py changes tables in batches has SQLite, too."""
    project.replace("alembic/env.py", 'batch": True', f'batch": {in_batches}')
    assert project.verb("baseline").code == 0
    commit(project)
    tables = definitions(project)
    project.git("tag", "v1.4")
    done = project.verb("squash", "bbbb")
    assert done.code == 0, done.err
    assert f"Wrote {FOLDER}/bbbb.py: it stands for 3 revisions. Removed 2 files.\n" in done.out
    assert "git switch --detach v1.4 && make upgrade rev=bbbb\n" in done.out
    assert "Its downgrade refuses to run" in done.out  # that of aaaa does nothing
    assert "Wrote alembic/schema.sql" in done.err
    text = project.read(f"{FOLDER}/bbbb.py")
    assert 'revision: str = "bbbb"\ndown_revision: str | Sequence[str] | None = None' in text
    assert '{"id": 2, "name": "it\'s: %", "n": None}' in text
    assert "raise NotImplementedError(" in text
    # Between the keys that the server makes for the two others there is one of our own.
    assert ("op.create_foreign_key(" in text) is not in_batches
    assert ('"CREATE TABLE `task`' in text) is in_batches
    assert definitions(project) == tables
    project.git("add", "--all")
    for verb in ("check", "lint-revisions"):
        judged = project.verb(verb, *(["--staged"] if verb == "check" else []))
        assert (judged.code, judged.out) == (0, ""), judged.out
    assert project.verb("check", "--full").code == 0


def test_a_squash_is_no_deletion_and_nothing_else_is_a_squash(project: RepositoryProject) -> None:
    assert project.verb("squash", "bbbb").code == 0
    file = f"{FOLDER}/bbbb.py"
    text = project.read(file)
    project.write(file, text.replace('"name": "admin"', '"name": "other"'))
    assert project.verb("snapshot").code == 0
    project.git("add", "--all")
    judged = project.verb("check", "--staged")
    assert judged.code == 1
    assert f"{file}: HS108 this revision stands for 2 that are deleted, and does not" in judged.out
    assert "VALUES (1, 'other', 7);\n    They made: INSERT INTO `role`" in judged.out
    assert "HS106" not in judged.out
    project.write(file, text.replace("squashed e3c87c4a7bde aaaa", "squashed aaaa"))
    project.git("add", "--all")
    assert "HS106 this revision is deleted" in project.verb("check", "--staged").out


def test_what_databases_see(project: RepositoryProject) -> None:
    """At the squash and past it nothing; before it, what to run first."""
    for revision in ("aaaa", "bbbb"):  # of tables that SQLite has, too
        body = f'    op.create_table("t{revision}", sa.Column("id", sa.Integer()))'
        add(project, revision, FIRST if revision == "aaaa" else "aaaa", body)
    add(project, "cccc", "bbbb", '    op.add_column("taaaa", sa.Column("m", sa.Integer()))')
    assert project.verb("snapshot").code == 0
    commit(project)
    urls = {rev: f"sqlite:///{project.root}/.git/{rev}.db" for rev in ("aaaa", "bbbb", "cccc")}
    for rev, url in urls.items():
        assert project.verb("upgrade", rev, DB_URL=url).code == 0
    before = project.verb("squash", "bbbb", DB_URL=urls["aaaa"])
    assert before.code == 2
    assert "is at revision aaaa, which would be a part of bbbb" in before.err
    assert "make upgrade rev=bbbb" in before.err
    commit_id = project.git("rev-parse", "--short", "HEAD").out.strip()
    assert project.verb("squash", "bbbb", DB_URL=urls["cccc"]).code == 0
    commit(project)
    project.write(f"{FOLDER}/bbbb.py", "# moved\n" + project.read(f"{FOLDER}/bbbb.py"))
    for rev in ("bbbb", "cccc"):
        done = project.verb("upgrade", DB_URL=urls[rev])
        assert done.code == 0, done.err
        assert "AP107" not in project.verb("status", DB_URL=urls[rev]).out
    stands_before = project.verb("upgrade", DB_URL=urls["aaaa"])
    assert stands_before.code == 2
    assert "AP131 the database is at revision aaaa, which has become a part of bbbb" in (
        stands_before.err
    )
    assert f"git switch --detach {commit_id} && make upgrade rev=bbbb" in stands_before.err
    new = project.verb("upgrade", DB_URL=urls["aaaa"].replace("aaaa", "new"))
    assert new.code == 0, new.err
    # A squash of a squash still knows the oldest.
    commit(project)
    assert project.verb("squash", "cccc").code == 0
    assert "AP131" in project.verb("upgrade", DB_URL=urls["aaaa"]).err
    assert "AP107" not in project.verb("status", DB_URL=urls["cccc"]).out


def test_it_is_finished_after_a_kill(project: RepositoryProject) -> None:
    kept = {name: project.read(f"{FOLDER}/{name}.py") for name in ("aaaa",)}
    assert project.verb("squash", "bbbb").code == 0
    project.git("restore", "--", *(p for p in project.git("ls-files", "-d").out.split()))
    assert project.read(f"{FOLDER}/aaaa.py") == kept["aaaa"]
    assert project.verb("squash", "bbbb").out == (
        f"Finished the squash in {FOLDER}/bbbb.py: removed 2 files that it stands for.\n"
    )
    assert [path.name for path in project.revisions()] == ["bbbb.py", "cccc.py"]


def test_what_is_not_on_the_main_branch_stays(project: RepositoryProject, tmp_path: Path) -> None:
    project.git("init", "--quiet", "--bare", str(tmp_path / "remote"))
    project.git("remote", "add", "origin", str(tmp_path / "remote"))
    project.git("push", "--quiet", "origin", "main")
    path = add(project, "dddd", "cccc")
    commit(project)
    refused(project, "dddd", f"{path}: revision dddd is not on origin/main yet")
    project.write(path, project.read(path))
    edited = f"{FOLDER}/aaaa.py"
    project.write(edited, project.read(edited) + "\n")
    refused(project, "cccc", f"{edited}: revision aaaa is not what it is on origin/main")


def test_what_cannot_be_proven_stays(project: RepositoryProject) -> None:
    assert project.verb("baseline").code == 0
    path = add(
        project, "dddd", "cccc", "    op.execute('INSERT INTO role VALUES (3, NOW(), 1, 1)')"
    )
    commit(project)
    refused(project, "dddd", "accepted_drift.txt: differences were accepted at cccc, which would")
    (project.root / "alembic/accepted_drift.txt").unlink()
    refused(project, "dddd", f"{path}:13: nothing was written: a replay cannot know all rows")
    add(project, "dddd", "cccc", "    op.execute('DROP VIEW admins')")
    add(project, "eeee", "bbbb")
    refused(project, "cccc", f"{FOLDER}/eeee.py:7: revision eeee follows bbbb, which would be")
    refused(project, "heads", "rev: heads is not one revision: dddd and eeee are its newest")
    text = project.read(add(project, "eeee", "dddd"))
    project.write(f"{FOLDER}/eeee.py", text.replace("depends_on = None", 'depends_on = "aaaa"'))
    refused(project, "cccc", f"{FOLDER}/eeee.py:9: revision eeee depends on aaaa, which would be")


@pytest.mark.parametrize(
    "change",
    [
        "DROP FOREIGN KEY fa",
        "ADD CONSTRAINT another FOREIGN KEY (b, a) REFERENCES pair (x, y)",
    ],
)
def test_a_key_that_no_create_table_makes(project: RepositoryProject, change: str) -> None:
    """The server drops it when a wider one comes, as it would after the revisions."""
    add(project, "dddd", "cccc", f"    op.execute('ALTER TABLE task {change}')")
    wider = "ALTER TABLE task ADD KEY wider (a, b), ADD KEY widest (b, a, id)"
    add(project, "eeee", "dddd", f"    op.execute('{wider}')")
    commit(project)
    before = definitions(project)
    assert "KEY `fa`" not in "".join(before) or "DROP" not in change
    done = project.verb("squash", "dddd")
    assert done.code == 0, done.err
    assert change.partition("(")[0] in project.read(f"{FOLDER}/dddd.py").replace("`", "")
    assert definitions(project) == before


@pytest.mark.parametrize(
    ("rev", "message"),
    [
        ("", "which revision? rev= is missing"),
        ("nope", "Can't locate revision identified by 'nope'\n    `make history` lists"),
        (FIRST, f"rev: there is only one revision up to {FIRST}"),
        ("base", "rev: base is none"),
    ],
)
def test_bad_input(project: RepositoryProject, rev: str, message: str) -> None:
    refused(project, rev, message)
