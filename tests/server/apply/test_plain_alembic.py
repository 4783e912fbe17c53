"""Alembic's own commands on real servers, where env.py calls the guard."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from stillroom import alembic_plugin, apply
from tests.support import servers
from tests.support.crashes import (
    HISTORY,
    Cut,
    contents,
    difference,
    run,
    start,
    write_history,
)

# What a cut run leaves half-done is one of these.
STATEMENTS = (
    "CREATE TABLE a",
    "CREATE TABLE b",
    "ALTER TABLE a",
    "INSERT INTO a",
    "UPDATE alembic_version",
)


def upgrade(config: Config) -> None:
    command.upgrade(config, "head")


def own_upgrade(config: Config) -> None:
    apply.upgrade(config, "heads")


@pytest.fixture(scope="module")
def unguarded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_history(
        tmp_path_factory.mktemp("plain") / "alembic",
        'op.execute("CREATE TABLE a (id INT PRIMARY KEY)")\n'
        '    op.execute("CREATE TABLE b (id INT PRIMARY KEY, a_id INT REFERENCES a (id))")',
        'op.add_column("a", sa.Column("x", sa.Integer, nullable=True))\n'
        '    op.execute("INSERT INTO a VALUES (1, 2)")',
    )


@pytest.fixture(scope="module")
def history(unguarded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shutil.copytree(unguarded, tmp_path_factory.mktemp("guarded") / "alembic")
    env = (HISTORY / "env.py").read_text()
    lines = "pool\n\nfrom stillroom.env import guard\n\nguard(context)\n"
    (folder / "env.py").write_text(env.replace("pool\n", lines, 1))
    return folder


def whole(server_url: str, history: Path) -> tuple[list[str], dict[str, object]]:
    with servers.database(server_url) as url:
        done = run(url, upgrade, history=history)
        assert done.code == 0, done.text
        return done.text.split("\x00"), contents(url)


def test_killed_at_each_statement_the_next_run_finishes(server_url: str, history: Path) -> None:
    messages, expected = whole(server_url, history)
    numbers = [n for n, text in enumerate(messages, 1) if text.lstrip().startswith(STATEMENTS)]
    assert len(numbers) >= len(STATEMENTS)
    for number in numbers:
        with servers.database(server_url) as url:
            assert run(url, upgrade, Cut(number, "during"), history).code == -9
            again = run(url, upgrade, history=history)
            assert again.code == 0, again.text
            assert difference(expected, contents(url)) == ""


def test_eight_at_once(server_url: str, history: Path) -> None:
    _, expected = whole(server_url, history)
    with servers.database(server_url) as url:
        running = [start(url, upgrade, history=history) for _ in range(8)]
        outcomes = [one.wait() for one in running]
        assert [outcome.code for outcome in outcomes] == [0] * 8, outcomes
        assert difference(expected, contents(url)) == ""


def test_a_stamp_is_refused_and_a_downgrade_goes_back(server_url: str, history: Path) -> None:
    messages, _ = whole(server_url, history)
    second = next(n for n, text in enumerate(messages, 1) if text.startswith("CREATE TABLE b"))
    with servers.database(server_url) as url:
        assert run(url, upgrade, Cut(second, "before"), history).code == -9
        stamp = run(url, lambda config: command.stamp(config, "head"), history=history)
        assert "AP201 the upgrade of revision r0 is half-applied" in stamp.text
        assert run(url, upgrade, history=history).code == 0
        down = run(url, lambda config: command.downgrade(config, "-1"), history=history)
        assert down.code == 0, down.text
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            version = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
            assert version.scalar_one() == "r0"
        engine.dispose()


def test_the_installed_package_guards_where_env_py_does_not(
    server_url: str, unguarded: Path
) -> None:
    plugins = pytest.importorskip("alembic.runtime.plugins", reason="Alembic before 1.18")

    def plain(name: str, *arguments: str, **options: object) -> Callable[[Config], None]:
        def work(config: Config) -> None:
            plugins.Plugin.setup_plugin_from_module(alembic_plugin, "stillroom")
            getattr(command, name)(config, *arguments, **options)

        return work

    with servers.database(server_url) as url:
        messages = run(url, own_upgrade, history=unguarded).text.split("\x00")
    second = next(n for n, text in enumerate(messages, 1) if text.startswith("CREATE TABLE b"))
    with servers.database(server_url) as url:
        assert run(url, own_upgrade, Cut(second, "before"), unguarded).code == -9
        for asks in (
            plain("upgrade", "head"),
            plain("stamp", "head"),
            plain("revision", autogenerate=True),
        ):
            refused = run(url, asks, history=unguarded)
            assert refused.code != 0
            assert "AP201 the upgrade of revision r0 is half-applied" in refused.text
        assert run(url, plain("current"), history=unguarded).code == 0
        assert run(url, own_upgrade, history=unguarded).code == 0
        moved = run(url, plain("upgrade", "head"), history=unguarded)
        assert moved.code == 0, moved.text
