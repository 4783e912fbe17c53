"""Each change of the models alone is drift, in words; what is no change is not."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from sqlalchemy.dialects import mysql

from stillroom.catalog import Target
from stillroom.drift import CLEAN, DRIFT, Verdict
from tests.support.generators.mutations import DRIFTS, TARGETS, Models, project
from tests.support.replays import check

CHECK = import_module("stillroom.drift.check")  # the package has a function of that name


@pytest.fixture(scope="module", params=TARGETS)
def target(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, target: str) -> Config:
    return project(tmp_path_factory.mktemp("project"), Models().metadata(), target)


def judged(config: Config, models: Models, target: str, cache: Path) -> Verdict:
    verdict = check(config, models.metadata(), target=Target.parse(target), cache=cache)
    assert verdict.reason is None, str(verdict.reason)
    return verdict


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def test_unchanged_models_are_clean(config: Config, target: str, cache: Path) -> None:
    verdict = judged(config, Models(), target, cache)
    assert verdict.status == CLEAN, verdict.findings


@pytest.mark.parametrize("name", DRIFTS)
def test_each_change_is_drift(config: Config, target: str, cache: Path, name: str) -> None:
    apply, words = DRIFTS[name]
    models = Models()
    apply(models)
    verdict = judged(config, models, target, cache)
    assert verdict.status == DRIFT
    shown = [f"{finding.code} {finding.what}" for finding in verdict.findings]
    assert any(words in line for line in shown), shown


@pytest.mark.parametrize("now", [sa.func.now(), sa.func.current_timestamp(), sa.text("(now())")])
@pytest.mark.parametrize("asked", [False, True])
def test_the_same_moment_in_other_words_is_no_drift(
    tmp_path: Path,
    target: str,
    cache: Path,
    now: Any,
    asked: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(CHECK, "has_comparators_of_its_own", lambda context: asked)

    def metadata(default: Any) -> sa.MetaData:
        made = sa.MetaData()
        sa.Table("thing", made, sa.Column("made", sa.DateTime, server_default=default))
        return made

    config = project(tmp_path / "p", metadata(sa.text("CURRENT_TIMESTAMP")), target)
    verdict = check(config, metadata(now), target=Target.parse(target), cache=cache)
    assert verdict.status == CLEAN, (verdict.reason, verdict.findings)


def everything(metadata: sa.MetaData) -> None:
    """A model with all that makes Alembic's own comparison cry wolf."""
    metadata.naming_convention = {
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    }
    sa.Table("parent", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "thing",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("ratio", sa.Float(53)),
        sa.Column("story", sa.Text(70000)),
        sa.Column("place", sa.Integer),
        sa.Column("yes", sa.Boolean, server_default=sa.true(), nullable=False),
        sa.Column("empty", sa.String(5), server_default="", nullable=False),
        sa.Column("code", sa.String(36), server_default=sa.text("(uuid())")),
        sa.Column("flag", sa.Boolean(create_constraint=True, name="flag")),
        sa.Column("data", sa.JSON),
        sa.Column("kind", sa.Enum("a", "b", name="kind", create_constraint=True), default="a"),
        sa.Column("amount", sa.Numeric(12, 4), server_default="0"),
        sa.Column("parent_id", sa.ForeignKey("parent.id"), index=True),
        sa.Column("made", sa.DateTime, server_default=sa.func.now()),
        sa.Column("bits", mysql.BIT(3), server_default=sa.text("b'101'")),
        sa.UniqueConstraint("place", "empty"),
        sa.Index(None, sa.text("place DESC")),
    )


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("asked", [False, True])
def test_what_is_no_change_is_no_drift(
    tmp_path: Path, target: str, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CHECK, "has_comparators_of_its_own", lambda context: asked)
    metadata = sa.MetaData()
    everything(metadata)
    config = project(tmp_path / "p", metadata, target)
    verdict = check(config, metadata, target=Target.parse(target), cache=tmp_path / "cache")
    assert verdict.status == CLEAN, (verdict.reason, verdict.findings)


def test_an_index_is_left_over_where_the_models_name_another_for_the_foreign_key(
    tmp_path: Path, target: str, cache: Path
) -> None:
    def metadata(*indexes: str) -> sa.MetaData:
        made = sa.MetaData()
        sa.Table("parent", made, sa.Column("id", sa.Integer, primary_key=True))
        key = sa.ForeignKey("parent.id", name="fk_parent")
        own = [sa.Index(name, "parent_id") for name in indexes]
        sa.Table("child", made, sa.Column("parent_id", sa.Integer, key), *own)
        return made

    config = project(tmp_path / "p", metadata("old", "fk_parent"), target)

    def findings(*indexes: str) -> list[str]:
        verdict = check(config, metadata(*indexes), target=Target.parse(target), cache=cache)
        return [finding.what for finding in verdict.findings]

    assert findings() == []
    assert findings("fk_parent") == [
        "index old of child (parent_id) is in the history, not in the models"
    ]
    assert findings("old") == []  # InnoDB may have made the other


def test_tables_are_built_once_with_another_engine_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = Models().metadata()
    config = project(tmp_path / "p", metadata, TARGETS[0])
    built: list[str] = []
    models = import_module("stillroom.drift.models")
    execute = models.execute

    def counted(catalog: Any, statement: str, session: Any) -> Any:
        built.append(statement)
        return execute(catalog, statement, session)

    monkeypatch.setattr(models, "execute", counted)
    statements = []
    for engine in ("one", "one", "another", "another"):
        monkeypatch.setattr(models, "engine_digest", lambda engine=engine: engine)
        built.clear()
        verdict = check(config, metadata, target=Target.parse(TARGETS[0]), cache=tmp_path / "cache")
        assert verdict.status == CLEAN, verdict.findings
        statements.append([text for text in built if "CREATE TABLE" in text])
    first, again, other, other_again = statements
    assert first
    assert other == first
    assert again == other_again == []


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("asked", [False, True])
def test_the_index_of_a_foreign_key_that_only_the_history_names_is_no_drift(
    tmp_path: Path, target: str, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alembic wants to drop it, which a server refuses: no revision could make it clean."""
    monkeypatch.setattr(CHECK, "has_comparators_of_its_own", lambda context: asked)
    history, models = sa.MetaData(), sa.MetaData()
    for metadata in (history, models):
        sa.Table("parent", metadata, sa.Column("id", sa.Integer, primary_key=True))
        sa.Table(
            "child",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("parent_id", sa.ForeignKey("parent.id", name="fk_child_parent")),
            sa.Column("state", sa.String(10), server_default="new" if metadata is history else None,
                      default="new", nullable=False),
        )  # fmt: skip
    sa.Index("ix_child_parent_id", history.tables["child"].c.parent_id)
    config = project(tmp_path / "p", history, target)
    verdict = check(config, models, target=Target.parse(target), cache=tmp_path / "cache")
    assert verdict.status == CLEAN, (verdict.reason, verdict.findings)
