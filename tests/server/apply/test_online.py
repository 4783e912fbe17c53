"""Copies by pt-online-schema-change: done, refused, killed, and finished by the next run."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config

from stillroom import apply
from stillroom.apply.ddl.pt_osc import PROGRAM
from tests.support import servers
from tests.support.crashes import Outcome, contents, difference, run, start
from tests.support.generators.large import fill, history

COPY = 'op.alter_column("large", "number", existing_type=sa.Integer, type_=sa.BigInteger)'
ROWS = 6_000

pytestmark = pytest.mark.skipif(
    shutil.which(PROGRAM) is None, reason="needs the package percona-toolkit"
)


def online(config: Config) -> None:
    apply.upgrade(config, "head", options=apply.Options(online_ddl="pt-osc", max_blocking_rows=100))


@pytest.fixture
def url(server_url: str) -> Iterator[sa.URL]:
    with servers.database(server_url) as found:
        if str(one(found, "SELECT VERSION()")).startswith("11."):
            pytest.skip("copies while others write, without help")
        fill(found, ROWS)
        yield found


@pytest.fixture
def slowly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program pauses after each few rows, so that it can be killed in between."""
    program = tmp_path / "bin" / PROGRAM
    program.parent.mkdir()
    options = "--sleep=0.2 --chunk-time=0 --chunk-size=500"
    program.write_text(f'#!/bin/sh\nexec {shutil.which(PROGRAM)} {options} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)


def one(url: sa.URL, query: str) -> Any:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql(query).scalar()
    engine.dispose()
    return found


def wait_for(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 60
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def is_copying(url: sa.URL) -> bool:
    """Whether the copy has some rows already."""
    there = one(
        url,
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"
        " AND table_name = '_large_stillroom_new'",
    )
    return bool(there and one(url, "SELECT COUNT(*) FROM `_large_stillroom_new`"))


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def altered(before: dict[str, Any]) -> dict[str, Any]:
    """What the copy makes of a picture."""
    wanted = "`number` bigint(20)" if "int(11)" in before["large"] else "`number` bigint"
    old = "`number` int(11)" if "int(11)" in before["large"] else "`number` int"
    return {**before, "large": before["large"].replace(old, wanted)}


def check(url: sa.URL, before: dict[str, Any]) -> None:
    found = contents(url)
    rest = {name: value for name, value in found.items() if not name.startswith("alembic")}
    assert difference(altered(before), rest) == ""


def test_the_copy_is_what_alter_makes(url: sa.URL, tmp_path: Path) -> None:
    before = contents(url)
    done = run(url, online, history=history(tmp_path, COPY))
    assert done.code == 0, done.text
    check(url, before)


@pytest.mark.usefixtures("slowly")
def test_we_are_killed(url: sa.URL, tmp_path: Path) -> None:
    before = contents(url)
    running = start(url, online, history=history(tmp_path, COPY))
    wait_for(lambda: is_copying(url))
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    again = run(url, online, history=tmp_path)
    assert again.code == 0, again.text
    check(url, before)


@pytest.mark.usefixtures("slowly")
def test_the_program_is_killed(url: sa.URL, tmp_path: Path) -> None:
    before = contents(url)
    running = start(url, online, history=history(tmp_path, COPY))
    wait_for(lambda: is_copying(url))
    (child,) = children(running.pid)
    os.kill(child, signal.SIGKILL)
    outcome: Outcome = running.wait()
    assert outcome.code == 2
    assert "AP406 pt-osc failed to copy large (signal 9); the table is unchanged" in outcome.text
    rest = {name: value for name, value in contents(url).items() if name in before}
    assert difference(before, rest) == ""
    assert run(url, online, history=tmp_path).code == 0
    check(url, before)


def test_a_table_with_foreign_keys_is_not_for_it(url: sa.URL, tmp_path: Path) -> None:
    child = 'op.execute("CREATE TABLE c (n INT, FOREIGN KEY (n) REFERENCES large (id))")'
    refused = run(url, online, history=history(tmp_path, child, COPY))
    assert "AP401 this statement would block writes to large" in refused.text


def test_it_has_to_be_installed(
    url: sa.URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    refused = run(url, online, history=history(tmp_path, COPY))
    assert "AP405 online_ddl is set to pt-osc, but pt-online-schema-change" in refused.text
