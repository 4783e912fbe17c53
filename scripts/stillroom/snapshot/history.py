"""The snapshot of a history: which revisions it stands for, and what its text must be."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from alembic.config import Config
from alembic.util.pyfiles import coerce_resource_to_filename

from stillroom.errors import CannotTell
from stillroom.findings import shown
from stillroom.replay.history import History, heads_of
from stillroom.replay.revisions.graph import Revision
from stillroom.replay.server import State
from stillroom.shell import Command
from stillroom.snapshot.header import Header, sealed, unusable
from stillroom.snapshot.reading import Snapshot
from stillroom.snapshot.writing import body

NAME = "schema.sql"
OTHER_TEXTS = "was made from other texts of its revisions: one of them was changed since"


def beside(config: Config) -> Path:
    """Where the snapshot of a project is, as seen from the working directory."""
    folder = coerce_resource_to_filename(config.get_alembic_option("script_location") or "alembic")
    return Path(folder, NAME)


def path_of(history: History) -> Path:
    """Where the snapshot is: beside env.py."""
    return history.project.env_py.with_name(NAME)


def read(history: History) -> Snapshot:
    """The snapshot of the project as it is on disk. CannotTell if it cannot be used."""
    path = path_of(history)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CannotTell(
            "there is no snapshot", where=shown(path), fix=f"{Command('snapshot')}    writes it"
        ) from None
    return Snapshot.read(content, shown(path))


def made_by(history: History) -> Snapshot:
    """The snapshot that the revisions make. CannotTell if they cannot be replayed."""
    plain = replace(history, accepted=())
    if plain.origin.passed and not plain.origin.state.catalog.tables():
        raise CannotTell(
            "the tables at that revision are not known",
            where="[stillroom] since",
            fix="Name a dump of them, of `mysqldump --no-data`: start = FILE",
        )
    order = plain.order("heads")
    return made_at(plain, order, plain.state_behind(order))


def made_at(history: History, order: Sequence[Revision], state: State) -> Snapshot:
    """The snapshot of ``state``, which is behind the revisions ``order``."""
    if len(state.databases) > 1:
        raise CannotTell(
            "env.py works on several databases, but a snapshot holds one",
            where=shown(history.project.env_py),
        )
    heads = tuple(sorted(heads_of(order)))
    data_only = [shown(revision.path) for revision in order if revision.source.data_only]
    header = Header(history.target, heads, digest_of(history, order))
    return Snapshot(header, sealed(header, body(state, data_only)), shown(path_of(history)))


def digest_of(history: History, order: Sequence[Revision]) -> str:
    """What stands for revisions: their ids and texts, and what there was before the first one."""
    lines = sorted(f"{revision.id}\0{revision.source.digest}" for revision in order)
    return hashlib.sha256("\n".join([history.origin.digest, *lines]).encode()).hexdigest()


def revisions_of(snapshot: Snapshot, history: History) -> list[Revision]:
    """The revisions that a snapshot stands for, in order. CannotTell if it is not for these.

    It may be for another server, for heads that are not here, or for other texts.
    """
    header = snapshot.header
    if header.target != history.target:
        raise unusable(
            f"is for {header.target}, and the revisions are for {history.target}",
            f"{snapshot.shown}:3",
        )
    for head in header.heads:
        if head not in history.revisions:
            raise unusable(
                f"ends in revision {head}, but there is no file for it here",
                f"{snapshot.shown}:4",
            )
    order = history.order(",".join(header.heads)) if header.heads else []
    if digest_of(history, order) != header.revisions:
        raise unusable(OTHER_TEXTS, f"{snapshot.shown}:5")
    return order


@dataclass(frozen=True)
class FromSnapshot:
    """A snapshot from which a history may be replayed, in place of its first revision."""

    snapshot: Snapshot
    revisions: frozenset[str]

    @property
    def shown(self) -> str:
        """The file."""
        return self.snapshot.shown

    @property
    def digest(self) -> str:
        """All that the file says."""
        return hashlib.sha256(self.snapshot.text.encode()).hexdigest()

    @property
    def state(self) -> State:
        """What its statements make."""
        return self.snapshot.state


def known_state(content: bytes, history: History) -> FromSnapshot | None:
    """Where a replay may begin, from the text of a snapshot; None if it is not for this history."""
    try:
        snapshot = Snapshot.read(content, shown(path_of(history)))
        order = revisions_of(snapshot, history)
    except CannotTell:
        return None
    return FromSnapshot(snapshot, frozenset(revision.id for revision in order))
