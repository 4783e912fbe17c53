"""The hook and the check: `schema.sql` is what the revisions make, and saves their replay."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stillroom.project.cache_place import place_of
from tests.support.repositories import FIRST, REVISION, USER, RepositoryProject, make_repository

FILE = "alembic/schema.sql"
ROLE = """    op.execute("CREATE TABLE role (id INT PRIMARY KEY, name VARCHAR(40))")
    op.execute("INSERT INTO role VALUES (1, 'admin'), (2, 'it''s')")"""


@pytest.fixture
def project(tmp_path: Path) -> RepositoryProject:
    """A repository whose last commit has a snapshot."""
    made = make_repository(tmp_path / "shop")
    made.write("app/models/role.py", MODEL)
    add(made, "aaaa", FIRST, ROLE)
    assert made.verb("snapshot").code == 0
    made.git("add", "--all")
    assert made.commit().code == 0
    return made


MODEL = '''"""Role."""

from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy import String

from app.database.engine import Base


class Role(Base):
    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str | None] = mapped_column(String(40))
'''


def add(project: RepositoryProject, id_: str, below: str, body: str) -> None:
    text = REVISION.format(message=id_, id=id_, below=below, body=body)
    project.write(f"alembic/versions/{id_}.py", text)


def forget(project: RepositoryProject) -> None:
    """Check as in a fresh clone, where no cache is."""
    shutil.rmtree(place_of(str(project.root)), ignore_errors=True)


def test_a_replay_begins_at_the_committed_snapshot(project: RepositoryProject) -> None:
    forget(project)
    clean = project.verb("check")
    assert clean.code == 0
    assert f"a replay of 2 revisions that begins at {FILE} for mariadb 10.11" in clean.err
    project.replace(USER, "String(255), index", "String(200), index")
    found = project.verb("check")
    assert found.code == 1
    assert "DR102 user.email is VARCHAR(255) in the history" in found.out
    assert f"git add alembic/versions {FILE}\n" in found.out
    assert "begins at" in found.err
    project.replace(USER, "String(200), index", "String(255), index")
    full = project.verb("check", "--full")
    assert full.code == 0
    assert "a replay of 2 revisions for mariadb 10.11" in full.err


def test_a_new_revision_needs_its_snapshot(project: RepositoryProject) -> None:
    forget(project)
    project.add_column()
    project.add_revision(below="aaaa", id_="bbbb")
    project.git("add", "--all")
    refused = project.commit()
    assert refused.code == 1
    assert f"{FILE}:4: HS107 this is not what the revisions make: -- heads: aaaa" in refused.err
    assert "They make: -- heads: bbbb" in refused.err
    assert "make snapshot\n    git add alembic/schema.sql" in refused.err
    assert project.verb("snapshot").code == 0
    project.git("add", "--all")
    committed = project.commit()
    assert committed.code == 0, committed.err
    forget(project)
    assert "begins at" in project.verb("check").err


def test_the_last_commit_decides_where_a_replay_begins(
    project: RepositoryProject, tmp_path: Path
) -> None:
    """A file that is forged with digests that fit is compared, and never believed."""
    forget(project)
    forged = tmp_path / "forged.py"
    forged.write_text(FORGED, encoding="utf-8")
    project.write(FILE, project.run("python3", str(forged), FILE).out)
    project.git("add", "--all")
    refused = project.commit()
    assert refused.code == 1
    assert "HS107 this is not what the revisions make: `name` varchar(41)" in refused.err
    assert "They make: `name` varchar(40)" in refused.err
    # Once it is committed all the same, the full check says so.
    assert project.commit("--no-verify").code == 0
    assert "HS107" in project.verb("check", "--full").out


FORGED = """
import hashlib, sys
text = open(sys.argv[1], encoding="utf-8").read()
lines = text.replace("varchar(40)", "varchar(41)").split("\\n")
rest = "\\n".join([*lines[:5], "\\n".join(lines[6:])])
lines[5] = "-- content: " + hashlib.sha256(rest.encode()).hexdigest()
print("\\n".join(lines), end="")
"""


UNUSABLE = [
    ("varchar(40)", "varchar(41)", f"{FILE}: HS107 was edited"),
    ("-- format: 1", "-- format: 9", f"{FILE}:2: HS107 is of format 9"),
    ("-- End of the snapshot.\n", "", f"{FILE}: HS107 is cut off"),
    ("\n", "\r\n", f"{FILE}: HS107 has Windows line ends"),
]


def test_a_file_that_cannot_be_used(project: RepositoryProject) -> None:
    text = project.read(FILE)
    for old, new, said in UNUSABLE:
        (project.root / FILE).write_bytes(text.replace(old, new).encode())
        project.git("add", "--all")
        refused = project.check()
        assert refused.code == 1
        assert said in refused.out
        assert "make snapshot" in refused.out
    assert project.verb("snapshot").code == 0
    project.git("add", "--all")
    assert project.check().code == 0


def test_two_branches_meet(project: RepositoryProject) -> None:
    for branch, id_ in (("one", "cccc"), ("two", "dddd")):
        project.git("checkout", "-qb", branch, "main")
        model = MODEL.replace("Role", branch.title()).replace('"role"', f'"{branch}"')
        project.write(f"app/models/{branch}.py", model)
        create = f"CREATE TABLE {branch} (id INT PRIMARY KEY, name VARCHAR(40))"
        add(project, id_, "aaaa", f'    op.execute("{create}")')
        assert project.verb("snapshot").code == 0
        project.git("add", "--all")
        assert project.commit().code == 0
    assert "CONFLICT" in project.git("merge", "one", code=1).out
    project.git("add", "--all")
    refused = project.commit()
    assert refused.code == 1
    assert "HS101 the history has 2 heads" in refused.err
    assert f"{FILE}:4: HS107 has a merge conflict: both branches" in refused.err
    assert 'make merge m="join the branches"' in refused.err
    assert project.verb("merge", "-m", "join").code == 0
    project.git("add", "--all")
    done = project.commit()
    assert done.code == 0, done.err
    assert project.verb("check", "--full").code == 0


def test_a_project_without_one_is_not_asked_for_one(tmp_path: Path) -> None:
    project = make_repository(tmp_path / "shop")
    project.add_column()
    project.add_revision()
    project.git("add", "--all")
    assert project.commit().code == 0
