"""Changes in batches where there are none: in SQL for a file, on SQLite, in a replay."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from stillroom import batches
from tests.support.crashes import HISTORY, config_for
from tests.support.projects import UserProject

REVISION = """
import sqlalchemy as sa
from alembic import op
from stillroom import batches
revision, down_revision = "c9", None

def upgrade():
    op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.Text))
    op.execute("INSERT INTO t (id, x) VALUES (1, 'a'), (2, 'b'), (3, 'b')")
    batches.update("t", "x = :new", where="x = 'b'", parameters={"new": "c"}, size=1)
    batches.delete("t", "id > 2")
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "c9.py").write_text(REVISION)
    env = (HISTORY / "env.py").read_text()
    offline = """if context.is_offline_mode():
    context.configure(url=os.environ["CRASH_URL"], literal_binds=True)
    context.run_migrations()
    raise SystemExit

with engine"""
    (tmp_path / "env.py").write_text(env.replace("with engine", offline))
    monkeypatch.setenv("CRASH_URL", f"sqlite:///{tmp_path}/app.db")
    return config_for(tmp_path)


def test_one_statement_on_sqlite(config: Config, tmp_path: Path) -> None:
    import sqlite3

    command.upgrade(config, "head")
    connection = sqlite3.connect(tmp_path / "app.db")
    assert connection.execute("SELECT * FROM t").fetchall() == [(1, "a"), (2, "c")]
    connection.close()


def test_one_statement_in_a_script(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRASH_URL", "mysql+pymysql://nobody@nowhere/x")
    config.output_buffer = output = StringIO()
    with pytest.raises(SystemExit):
        command.upgrade(config, "head", sql=True)
    assert "UPDATE t SET x = 'c' WHERE (x = 'b');" in output.getvalue()
    assert "DELETE FROM t WHERE (id > 2);" in output.getvalue()


def test_a_replay_meets_a_statement_with_a_limit(project: UserProject) -> None:
    text = REVISION.replace("None", '"e3c87c4a7bde"')
    project.write("alembic/versions/c9.py", text)
    answer = project.verb("plan", "--from", "e3c87c4a7bde")
    assert "UPDATE t SET x = 'c' WHERE (x = 'b') LIMIT 1" in answer.out, answer.err
    assert "DELETE FROM t WHERE (id > 2) LIMIT 5000" in answer.out


def test_a_batch_has_rows() -> None:
    with pytest.raises(ValueError, match="batches of 0 rows"):
        batches.update("t", "x = 1", size=0)
