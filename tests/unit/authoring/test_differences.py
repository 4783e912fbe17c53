"""Differences that Alembic cannot see, mangles or crashes at: `revision` writes them all the same.

Each is written, proven, clean in the check, and runs up and down on SQLite.
"""

from __future__ import annotations

import pytest

from tests.support.projects import UserProject

MODELS = "app/models/user.py"
ANYWHERE = {"DB_URL": "mysql+pymysql://root:hunter2@db.invalid/shop"}
TARGETS = ("mariadb 10.11", "mysql 9.7")
HEAD = """import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from app.database.engine import Base


class A(Base):
    __tablename__ = "a"
    id = sa.Column(sa.Integer, primary_key=True)
    n = sa.Column(sa.Integer)
"""


def begin(project: UserProject, models: str, target: str) -> None:
    """A project with nothing but ``models`` and one revision for them."""
    project.replace("alembic.ini", "# target = mariadb 10.11", f"target = {target}")
    for path in [*project.revisions(), *(project.root / "app/models").glob("[!_]*.py")]:
        path.unlink()
    project.write(MODELS, models)
    done = project.script("make_revision", "-m", "first", **ANYWHERE)
    assert done.code == 0, done.out + done.err


def written(project: UserProject, models: str, *arguments: str) -> str:
    """What `revision` writes for these models."""
    project.write(MODELS, models)
    checked = project.script("check_revision", "--worktree", **ANYWHERE)
    assert checked.code == 1, checked.out + checked.err
    assert "DR108" not in checked.out
    before = set(project.revisions())
    done = project.script("make_revision", "-m", "change", *arguments, **ANYWHERE)
    assert done.code == 0, done.out + done.err
    (new,) = set(project.revisions()) - before
    return new.read_text(encoding="utf-8")


def is_clean(project: UserProject, *, sqlite: bool = True) -> None:
    """The check agrees, and SQLite runs the revisions up and down."""
    checked = project.script("check_revision", "--worktree", **ANYWHERE)
    assert checked.code == 0, checked.out + checked.err
    steps = [("upgrade_database",), ("downgrade_database", "--", "-1"), ("upgrade_database",)]
    for command, *arguments in steps if sqlite else ():
        done = project.script(command, *arguments)
        assert done.code == 0, done.err


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("formula", ["n + 1", "n + 2"])
def test_another_type_of_a_computed_column(project: UserProject, target: str, formula: str) -> None:
    columns = """    s = sa.Column(sa.Integer, sa.Computed("n + 1", persisted=True))
    v = sa.Column(sa.Integer, sa.Computed("n + 1"))
"""
    begin(project, HEAD + columns, target)
    changed = columns.replace("sa.Integer, ", "sa.BigInteger, ").replace("n + 1", formula)
    text = written(project, HEAD + changed)
    assert text.count("MODIFY COLUMN `s` bigint") == 1
    assert text.count("MODIFY COLUMN `v` bigint") == 1
    is_clean(project, sqlite=formula == "n + 1")


QUOTED = ("it's", "'x'", "x'", "'", "a''b", '"q"', "%'", "':x", "\\'")


@pytest.mark.parametrize("target", TARGETS)
def test_defaults_with_quotes_at_either_end(project: UserProject, target: str) -> None:
    plain = [f"    c{at} = sa.Column(sa.String(20))\n" for at, _ in enumerate(QUOTED)]
    begin(project, HEAD + "".join(plain), target)
    altered = [
        f"    c{at} = sa.Column(sa.String(20), server_default={text!r})\n"
        for at, text in enumerate(QUOTED)
    ]
    new = [line.replace("c", "d", 1) for line in altered]
    written(project, HEAD + "".join([*altered, *new]))
    is_clean(project)
    text = written(project, HEAD + "".join([*altered, *new]).replace("(20)", "(21)"))
    assert "DEFAULT" not in text
    is_clean(project)


CIRCLE = """
class X(Base):
    __tablename__ = "x1"
    id = sa.Column(sa.Integer, primary_key=True)
    y = sa.Column(sa.ForeignKey("y1.id"))


class Y(Base):
    __tablename__ = "y1"
    id = sa.Column(sa.Integer, primary_key=True)
    x = sa.Column(sa.ForeignKey("x1.id"))
"""


@pytest.mark.parametrize("target", TARGETS)
def test_tables_that_refer_to_each_other_are_dropped(project: UserProject, target: str) -> None:
    begin(project, HEAD + CIRCLE, target)
    text = written(project, HEAD)
    assert text.index("drop_constraint(") < text.index("drop_table(")
    assert "op.execute" not in text
    is_clean(project)


NAMED = """    name = sa.Column(sa.String(20), index=True)
    g = sa.Column(sa.Integer, sa.Computed("n + 1"))
    __table_args__ = (sa.CheckConstraint("n > 0", name="ck"),)
"""


@pytest.mark.parametrize("target", TARGETS)
def test_another_case_of_a_name_is_a_rename_without_a_question(
    project: UserProject, target: str
) -> None:
    begin(project, HEAD + NAMED, target)
    renamed = (HEAD + NAMED).replace("    n =", "    N =").replace('"n', '"N')
    text = written(project, renamed.replace("    name =", "    Name ="))
    assert 'new_column_name="Name"' in text
    assert "RENAME COLUMN `n` TO `N`" in text
    assert "drop_column" not in text
    assert "allow" not in text
    is_clean(project, sqlite=False)  # it has no statement for a name that stays but for its case


IGNORED = """
sa.event.listen(A.__table__, "after_create", sa.DDL("ALTER TABLE a ADD INDEX ix_n (n) IGNORED"))
"""


def test_an_index_becomes_ignored_and_back(project: UserProject) -> None:
    indexed = HEAD + '    __table_args__ = (sa.Index("ix_n", "n"),)\n'
    begin(project, indexed, "mariadb 10.11")
    assert "ADD KEY `ix_n` (`n`) IGNORED" in written(project, HEAD + IGNORED)
    is_clean(project)
    written(project, indexed)
    is_clean(project)


def test_a_table_of_another_schema_is_not_made_anew_on_sqlite(project: UserProject) -> None:
    other = HEAD.replace("    n =", '    __table_args__ = {"schema": "other"}\n    n =')
    begin(project, other + '    s = sa.Column(sa.Integer, sa.Computed("n + 1"))\n', "mariadb 10.11")
    text = written(project, other + '    s = sa.Column(sa.BigInteger, sa.Computed("n + 1"))\n')
    assert "MODIFY COLUMN `s` bigint" in text
    assert "create_table" not in text
    assert 'batch_alter_table("a", schema="other")' in text
    is_clean(project, sqlite=False)
