"""`make revision` in whole projects: what it writes, what it asks, and when it writes nothing."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
import sqlalchemy

from tests.support.projects import ROOT, Answer, UserProject

USER = "app/models/user.py"
UUID = "token: Mapped[str | None] = mapped_column(sa.Uuid)"
ANYWHERE = {"DB_URL": "mysql+pymysql://root:hunter2@db.invalid/shop"}

of_sqlalchemy_21 = pytest.mark.skipif(
    sqlalchemy.__version__ < "2.1",
    reason="SQLAlchemy 2.0 knows neither UUID columns nor defaults in parentheses",
)


def add(project: UserProject, column: str) -> None:
    project.write(USER, project.read(USER) + f"    {column}\n")


def revise(project: UserProject, *arguments: str, **environment: str) -> Answer:
    return project.verb("revision", "-m", "change it", *arguments, **environment)


def written(project: UserProject, *arguments: str) -> str:
    """The text of the new revision."""
    before = set(project.revisions())
    done = revise(project, *arguments, **ANYWHERE)
    assert done.code == 0, done.out + done.err
    (new,) = set(project.revisions()) - before
    return new.read_text(encoding="utf-8")


def refused(project: UserProject, *texts: str, arguments: tuple[str, ...] = ()) -> None:
    """Nothing is written, and the message holds ``texts``."""
    before = project.revisions()
    done = revise(project, *arguments)
    assert done.code == 2, done.out + done.err
    for text in texts:
        assert text in done.err
    assert project.revisions() == before


def is_clean(project: UserProject) -> None:
    """The check agrees, and SQLite runs the revision up and down."""
    checked = project.verb("check", **ANYWHERE)
    assert checked.code == 0, checked.out + checked.err
    for verb, *arguments in (
        ("upgrade",),
        ("downgrade", "--", "-1"),
        ("upgrade",),
    ):
        done = project.verb(verb, *arguments)
        assert done.code == 0, done.err


def test_no_database_is_contacted(project: UserProject) -> None:
    add(project, "nickname: Mapped[str | None] = mapped_column(String(40), index=True)")
    text = written(project)
    assert 'batch_op.add_column(sa.Column("nickname", sa.String(length=40)' in text
    assert "auto generated" not in text
    is_clean(project)
    assert "The models need no revision: nothing was written." in revise(project).out


def test_the_file_passes_the_linters(project: UserProject) -> None:
    project.write("pyproject.toml", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    add(project, "state: Mapped[str] = mapped_column(String(9), default='new', comment='状态: x')")
    project.replace(
        USER, '{"comment": "用户"}', '{"comment": "用户", "mysql_collate": "utf8mb4_bin"}'
    )
    text = written(project)
    assert "COLLATE utf8mb4_bin" in text
    path = next(one for one in project.revisions() if "change_it" in one.name)
    config = str(ROOT / "pyproject.toml")
    for command in (["check", "--config", config], ["format", "--check", "--config", config]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    is_clean(project)


def test_a_skeleton_has_the_imports_that_its_author_needs(project: UserProject) -> None:
    project.write("pyproject.toml", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = written(project, "--empty")
    assert "import sqlalchemy as sa\nfrom alembic import op\n" in text
    path = next(one for one in project.revisions() if "change_it" in one.name)
    for body in ("pass", 'op.execute("SELECT 1")'):
        path.write_text(text.replace("    pass", f"    {body}", 1), encoding="utf-8")
        for command in (["check", "--force-exclude"], ["format", "--check"]):
            done = project.run(sys.executable, "-m", "ruff", *command, str(path))
            assert done.code == 0, done.out + done.err
    is_clean(project)


def test_a_default_of_the_model_stays_on_the_server(project: UserProject) -> None:
    add(project, "state: Mapped[str] = mapped_column(String(9), default='a:b 100%')")
    add(project, "story: Mapped[str] = mapped_column(sa.Text, default='once')")
    add(project, "made: Mapped[datetime] = mapped_column(DateTime, default=sa.func.now())")
    add(project, "flag: Mapped[bool] = mapped_column(default=True)")
    project.replace(
        USER, "from sqlalchemy import", "import sqlalchemy as sa\nfrom sqlalchemy import"
    )
    text = written(project)
    assert 'server_default="a:b 100%"' in text
    assert "server_default=sa.text(\"('once')\")" in text
    assert 'server_default=sa.text("CURRENT_TIMESTAMP")' in text
    assert 'server_default=sa.text("1")' in text
    assert "# The defaults of user.flag, user.made, user.state and user.story stay on" in text
    checked = project.verb("check", **ANYWHERE)
    assert checked.code == 0, checked.out
    assert len(project.revisions()) == 2
    assert revise(project).code == 0
    assert len(project.revisions()) == 2


def test_another_default_than_the_models_is_drift(project: UserProject) -> None:
    add(project, "state: Mapped[str] = mapped_column(String(9), default='new')")
    written(project)
    project.replace(USER, "default='new'", "default='old'")
    checked = project.verb("check", **ANYWHERE)
    assert checked.code == 1
    assert "DR102 user.state is DEFAULT 'new' in the history" in checked.out


def test_the_command_to_paste_gives_each_column_a_value_of_its_type(project: UserProject) -> None:
    columns = {
        "n": ("BigInteger", "0"),
        "price": ("Numeric(9, 2)", "0"),
        "seen": ("DateTime", "CURRENT_TIMESTAMP"),
        "born": ("Date", "CURRENT_DATE"),
        "kind": ("Enum('new', 'old')", "'new'"),
        "data": ("JSON", "'{}'"),
        "slug": ("String(9)", "''"),
    }
    types = "import JSON, BigInteger, Date, DateTime, Enum, Integer, Numeric, String"
    project.replace(USER, "import DateTime, Integer, String", types)
    for name, (kind, _) in columns.items():
        add(project, f"{name}: Mapped[object] = mapped_column({kind})")
    fills = "; ".join(f"user.{name}={value}" for name, (_, value) in columns.items())
    refused(project, f'fill="{fills}"')
    written(project, "--fill", fills)


@pytest.mark.parametrize("default", ["", ", default=lambda: 'x'"])
def test_a_column_without_a_value_needs_an_answer(project: UserProject, default: str) -> None:
    add(project, f"slug: Mapped[str] = mapped_column(String(9){default})")
    refused(project, "user.slug is NOT NULL", "fill=\"user.slug=''\"")
    text = written(project, "--fill", "user.slug=concat('u:', id)")
    assert "from stillroom import batches" in text
    assert "slug = concat('u" in text.replace("`", "")
    assert "nullable=False" in text
    checked = project.verb("check", **ANYWHERE)
    assert checked.code == 0, checked.out


@of_sqlalchemy_21
@pytest.mark.parametrize(
    ("default", "written_as"),
    [("func.now()", "(now())"), ("func.concat(' :a', '5%')", "(concat(' \\\\:a', '5%'))")],
)
def test_an_altered_default_is_an_expression_where_a_new_one_is(
    project: UserProject, default: str, written_as: str
) -> None:
    project.replace("alembic.ini", "# target = mariadb 10.11", "target = mysql 9.7")
    kind = "DateTime" if "now" in default else "String(9)"
    add(project, f"seen: Mapped[str | None] = mapped_column({kind})")
    written(project)
    project.replace(
        USER, f"mapped_column({kind})", f"mapped_column({kind}, server_default={default})"
    )
    project.replace(USER, "from sqlalchemy import ", "from sqlalchemy import func, ")
    text = written(project)
    assert f'server_default=sa.text("{written_as}")' in text
    assert "op.execute" not in text


def test_a_rename_is_asked(project: UserProject) -> None:
    project.replace(USER, "    email:", "    mail:")
    rename = 'rename="user.email:mail"'
    refused(project, "user.email is gone, mail is new", rename, 'drop="user.email"')
    text = written(project, "--rename", "user.email:mail")
    assert "drop_column" not in text
    assert 'new_column_name="mail"' in text
    assert "ix_user_mail" in text
    is_clean(project)


def test_a_project_without_batches_gets_plain_operations(project: UserProject) -> None:
    project.replace("alembic/env.py", '"render_as_batch": True', '"render_as_batch": False')
    column = "Integer, primary_key=True, autoincrement=False, server_default='0'"
    add(project, f"part: Mapped[int] = mapped_column({column})")
    text = written(project)
    assert "op.create_primary_key(" in text
    assert "batch_op" not in text


LIKES = """
from sqlalchemy import ForeignKey, Integer, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database.engine import Base


class Like(Base):
    __tablename__ = "like"
    __table_args__ = (PrimaryKeyConstraint("user_id", "kind"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[int] = mapped_column(Integer)
"""


def test_a_foreign_key_survives_the_primary_key_that_it_was_looked_up_by(
    project: UserProject,
) -> None:
    project.write("app/models/like.py", LIKES)
    written(project)
    project.replace("app/models/like.py", '"user_id", "kind"', '"kind", "user_id"')
    text = written(project)
    assert text.index("DROP FOREIGN KEY") < text.index("DROP PRIMARY KEY")
    is_clean(project)


def test_several_answers_are_given_in_one_option_or_in_several(project: UserProject) -> None:
    project.replace(USER, "    email:", "    mail:")
    project.replace(USER, "    name:", "    title:")
    several = ("--rename", "user.email:mail", "--rename", "user.name:title")
    text = written(project, *several)
    assert "drop_column" not in text
    is_clean(project)


def test_what_is_no_rename_is_dropped_and_marked(project: UserProject) -> None:
    project.replace(USER, "    email:", "    mail:")
    text = written(project, "--drop", "user.email")
    assert "# stillroom: allow MY102 MY402 " in text
    assert '"""Restores the tables, but not the values of user.email."""' in text
    is_clean(project)


def test_characters_that_a_charset_lacks_are_marked(project: UserProject) -> None:
    comment = '{"comment": "用户"}'
    project.replace(USER, comment, '{"comment": "用户", "mysql_charset": "latin1"}')
    text = written(project)
    assert "# user.name loses the characters that latin1 lacks." in text
    assert "# user.email loses the characters that latin1 lacks." in text
    assert text.count("# stillroom: allow MY103 ") == 2
    is_clean(project)
    project.replace(USER, '"mysql_charset": "latin1"', '"mysql_charset": "utf8mb4"')
    assert "allow MY1" not in written(project)


def test_a_table_is_renamed(project: UserProject) -> None:
    project.replace(USER, '__tablename__ = "user"', '__tablename__ = "member"')
    refused(project, "table user is gone, member is new", 'rename="user:member"')
    text = written(project, "--rename", "user:member")
    assert 'op.rename_table("user", "member")' in text
    assert "drop_table" not in text
    checked = project.verb("check", **ANYWHERE)
    assert checked.code == 0, checked.out


KEYS = (
    'sa.Index("ix_made", "create_time")',
    'sa.UniqueConstraint("name", "email", name="uq_name")',
    'sa.ForeignKeyConstraint(["other_id"], ["article.id"], name="fk_other")',
    """sa.CheckConstraint("create_time > '2000-01-01'", name="ck_made")""",
)


def test_another_name_of_a_key_is_asked(project: UserProject) -> None:
    project.replace(USER, "from sqlalchemy", "import sqlalchemy as sa\nfrom sqlalchemy")
    project.replace(USER, "__table_args__ = {", f"__table_args__ = ({', '.join(KEYS)}, {{")
    project.replace(USER, '"用户"}', '"用户"})')
    add(project, "other_id: Mapped[int | None] = mapped_column(Integer)")
    written(project)
    names = {name: f"{name}_2" for name in ("ix_made", "uq_name", "fk_other")}
    for old, new in {**names, "ck_made": "ck_made_2"}.items():
        project.replace(USER, f'"{old}"', f'"{new}"')
    names["ck_user_ck_made"] = "ck_user_ck_made_2"  # by the naming convention of the models
    answers = [f"user.{old}:{new}" for old, new in names.items()]
    refused(
        project,
        "index user.uq_name is gone, uq_name_2 is new, and they look alike",
        "foreign key user.fk_other is gone",
        "check user.ck_user_ck_made is gone",
        'To rename it: make revision m="change it" rename="ix_made:ix_made_2 user.',
        *answers[1:],
        'drop="user.',
        arguments=("--rename", "ix_made:ix_made_2"),
    )
    text = written(project, "--rename", " ".join(answers))
    joined = re.sub(r'"\s+"', "", text)
    assert "RENAME INDEX ix_made TO ix_made_2" in joined.replace("`", "")
    assert "RENAME INDEX uq_name TO uq_name_2" in joined.replace("`", "")
    assert "DROP FOREIGN KEY fk_other, ADD CONSTRAINT fk_other_2" in joined.replace("`", "")
    assert "DROP CONSTRAINT ck_user_ck_made, ADD CONSTRAINT" in joined.replace("`", "")
    is_clean(project)
    with closing(sqlite3.connect(project.root / "app.db")) as database:
        tables = str(database.execute("SELECT group_concat(sql) FROM sqlite_master").fetchone())
    assert "ix_made_2" in tables
    assert "fk_other_2" in tables


def test_an_answer_to_nothing_is_refused(project: UserProject) -> None:
    refused(project, "rename: user.email and mail", arguments=("--rename", "user.email:mail"))
    add(project, "nickname: Mapped[str | None] = mapped_column(String(40))")
    refused(
        project,
        "fill: this revision makes no column user.x NOT NULL",
        arguments=("--fill", "user.x=1"),
    )
    refused(
        project, "rename: 'user.email' is not of the form", arguments=("--rename", "user.email")
    )


def test_an_answer_that_names_nothing_is_refused(project: UserProject) -> None:
    project.replace(USER, "    email:", "    mail:")
    nothing = "the revisions have no table, column or key"
    refused(project, f"rename: {nothing} email", arguments=("--rename", "email:mail"))
    refused(project, f"drop: {nothing} user.mial", arguments=("--drop", "user.email, user.mial"))


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("1+(", "(1064) You have an error in your SQL syntax"),
        ("email + nosuch", "(1054) Unknown column 'nosuch'"),
    ],
)
def test_a_value_that_cannot_be_run_is_refused(
    project: UserProject, value: str, error: str
) -> None:
    add(project, "rank: Mapped[int] = mapped_column(Integer)")
    fill = f"user.rank={value}"
    refused(project, f"fill: {fill} cannot be run: {error}", arguments=("--fill", fill))


@of_sqlalchemy_21
def test_what_a_server_cannot_convert_has_its_place(project: UserProject) -> None:
    add(project, "token: Mapped[int | None] = mapped_column(Integer)")
    written(project)
    project.replace(USER, "token: Mapped[int | None] = mapped_column(Integer)", UUID)
    project.replace(USER, "from sqlalchemy", "import sqlalchemy as sa\nfrom sqlalchemy")
    refused(
        project,
        f"{USER}:27: a server would refuse this change: Cannot cast 'int' as 'uuid' in",
        "fill a column of another name from the old one",
    )


def test_names_with_blanks_can_be_answered(project: UserProject) -> None:
    for name in ("my user", "our: user, now"):
        project.replace(
            USER, project.read(USER).partition('__tablename__ = "')[2].partition('"')[0], name
        )
        if name == "my user":
            written(project, "--rename", "user:'my user'")
    answer = "'my user':'our: user, now'"
    refused(project, f'rename="{answer}"', "drop=\"'my user'\"")
    assert 'op.rename_table("my user", "our: user, now")' in written(project, "--rename", answer)
    add(project, "rank: Mapped[int] = mapped_column(Integer)")
    add(project, "title: Mapped[str] = mapped_column(String(9))")
    fill = "our: user, now.rank=1; our: user, now.title='a; b=c'"
    assert "title = 'a; b=c'" in written(project, "--fill", fill)


def test_an_empty_revision(project: UserProject) -> None:
    text = written(project, "--empty")
    assert "def upgrade() -> None:\n    pass" in text


def test_two_heads_stop_it(project: UserProject) -> None:
    written(project, "--empty")
    first = project.read("alembic/versions/2026_11_22_create_user_and_article_e3c87c4a7bde.py")
    other = first.replace("e3c87c4a7bde", "bbbb").replace(" = None", ' = "e3c87c4a7bde"', 1)
    head, _, _ = other.partition("def upgrade")
    body = "def upgrade() -> None:\n    pass\n\n\ndef downgrade() -> None:\n    pass\n"
    project.write("alembic/versions/bbbb.py", head + body)
    refused(project, "the history has 2 heads", "bbbb  alembic/versions/bbbb.py", "make merge")
    add(project, "nickname: Mapped[str | None] = mapped_column(String(40))")
    assert 'down_revision: str | Sequence[str] | None = "bbbb"' in written(
        project, "--head", "bbbb"
    )


def test_branches_with_labels_are_not_joined(project: UserProject) -> None:
    written(project, "--empty")
    for label in ("expand", "contract"):
        project.write(
            f"alembic/versions/{label}.py",
            f"revision = {label[:4]!r}\ndown_revision = None\nbranch_labels = ({label!r},)\n"
            "def upgrade():\n    pass\n",
        )
    (heads := project.root / "alembic/versions").joinpath("main.py").unlink(missing_ok=True)
    for path in heads.glob("2026*.py"):
        path.unlink()
    done = revise(project)
    assert "the history has 2 heads" in done.err
    assert "head=contract@head" in done.err or "head=expand@head" in done.err
    assert "merge" not in done.err


def test_template_without_a_downgrade(project: UserProject) -> None:
    """There is nothing to prove of it."""
    template = project.read("alembic/script.py.mako")
    project.write("alembic/script.py.mako", template.partition("def downgrade")[0])
    add(project, "nickname: Mapped[str | None] = mapped_column(String(40))")
    assert "def downgrade" not in written(project)


FIRST = "e3c87c4a7bde"


def test_splice_branch_and_depends_on_are_alembics(project: UserProject) -> None:
    text = written(project, "--empty", "--branch", "billing")
    assert 'branch_labels: str | Sequence[str] | None = "billing"' in text or (
        'branch_labels: str | Sequence[str] | None = ("billing",)' in text
    )
    refused(
        project,
        f"Revision {FIRST} is not a head revision: splice=1 is needed",
        f'make revision m="change it" head={FIRST} splice=1',
        arguments=("--empty", "--head", FIRST),
    )
    for option in ("--head", "--depends-on"):
        missing = "Can't locate revision identified by 'nope'\n    `make history` lists"
        refused(project, missing, arguments=(option, "nope"))
    add(project, "nickname: Mapped[str | None] = mapped_column(String(40))")
    text = written(project, "--head", FIRST, "--splice", "--depends-on", "billing@head")
    assert f'down_revision: str | Sequence[str] | None = "{FIRST}"' in text
    assert "depends_on: str | Sequence[str] | None = " in text
    assert "depends_on: str | Sequence[str] | None = None" not in text
    assert 'batch_op.add_column(sa.Column("nickname"' in text
    done = project.verb("merge", "-m", "join", **ANYWHERE)
    assert done.code == 0, done.err
    is_clean(project)


def test_a_database_that_is_configured_twice_is_changed_once(project: UserProject) -> None:
    env = project.read("alembic/env.py")
    project.write("alembic/env.py", f"{env}\n\n{env.partition(chr(10) * 2)[2]}")
    add(project, "nickname: Mapped[str | None] = mapped_column(String(40))")
    done = project.verb("revision", "-m", "change it", **ANYWHERE)
    assert done.code == 0, done.out + done.err
    assert project.revisions()[-1].read_text().count("add_column") == 1


def test_heads_are_merged(project: UserProject) -> None:
    nothing = project.verb("merge", "-m", "join")
    assert "The history has one head: nothing was written." in nothing.out
    body = "def upgrade() -> None:\n    pass\n\n\ndef downgrade() -> None:\n    pass\n"
    for name in ("aaaa", "bbbb"):
        ids = f'revision = "{name}"\ndown_revision = "e3c87c4a7bde"\n\n\n'
        project.write(f"alembic/versions/{name}.py", ids + body)
    done = project.verb("merge", "-m", "join", **ANYWHERE)
    assert done.code == 0, done.err
    assert "it joins aaaa and bbbb." in done.out
    checked = project.script("check_revision", "--worktree")
    assert checked.code == 0, checked.out


def test_what_cannot_be_proven_is_not_written(project: UserProject) -> None:
    # A template that loses the operations on their way into the file.
    place = '${upgrades if upgrades else "pass"}'
    project.replace("alembic/script.py.mako", place, '${"pass" if upgrades else ""}')
    add(project, "nickname: Mapped[str | None] = mapped_column(String(40))")
    refused(
        project,
        "the revision was not written: a replay shows that history + revision is not what",
        "user column nickname: nothing instead of VARCHAR(40) NULL",
    )


def test_a_template_without_a_place_for_operations_is_named(project: UserProject) -> None:
    project.replace("alembic/script.py.mako", '${upgrades if upgrades else "pass"}', "pass")
    add(project, "nickname: Mapped[str | None] = mapped_column(String(40))")
    refused(project, "script.py.mako: the template for new revisions has no place for what")


def test_a_formatter_that_is_missing_is_named(project: UserProject) -> None:
    project.replace("alembic.ini", "fix.module = ruff", "fix.module = not_there")
    add(project, "nickname: Mapped[str | None] = mapped_column(String(40))")
    done = project.verb("revision", "-m", "x")
    assert done.code == 2
    assert "alembic.ini: [post_write_hooks]: a hook failed on the new revision" in done.err
    assert "not_there" in done.err
    assert len(project.revisions()) == 1
