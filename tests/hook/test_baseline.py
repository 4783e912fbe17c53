"""An accepted difference is a state: what changes later is new, and is all that is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.projects import Answer
from tests.support.repositories import RepositoryProject, make_repository

FILE = "alembic/accepted_drift.txt"
MODEL = """
from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database.engine import Base


class Made(Base):
    __tablename__ = "made_by_hand"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
"""
COLUMN = "    note: Mapped[str | None] = mapped_column(String(40))\n"


@pytest.fixture
def repository(tmp_path: Path) -> RepositoryProject:
    return make_repository(tmp_path / "repository", hook="none")


def stage(repository: RepositoryProject) -> None:
    repository.git("add", "--all")


def accept(repository: RepositoryProject) -> None:
    """Accept the one difference there is: clean from then on."""
    accepted = repository.verb("baseline")
    assert accepted.out.startswith("1 difference is accepted"), accepted.err
    stage(repository)
    assert repository.check().code == 0, repository.check().out


def changed_once_accepted(repository: RepositoryProject, model: str, told: str) -> Answer:
    """What the check says of ``model`` with another column, once ``told`` is accepted of it."""
    repository.write("app/models/made.py", model)
    stage(repository)
    assert told in repository.check().out
    accept(repository)
    repository.write("app/models/made.py", model + COLUMN)
    stage(repository)
    return repository.check()


def test_a_table_that_was_accepted_may_not_change_unseen(repository: RepositoryProject) -> None:
    told = "DR101 table made_by_hand has no revision"
    answer = changed_once_accepted(repository, MODEL, told)
    assert "`name` varchar(20) NOT NULL" in repository.read(FILE)
    assert answer.code == 1
    assert "DR102 made_by_hand.note VARCHAR(40) NULL has no revision" in answer.out
    assert "DR101" not in answer.out
    written = repository.verb("revision", "-m", "add a note")
    assert written.code == 0, written.err
    text = repository.revisions()[-1].read_text()
    assert "create_table" not in text
    assert "note" in text
    stage(repository)
    answer = repository.check()
    assert answer.code == 0, answer.out + answer.err
    repository.git("commit", "--quiet", "--message", "add a note")
    repository.write("app/models/made.py", MODEL)
    stage(repository)
    assert "made_by_hand.note VARCHAR(40) NULL is in the history" in repository.check().out
    accept(repository)


def test_a_table_that_the_target_refuses_may_not_change_unseen(
    repository: RepositoryProject,
) -> None:
    model = MODEL.replace("String(20)", 'String(20, collation="NOCASE")')
    told = "DR109 table made_by_hand cannot be created"
    answer = changed_once_accepted(repository, model, told)
    assert answer.code == 1
    assert told in answer.out
    assert "The accepted difference is of another state of the model." in answer.out
    assert "DR110" not in answer.out
    accept(repository)


def test_a_revision_leaves_out_an_accepted_table_that_the_target_refuses(
    repository: RepositoryProject,
) -> None:
    model = "app/models/user.py"
    text = repository.read(model)
    repository.write(model, text.replace("String(255)", 'String(255, "NOCASE")', 1))
    stage(repository)
    answer = repository.verb("revision", "-m", "nothing")
    told = "table user cannot be created from the models: Unknown collation: 'nocase' (1273)"
    assert f"{model}:13: {told}" in answer.err
    assert len([line for line in repository.check().out.splitlines() if "DR1" in line]) == 1
    accept(repository)
    column = "    user_id: Mapped[int] = mapped_column(ForeignKey('user.id'))\n"
    made = MODEL.replace("import Integer", "import ForeignKey, Integer") + column
    repository.write("app/models/made.py", made)
    written = repository.verb("revision", "-m", "add a table that refers to it")
    assert written.code == 0, written.err
    revision = repository.revisions()[-1].read_text()
    assert "create_table" in revision
    assert "alter_column" not in revision
    stage(repository)
    answer = repository.check()
    assert answer.code == 0, answer.out + answer.err


def test_a_column_that_was_accepted_may_not_change_unseen(repository: RepositoryProject) -> None:
    model = "app/models/user.py"
    text = repository.read(model)
    repository.write(model, text.replace("String(255)", "String(200)", 1))
    stage(repository)
    assert repository.check().code == 1
    repository.verb("baseline")
    stage(repository)
    assert repository.check().code == 0, repository.check().out
    repository.write(model, text.replace("String(255)", "String(100)", 1))
    stage(repository)
    answer = repository.check()
    assert "is VARCHAR(200) in the history, VARCHAR(100) in the models" in answer.out
    repository.write(model, text)
    stage(repository)
    answer = repository.check()
    assert "DR110 this accepted difference no longer exists: DR102 " in answer.out
    assert answer.out.count("DR1") == 2  # the code, and the line that it quotes


def test_an_accepted_auto_increment_is_not_dropped_by_later_revisions(
    repository: RepositoryProject,
) -> None:
    model = "app/models/user.py"
    text = repository.read(model)
    assert "primary_key=True" in text
    repository.write(
        model, text.replace("primary_key=True", "primary_key=True, autoincrement=False")
    )
    stage(repository)
    repository.check()
    repository.verb("baseline")
    stage(repository)
    assert repository.check().code == 0, repository.check().out
    repository.add_column()
    written = repository.verb("revision", "-m", "add a nickname")
    assert written.code == 0, written.err
    revision = repository.revisions()[-1].read_text()
    assert "nickname" in revision
    assert "autoincrement" not in revision
    stage(repository)
    assert repository.check().code == 0, repository.check().out


def test_a_file_of_former_times_does_not_blind_the_check(repository: RepositoryProject) -> None:
    repository.write("app/models/made.py", MODEL)
    repository.write(FILE, "DR101 table made_by_hand has no revision\n")
    stage(repository)
    answer = repository.check()
    assert answer.code == 1
    assert "DR101 table made_by_hand has no revision" in answer.out
    assert f"{FILE}:1: DR110 this line does not say what the table was like" in answer.out


def test_what_cannot_be_read_has_a_place(repository: RepositoryProject) -> None:
    line = "DR101 table made_by_hand has no revision"
    repository.write(
        FILE, f"[at base]\n{line}\n\n    CREATE TABLE `made_by_hand` (`id` nonsense)\n"
    )
    stage(repository)
    answer = repository.check()
    assert answer.code == 2
    assert "accepted_drift.txt: CREATE TABLE `made_by_hand`" in answer.err
    assert "this definition cannot be read" in answer.err
    assert "Traceback" not in answer.err


def test_a_table_that_nothing_imports_is_accepted_too(repository: RepositoryProject) -> None:
    """And stays apart: the next revision knows no more models than env.py imports."""
    repository.write("app/billing/__init__.py", "")
    repository.write("app/billing/tables.py", MODEL)
    stage(repository)
    found = "app/billing/tables.py:8: MD101 table made_by_hand is in no imported module"
    assert found in repository.check().out
    assert found.partition(": ")[2] in repository.verb("revision", "-m", "none").err
    accepted = repository.verb("baseline")
    assert accepted.out.startswith("1 difference is accepted"), accepted.err
    stage(repository)
    assert repository.check().code == 0, repository.check().out
    model = "app/models/user.py"
    repository.write(model, repository.read(model) + COLUMN)
    written = repository.verb("revision", "-m", "add a note")
    assert written.code == 0, written.err
    assert "made_by_hand" not in repository.revisions()[-1].read_text()
    repository.write("app/models/__init__.py", "from app.billing import tables\n")
    stage(repository)
    answer = repository.check()
    assert "DR110 this accepted difference no longer exists: MD101 table made_by_hand" in answer.out
    assert "DR101 table made_by_hand has no revision" in answer.out


def test_schema_prints_what_the_revisions_make(repository: RepositoryProject) -> None:
    before = repository.verb("schema").out
    repository.write("app/models/made.py", MODEL)
    assert repository.verb("baseline").code == 0
    assert repository.verb("schema").out == before


CIRCLE = """
from sqlalchemy import Column, ForeignKey, Index, Integer

from app.database.engine import Base


class One(Base):
    __tablename__ = "one"
    id = Column(Integer, primary_key=True)
    z = Column(ForeignKey("two.id"))
    y = Column(ForeignKey("two.id"))
    x = Column(ForeignKey("two.id"))
    w = Column(ForeignKey("two.id"))
    v = Column(ForeignKey("two.id"))
    __table_args__ = tuple(Index(f"by_{n}", n) for n in "vwxyz")


class Two(Base):
    __tablename__ = "two"
    id = Column(Integer, primary_key=True)
    one = Column(ForeignKey("one.id"))
"""


def test_the_file_is_the_same_each_time(repository: RepositoryProject) -> None:
    """SQLAlchemy has indexes, and keys of tables that refer to each other, in sets."""
    repository.write("app/models/made.py", CIRCLE)
    texts = set()
    for seed in "123456":
        assert repository.verb("baseline", PYTHONHASHSEED=seed).code == 0
        texts.add(repository.read(FILE))
    assert len(texts) == 1
