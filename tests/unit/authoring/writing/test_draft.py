"""The file of a revision: the same every time, fit for the linters, and whole or not there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy

from stillroom.project.folders import drafts_folder
from tests.support.projects import ROOT, SETTINGS, UserProject, make_project, verb_command
from tests.support.repositories import make_repository

ANYWHERE = {"DB_URL": "mysql+pymysql://nobody@db.invalid/shop"}
MODEL = '''"""Orders."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, mapped_column

from app.database.engine import Base


class State(enum.Enum):
    """Where an order is."""

    NEW = "new"
    PAID = "paid"


class Trimmed(sa.TypeDecorator[str]):
    """Text without blanks at its ends."""

    impl = sa.String(30)
    cache_ok = True


class Order(Base):
    """An order, with a bit of everything."""

    __tablename__ = "order"
    __table_args__ = (
        sa.Index("ix_state", "state", "made"),
        sa.Index("ix_amount", sa.text("amount DESC")),
        sa.UniqueConstraint("code", "user_id", name="uq_code"),
        sa.CheckConstraint("amount > 0 AND note LIKE '50%'", name="positive"),
        {"comment": "订单: 'a' 100%", "mysql_collate": "utf8mb4_bin"},
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Trimmed, comment="编号 :c \\\\ `x`")
    state: Mapped[State] = mapped_column(sa.Enum(State), default=State.NEW)
    tags: Mapped[set[str]] = mapped_column(mysql.SET("a", "b", "c"), default={"c", "a"})
    data: Mapped[dict[str, Any]] = mapped_column(sa.JSON, server_default=sa.text("('{}')"))
    note: Mapped[str] = mapped_column(sa.String(60), server_default="50% of a:b")
    amount: Mapped[Decimal] = mapped_column(sa.Numeric(10, 2), server_default=sa.text("1"))
    twice: Mapped[Decimal] = mapped_column(sa.Numeric(12, 2), sa.Computed("amount * 2"))
    made: Mapped[dt.datetime] = mapped_column(mysql.DATETIME(fsp=3), server_default=sa.func.now(3))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    article_id: Mapped[int | None] = mapped_column(sa.ForeignKey("article.id"))
'''
COLUMNS = """    tags: Mapped[set[str]] = mapped_column(mysql.SET("a", "b"), default={"b", "a"})
    wish: Mapped[dict[str, int]] = mapped_column(sa.JSON, default={"b": 1, "a": 2}, index=False)
    nick: Mapped[str] = mapped_column(String(40), default="x", index=True, comment="昵称")
    born: Mapped[datetime | None] = mapped_column(DateTime, index=True)
"""


def change(project: UserProject) -> None:
    """A change of the models with a bit of everything."""
    project.write("app/models/order.py", MODEL)
    user = "app/models/user.py"
    imports = (
        "import sqlalchemy as sa\nfrom sqlalchemy.dialects import mysql\nfrom sqlalchemy import"
    )
    project.replace(user, "from sqlalchemy import", imports)
    project.write(user, project.read(user) + COLUMNS)


def start(project: UserProject, **environment: str) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return subprocess.Popen(
        verb_command("revision", "-m", "a bit of everything"),
        cwd=project.root,
        env={**inherited, **ANYWHERE, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def new_revision(project: UserProject) -> Path:
    return next(path for path in project.revisions() if "everything" in path.name)


def test_it_is_the_same_every_time_and_passes_the_linters(tmp_path: Path) -> None:
    texts = []
    for seed in ("1", "2"):
        project = make_project(tmp_path / seed)
        project.write("pyproject.toml", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        change(project)
        with start(project, PYTHONHASHSEED=seed) as process:
            said = process.communicate()[1].decode()
        assert process.returncode == 0, said
        text = new_revision(project).read_text(encoding="utf-8")
        text = re.sub(r"^Created: .*$", "", text, flags=re.MULTILINE)
        texts.append(text.replace(new_revision(project).stem.rpartition("_")[2], "ID"))
    assert texts[0] == texts[1]
    commands = [["ruff", "check"], ["ruff", "format", "--check"]]
    verbs = [["check"]]
    # SQLAlchemy 2.0 has MySQL types that are not typed, and no parentheses around a default,
    # which SQLite wants there.
    if sqlalchemy.__version__ >= "2.1":
        commands.append(["mypy", "--cache-dir", str(ROOT / ".mypy_cache")])
        verbs += [["upgrade"], ["downgrade", "--", "-1"]]
    for command in commands:
        done = project.run(sys.executable, "-m", *command, str(new_revision(project)))
        assert done.code == 0, done.out + done.err
    for verb, *arguments in verbs:
        answer = project.verb(verb, *arguments, **(ANYWHERE if verb == "check" else {}))
        assert answer.code == 0, answer.out + answer.err


@pytest.mark.parametrize("delay", [0.6, 1.6, 2.2])
def test_a_kill_leaves_nothing_half_written(tmp_path: Path, delay: float) -> None:
    project = make_repository(tmp_path, hook="none")
    change(project)
    before = project.git("status", "--short").out
    with start(project) as process:
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    written = [path for path in project.revisions() if "everything" in path.name]
    if not written:
        assert project.git("status", "--short").out == before
        with start(project) as process:
            assert process.wait() == 0
    assert project.script("check_revision", "--worktree", **ANYWHERE).code == 0
    folder = drafts_folder(project.root)
    assert written or not list(folder.glob("draft-*"))
    assert {path.suffix for path in (project.root / "alembic" / "versions").iterdir()} <= {
        ".py",
        "",
    }
