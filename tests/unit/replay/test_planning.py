"""What is to come, for a database that is at several heads."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.config import Config

from stillroom.catalog import Target
from tests.support.crashes import HISTORY, config_for
from tests.support.replays import planned_revisions

REVISION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = {name!r}, {down!r}
def upgrade():
    op.create_table("t_" + revision, sa.Column("id", sa.Integer, primary_key=True))
def downgrade():
    op.drop_table("t_" + revision)
"""
DOWN = {"a": None, "b1": "a", "b2": "a", "m": ("b1", "b2"), "n": "m"}
TO_HEADS = {
    (): [((), ("a",)), (("a",), ("b2",)), (("b2",), ("b1", "b2")), (("b1", "b2"), ("m",)),
         (("m",), ("n",))],
    ("b1",): [(("b1",), ("b1", "b2")), (("b1", "b2"), ("m",)), (("m",), ("n",))],
    ("b1", "b2"): [(("b1", "b2"), ("m",)), (("m",), ("n",))],
    ("m",): [(("m",), ("n",))],
    ("n",): [],
}  # fmt: skip


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("CRASH_URL", "mysql+pymysql://nobody@127.0.0.1:1/nowhere")
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text((HISTORY / "env.py").read_text())
    for name, down in DOWN.items():
        (tmp_path / "versions" / f"{name}.py").write_text(REVISION.format(name=name, down=down))
    return config_for(tmp_path)


@pytest.mark.parametrize("since", TO_HEADS)
def test_heads_before_and_after(config: Config, tmp_path: Path, since: tuple[str, ...]) -> None:
    target = Target.parse("mariadb 10.11")
    found = planned_revisions(config, since=since, target=target, cache=tmp_path / "cache")
    assert [(one.before, one.after) for one in found] == TO_HEADS[since]
    assert all(one.up and one.reason is None for one in found)


def test_down_from_two_heads(config: Config, tmp_path: Path) -> None:
    target = Target.parse("mariadb 10.11")
    found = planned_revisions(
        config, "a", since=("b1", "b2"), target=target, cache=tmp_path / "cache"
    )
    assert {one.revision.id for one in found} == {"b1", "b2"}
    assert found[-1].after == ("a",)
    assert not any(one.up for one in found)
