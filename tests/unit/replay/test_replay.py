"""Histories of every shape arrive where Alembic would take them on a server."""

from __future__ import annotations

import logging
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config

from stillroom.catalog import Target
from stillroom.errors import CannotTell
from stillroom.replay import ReplayedStatement
from stillroom.replay.alembic_project import opened
from stillroom.replay.history import History
from stillroom.replay.server import State
from tests.support.replays import replay, replayed
from tests.unit.replay.conftest import MARIADB, Project


def test_line_of_revisions(project: Project) -> None:
    project.table("a")
    project.table("b", "a")
    project.revision("c", "b", "op.add_column('t_a', sa.Column('name', sa.String(9)))")
    catalog = project.replay()
    assert "`name` varchar(9)" in catalog.show_create_table("t_a")
    assert set(catalog.tables()) == {"t_a", "t_b", "alembic_version"}
    assert project.tables("b") == ["t_a", "t_b"]
    assert project.tables("a") == ["t_a"]
    assert project.tables("base") == []


def test_version_table_holds_the_heads(project: Project) -> None:
    project.table("a")
    project.table("b", "a")
    project.table("c", "a")
    state = replayed(project.config, target=MARIADB)
    held = state.rows.tables["stillroom", "alembic_version"]
    assert sorted(held.rows) == [("b",), ("c",)]


def test_branches_merges_labels_and_dependencies(project: Project) -> None:
    project.table("a")
    project.table("left", "a", extra="branch_labels = ('west',)")
    project.table("right", "a")
    project.revision("merged", ("left", "right"), "op.drop_table('t_left')")
    project.table("lone", None, extra="depends_on = 'west'")
    assert project.tables() == ["t_a", "t_lone", "t_right"]
    assert project.tables("west@left") == ["t_a", "t_left"]
    assert project.tables("right") == ["t_a", "t_right"]
    assert project.tables("lone") == ["t_a", "t_left", "t_lone"]


def test_computed_ids_are_found_by_running_the_file(project: Project) -> None:
    project.table("a")
    project.write(
        "alembic/versions/b.py",
        """
        from alembic import op
        revision = "b".lower()
        down_revision = ["a"][0]

        def upgrade():
            op.execute("CREATE TABLE t_b (id INT)")
        """,
    )
    assert project.tables() == ["t_a", "t_b"]


def test_several_version_locations(project: Project) -> None:
    project.write(
        "alembic.ini",
        """
        [alembic]
        script_location = %(here)s/alembic
        version_locations = %(here)s/one:%(here)s/two
        path_separator = :
        sqlalchemy.url = mysql://u@127.0.0.1:1/app
        """,
    )
    project.table("a", folder="one")
    project.table("b", "a", folder="two")
    assert project.tables() == ["t_a", "t_b"]


def test_schema_argument_names_another_database(project: Project) -> None:
    project.revision(
        "a",
        None,
        """
        op.execute("CREATE DATABASE archive")
        op.create_table("old", sa.Column("id", sa.Integer), schema="archive")
        op.create_table("new", sa.Column("id", sa.Integer), schema="app")
        """,
    )
    catalog = project.replay()
    assert list(catalog.tables("archive")) == ["old"]
    assert "new" in catalog.tables()


def test_a_use_ends_with_its_revision(project: Project) -> None:
    project.revision(
        "a",
        None,
        """
        op.execute("CREATE DATABASE archive")
        op.execute("USE archive")
        op.create_table("old", sa.Column("id", sa.Integer))
        """,
    )
    project.table("b", "a")
    catalog = project.replay()
    assert list(catalog.tables("archive")) == ["old"]
    assert "t_b" in catalog.tables()


def test_a_text_that_the_driver_could_not_format(project: Project) -> None:
    project.table("a")
    like = """op.get_bind().exec_driver_sql("UPDATE t_a SET id = 1 WHERE 'x' LIKE '{}'")"""
    project.revision("b", "a", like.format("50%"))
    with pytest.raises(CannotTell, match=r"b\.py:\d+: the driver takes a %") as refused:
        project.replay()
    assert "Write %% for each single %" in refused.value.fix
    project.revision("b", "a", like.format("50%%"))
    assert project.tables() == ["t_a"]


def test_migrations_that_look_before_they_act(project: Project) -> None:
    project.table("a")
    project.revision(
        "b",
        "a",
        """
        bind = op.get_bind()
        assert "t_a" in sa.inspect(bind).get_table_names()
        table = sa.Table("t_a", sa.MetaData(), autoload_with=bind)
        op.bulk_insert(table, [{"id": 1}, {"id": 2}])
        for row in bind.execute(sa.select(table.c.id).order_by(table.c.id)):
            op.execute(sa.text("ALTER TABLE t_a ADD COLUMN c%d INT" % row.id))
        try:
            op.create_index("i", "t_a", ["nothing"])
        except sa.exc.OperationalError as error:
            assert error.orig.args[0] == 1072
        with op.get_context().autocommit_block():
            op.execute("ALTER TABLE t_a ADD COLUMN late INT")
        with op.batch_alter_table("t_a") as batch:
            batch.alter_column("late", new_column_name="later", existing_type=sa.Integer())
        """,
    )
    text = project.replay().show_create_table("t_a")
    assert [name for name in ("c1", "c2", "later") if f"`{name}`" in text] == ["c1", "c2", "later"]


def test_replay_for_mysql_differs(project: Project) -> None:
    project.table("a")
    text = project.replay(target=Target.parse("mysql 9.7")).show_create_table("t_a")
    assert "utf8mb4_0900_ai_ci" in text


def move(project: Project, state: State, revision: str, **options: Any) -> State:
    """The state after an upgrade or a downgrade."""
    with opened(project.config) as opened_project:
        history = History.read(opened_project, state.catalog.target, None)
        return history.move(state, revision, **options)


def trace(project: Project, since: str = "base") -> list[ReplayedStatement]:
    """The statements that an upgrade from ``since`` to the heads runs, in order."""
    steps: list[ReplayedStatement] = []
    with opened(project.config) as opened_project:
        history = History.read(opened_project, MARIADB, None)
        start = history.empty if since == "base" else history.state_at(since)
        history.move(start, "heads", trace=steps)
    return steps


def test_down_and_up_again_from_a_state(project: Project) -> None:
    project.table("a")
    project.table("b", "a")
    top = replayed(project.config, target=MARIADB)
    steps: list[ReplayedStatement] = []
    down = move(project, top, "a", down=True, trace=steps)
    assert "t_b" not in down.catalog.tables()
    assert [(step.revision, step.up, step.sql.strip()) for step in steps] == [
        ("b", False, "DROP TABLE t_b")
    ]
    assert move(project, down, "heads").catalog == top.catalog
    bottom = move(project, top, "base", down=True)
    assert list(bottom.catalog.tables()) == ["alembic_version"]


def test_trace_tells_revision_place_and_catalogs(project: Project) -> None:
    project.table("a")
    path = project.revision(
        "b", "a", "op.execute('ALTER TABLE t_a ADD COLUMN x INT')\nop.drop_table('t_a')"
    )
    steps = trace(project, since="a")
    assert [(step.revision, step.kind, step.up) for step in steps] == [("b", "ddl", True)] * 2
    lines = path.read_text().splitlines()
    for step, text in zip(steps, ("ADD COLUMN", "drop_table"), strict=True):
        assert step.place is not None
        assert text in lines[step.place.line - 1]
        assert step.place.file.endswith("versions/b.py")
    assert "`x`" in steps[1].before.show_create_table("t_a")
    assert "t_a" not in steps[1].after.tables()
    assert len(trace(project)) == 3


def test_data_only_revision_is_not_run(project: Project) -> None:
    project.table("a")
    project.revision(
        "b",
        "a",
        "op.execute('INSERT INTO t_a SELECT SLEEP(MAX(id) / 2) FROM elsewhere')",
        extra="# stillroom: data-only\n'Create table rows, in words.'",
    )
    project.table("c", "b")
    assert project.tables() == ["t_a", "t_c"]


def test_env_of_several_databases(project: Project) -> None:
    project.write(
        "alembic/env.py",
        """
        from alembic import context
        from sqlalchemy import create_engine

        for name in ("first", "second"):
            with create_engine(f"mysql://u@127.0.0.1:1/{name}").connect() as connection:
                context.configure(connection=connection)
                with context.begin_transaction():
                    context.run_migrations(engine_name=name)
        """,
    )
    path = project.table("a")
    path.write_text(path.read_text().replace("grade():", "grade(engine_name):"))
    catalog = project.replay()
    assert set(catalog.tables()) == set(catalog.tables("second")) == {"t_a", "alembic_version"}
    path = project.table("b", "a")
    path.write_text(path.read_text().replace("grade():", "grade(engine_name):"))
    catalog = project.replay()
    assert "t_b" in catalog.tables()
    assert "t_b" in catalog.tables("second")


def test_async_env(project: Project) -> None:
    project.write(
        "alembic/env.py",
        """
        import asyncio
        from alembic import context
        from sqlalchemy import pool
        from sqlalchemy.ext.asyncio import async_engine_from_config

        def run(connection):
            context.configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations()

        async def main():
            settings = {"sqlalchemy.url": "mysql+aiomysql://u:p@127.0.0.1:1/app"}
            engine = async_engine_from_config(settings, poolclass=pool.NullPool)
            async with engine.connect() as connection:
                await connection.run_sync(run)
            await engine.dispose()

        asyncio.run(main())
        """,
    )
    project.table("a")
    assert project.tables() == ["t_a"]


def test_connection_that_the_caller_hands_over_is_not_used(project: Project) -> None:
    project.table("a")
    env = project.root / "alembic" / "env.py"
    env.write_text(
        env.read_text().replace("engine.connect()", "config.attributes['connection'].connect()")
    )
    config = project.config
    config.attributes["connection"] = engine = sa.create_engine("mysql+pymysql://u@127.0.0.1:1/app")
    assert "t_a" in replay(config, target=MARIADB).tables()
    assert config.attributes["connection"] is engine


def test_project_is_importable_and_the_process_stays_as_it_was(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write("shop/models.py", "NAME = 't_shop'\n")
    project.write("shop/__init__.py", "")
    env = project.root / "alembic" / "env.py"
    env.write_text(
        "import logging.config, os, sys, shop.models\n"
        "print('noise')\n"
        "os.environ['SHOP'] = 'open'\nsys.path.insert(0, '/nowhere')\n"
        "logging.config.fileConfig('missing.ini')\n"
        "logging.getLogger().setLevel(1)\nlogging.getLogger('sqlalchemy').disabled = True\n"
        "os.chdir('/')\n" + env.read_text()
    )
    project.revision(
        "a",
        None,
        "from shop.models import NAME\nop.create_table(NAME, sa.Column('id', sa.Integer))",
    )
    config = project.config
    before = (list(sys.path), dict(os.environ), Path.cwd(), logging.getLogger().level)
    assert "t_shop" in replay(config, target=MARIADB).tables()
    assert (list(sys.path), dict(os.environ), Path.cwd(), logging.getLogger().level) == before
    assert not logging.getLogger("sqlalchemy").disabled
    assert "shop" not in sys.modules
    assert "shop.models" not in sys.modules
    assert capsys.readouterr().out == ""


def test_a_project_that_looks_for_its_log_handlers_finds_them(project: Project) -> None:
    """As Airflow does; none of them opens its file."""
    log = "'disk': {'class': 'logging.FileHandler', 'filename': '/nowhere/shop.log'}"
    env = project.root / "alembic" / "env.py"
    env.write_text(
        "import logging.config\n"
        f"logging.config.dictConfig({{'version': 1, 'handlers': {{{log}}},"
        " 'loggers': {'shop': {'handlers': ['disk']}}})\n"
        "assert [each.name for each in logging.getLogger('shop').handlers] == ['disk']\n"
        + env.read_text()
    )
    project.revision("a", upgrade="op.create_table('t_a', sa.Column('id', sa.Integer))")
    assert "t_a" in replay(project.config, target=MARIADB).tables()
    assert not logging.getLogger("shop").handlers


def test_modules_beside_an_alembic_ini_in_a_package_hide_no_library(project: Project) -> None:
    project.write("__init__.py", "")
    project.write("colorsys.py", "raise RuntimeError('not the library')")
    project.write("helpers.py", "NAME = 'shelf'")
    project.revision(
        "a",
        upgrade="""
        import colorsys, helpers, importlib
        package = importlib.import_module(__import__('pathlib').Path(helpers.__file__).parent.name)
        colorsys.rgb_to_hsv(0, 0, 0)
        op.create_table(helpers.NAME, sa.Column('id', sa.Integer))
        """,
    )
    assert "shelf" in project.replay().tables()


def test_config_of_the_caller_stays_as_it_was(project: Project) -> None:
    project.table("a")
    env = project.root / "alembic" / "env.py"
    env.write_text(
        env.read_text().replace(
            "engine =", "config.set_main_option('sqlalchemy.url', 'mysql://u@h/x')\nengine ="
        )
    )
    config = project.config
    replay(config, target=MARIADB)
    assert config.get_main_option("sqlalchemy.url") == (
        "mysql+pymysql://user:secret@127.0.0.1:1/app"
    )


def test_config_without_a_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.table("a")
    monkeypatch.chdir(project.root)
    config = Config()
    config.set_main_option("script_location", str(project.root / "alembic"))
    config.set_main_option("sqlalchemy.url", "mysql://u@127.0.0.1:1/app")
    assert "t_a" in replay(config, target=MARIADB).tables()


def test_path_with_blanks_and_chinese_characters(tmp_path: Path, project: Project) -> None:
    project.table("a")
    moved = Project(project.root.rename(tmp_path / "我的 项目"))
    assert moved.tables() == ["t_a"]


def test_wrong_revision_is_named(project: Project) -> None:
    project.table("a")
    with pytest.raises(CannotTell, match="nobody"):
        project.replay("nobody")


@pytest.mark.parametrize("url", ["sqlite:///app.db", "", "postgresql+psycopg2://u@h/app"])
def test_url_does_not_matter_where_the_target_is_known(project: Project, url: str) -> None:
    ini = project.root / "alembic.ini"
    text = re.sub("sqlalchemy.url = .*", f"sqlalchemy.url = {url}" if url else "", ini.read_text())
    ini.write_text(f"{text}\n[stillroom]\ntarget = mysql 9.7\n")
    project.table("a")
    assert project.tables() == ["t_a"]
    assert not list(project.root.glob("*.db"))


def test_postgresql_is_named(project: Project) -> None:
    ini = project.root / "alembic.ini"
    url = "sqlalchemy.url = postgresql+psycopg2://u@h/app"
    ini.write_text(re.sub("sqlalchemy.url = .*", url, ini.read_text()))
    project.table("a")
    with pytest.raises(CannotTell, match="works with MySQL and MariaDB, not with PostgreSQL"):
        project.replay()
