"""What is done with the history of a project that a test has written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alembic.config import Config
from sqlalchemy import MetaData

from stillroom import drift
from stillroom.authoring import author
from stillroom.authoring.drafted import Written
from stillroom.authoring.request import Request
from stillroom.catalog import Catalog, Target
from stillroom.drift import Verdict
from stillroom.replay import PlannedRevision, State, opened_history, planning


def replayed(
    config: Config,
    revision: str = "heads",
    *,
    target: Target | None = None,
    cache: Path | None = None,
) -> State:
    """The state at a revision."""
    with opened_history(config, target=target, cache=cache) as history:
        return history.state_at(revision)


def replay(
    config: Config,
    revision: str = "heads",
    *,
    target: Target | None = None,
    cache: Path | None = None,
) -> Catalog:
    """The catalog at a revision."""
    return replayed(config, revision, target=target, cache=cache).catalog


def check(
    config: Config,
    metadata: MetaData | None = None,
    *,
    target: Target | None = None,
    cache: Path | None = None,
) -> Verdict:
    """The verdict on the models ``metadata``, by default those of env.py."""
    with opened_history(config, target=target, cache=cache) as history:
        return drift.check(history, metadata)


def write(config: Config, request: Request, *, cache: Path) -> Written | None:
    """Write the revision that the models need."""
    with opened_history(config, cache=cache / "history") as history:
        return author.write(history, request, drafts=cache)


def planned_revisions(
    config: Config,
    revision: str = "heads",
    *,
    since: Sequence[str] = (),
    target: Target | None = None,
    cache: Path | None = None,
) -> list[PlannedRevision]:
    """The revisions from the heads ``since`` to ``revision``."""
    with opened_history(config, target=target, cache=cache) as history:
        return planning.planned_revisions(history, revision, since=since)
