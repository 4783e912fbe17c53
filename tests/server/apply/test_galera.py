"""The lease of a cluster, as far as one MariaDB can show it: ``benchmarks/galera.py`` has three."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import sqlalchemy as sa

from stillroom.apply.connection import Raw
from stillroom.apply.errors import ApplyError
from stillroom.apply.events import Event, LockWaiting
from stillroom.apply.journal.journal import Journal
from stillroom.apply.lock import galera
from stillroom.apply.lock.galera import Lease
from stillroom.apply.lock.lock import describe
from tests.support import servers


class Deployers:
    """Makes leases of one database, each with a connection of its own."""

    def __init__(self, url: sa.URL, stack: ExitStack) -> None:
        self.engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
        self.heard: list[Event] = []
        self._stack = stack

    def lease(self, timeout: float = 10.0) -> Lease:
        connection = self._stack.enter_context(self.engine.connect())
        dbapi = connection.connection.dbapi_connection
        raw = Raw(dbapi, self.engine.dialect)
        journal = Journal("alembic_version", self.engine.url.database)
        return Lease(raw, journal, self.engine, timeout, self.heard.append)


@pytest.fixture
def deployers(server_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployers]:
    with servers.database(server_url) as url, ExitStack() as stack:
        found = Deployers(url, stack)
        with found.engine.connect() as connection:
            if not connection.exec_driver_sql("SHOW VARIABLES LIKE 'wsrep_on'").all():
                pytest.skip("knows no Galera")
        monkeypatch.setattr(galera, "_LASTS", 2.5)
        monkeypatch.setattr(galera, "_BEAT", 0.2)
        yield found


def test_one_at_a_time(deployers: Deployers) -> None:
    first, second = deployers.lease(), deployers.lease(timeout=4.5)
    first.take()
    # It lives: even after more than the time that it lasts without a sign of life.
    held = r"AP101 another deployer holds the lock.*: a deployer from"
    with pytest.raises(ApplyError, match=held):
        second.take()
    (waiting, *_) = [event for event in deployers.heard if isinstance(event, LockWaiting)]
    assert "(process " in describe(waiting.holder)
    first.check()
    first.release()
    second.take()
    second.release()


def test_that_of_a_dead_one_is_taken_over(deployers: Deployers) -> None:
    dead, second, third = deployers.lease(), deployers.lease(), deployers.lease(timeout=1)
    dead.take()
    assert dead._heart is not None
    dead._heart.stop()
    began = time.monotonic()
    second.take()
    assert time.monotonic() - began > 2.5
    with pytest.raises(ApplyError, match="AP101"):
        third.take()
    # One that was only asleep learns that it has lost it, and does not take it away again.
    dead._heart = galera._Heart(dead._engine, dead._journal.table, dead._token)
    dead._heart.start()
    time.sleep(1)
    with pytest.raises(ApplyError, match=r"AP122 .* could not renew its lock for 2\.5 s"):
        dead.check()
    dead.release()
    with pytest.raises(ApplyError, match="AP101"):
        third.take()
    second.release()


def test_the_journal_may_go_with_it(deployers: Deployers) -> None:
    first, second = deployers.lease(), deployers.lease()
    first.take()
    first._journal.drop(first._raw)
    first.release()
    second.take()
    second.release()
