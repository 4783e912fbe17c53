"""Alembic's private parts do what this project takes them for; if not, the version is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import alembic
import alembic.command
import alembic.context
import pytest
import sqlalchemy as sa
from alembic.autogenerate import comparators
from alembic.autogenerate.api import AutogenContext, RevisionContext
from alembic.config import Config
from alembic.operations import ops as op
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import HeadMaintainer, MigrationContext, StampStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from stillroom.project.alembic_env import alembic_internals as internals

REVISION = """revision = "{id}"
down_revision = {below}


def upgrade():
    pass


def downgrade():
    pass
"""


@contextmanager
def changed(what: str) -> Iterator[None]:
    """Whatever fails in it is a change of Alembic's."""
    try:
        yield
    except Exception as error:  # noqa: BLE001
        pytest.fail(f"alembic {alembic.__version__} has changed {what}: {error!r}")


@pytest.fixture
def scripts(tmp_path: Path) -> ScriptDirectory:
    versions = tmp_path / "alembic" / "versions"
    versions.mkdir(parents=True)
    (versions / "a.py").write_text(REVISION.format(id="a", below=None))
    (versions / "b.py").write_text(REVISION.format(id="b", below="'a'"))
    config = Config()
    config.set_main_option("script_location", str(tmp_path / "alembic"))
    return ScriptDirectory.from_config(config)


@pytest.fixture
def context() -> Iterator[MigrationContext]:
    with sa.create_engine("sqlite://", poolclass=sa.NullPool).connect() as connection:
        yield MigrationContext.configure(connection)


def rendering(context: MigrationContext) -> AutogenContext:
    options: dict[str, Any] = {
        "sqlalchemy_module_prefix": "sa.",
        "alembic_module_prefix": "op.",
        "user_module_prefix": None,
        "render_as_batch": True,
    }
    return AutogenContext(context, metadata=sa.MetaData(), opts=options)


def test_version_folders(scripts: ScriptDirectory, tmp_path: Path) -> None:
    with changed("ScriptDirectory._version_locations"):
        assert internals.version_folders(scripts) == [tmp_path / "alembic" / "versions"]


def test_another_version_folder(scripts: ScriptDirectory, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.py").write_text(REVISION.format(id="c", below="'b'"))
    with changed("ScriptDirectory._version_locations"):
        with internals.another_version_folder(scripts, tmp_path / "more"):
            assert scripts.get_heads() == ["c"]
        assert len(internals.version_folders(scripts)) == 1


def test_files_of_revisions(scripts: ScriptDirectory, tmp_path: Path) -> None:
    folder = tmp_path / "alembic" / "versions"
    with changed("Script._list_py_dir"):
        assert internals.files_of_revisions(scripts, folder) == [folder / "a.py", folder / "b.py"]


def test_upgrade_and_downgrade_steps(scripts: ScriptDirectory) -> None:
    with changed("ScriptDirectory._upgrade_revs"):
        up = internals.upgrade_steps(scripts, "heads", ())
        assert [step.revision.revision for step in up] == ["a", "b"]
    with changed("ScriptDirectory._downgrade_revs"):
        down = internals.downgrade_steps(scripts, "base", ("b",))
        assert [step.revision.revision for step in down] == ["b", "a"]


def test_stamp_steps(scripts: ScriptDirectory) -> None:
    with changed("ScriptDirectory._stamp_revs"):
        (step,) = internals.stamp_steps(scripts, ["b"], ())
        assert isinstance(step, StampStep)
        assert step.to_revisions == ("b",)


def test_explaining_revisions(scripts: ScriptDirectory) -> None:
    with (
        changed("ScriptDirectory._catch_revision_errors"),
        pytest.raises(CommandError),
        internals.explaining_revisions(scripts, "nowhere"),
    ):
        scripts.revision_map.get_revisions("nowhere")


def test_version_table_and_execute(context: MigrationContext) -> None:
    with changed("MigrationContext._version or DefaultImpl._exec"):
        table = internals.version_table(context)
        assert list(table.columns.keys()) == ["version_num"]
        assert context.connection is not None
        table.create(context.connection)
        statement = table.insert().values(version_num=sa.bindparam("own"))
        done = internals.execute(context, statement, {"own": "a"})
        assert done.rowcount == 1


def test_update_version(context: MigrationContext) -> None:
    with changed("HeadMaintainer._update_version"):
        assert vars(HeadMaintainer)[internals.UPDATE_VERSION] is internals.update_version
        table = internals.version_table(context)
        assert context.connection is not None
        table.create(context.connection)
        maintainer = HeadMaintainer(context, ["a"])
        internals.execute(context, table.insert().values(version_num="a"), {})
        internals.update_version(maintainer, "a", "b")
        assert maintainer.heads == {"b"}


def test_type_text(context: MigrationContext) -> None:
    with changed("render._repr_type"):
        assert internals.type_text(sa.String(9), rendering(context)) == "sa.String(length=9)"


def test_render_script_in_a_batch(context: MigrationContext) -> None:
    column = op.AddColumnOp("t", sa.Column("a", sa.Integer()))
    script = op.MigrationScript(
        "b", op.UpgradeOps([op.ModifyTableOps("t", [column])]), op.DowngradeOps([])
    )
    arguments: dict[str, Any] = {}
    with changed("render._render_python_into_templatevars"):
        internals.render_script(rendering(context), script, arguments)
        assert "batch_op.add_column(" in arguments["upgrades"]
        assert "\n    pass\n" in arguments["downgrades"]


def test_is_batch(context: MigrationContext) -> None:
    with changed("AutogenContext._has_batch"):
        assert not internals.is_batch(rendering(context))
        with (own := rendering(context))._within_batch():
            assert internals.is_batch(own)


def test_rendering_context(scripts: ScriptDirectory, context: MigrationContext) -> None:
    arguments = {"message": "m", "rev_id": "c", "autogenerate": True, "sql": False}
    arguments |= dict.fromkeys(("head", "splice", "branch_label", "version_path", "depends_on"))
    context.opts |= {"target_metadata": sa.MetaData(), "upgrade_token": "u", "downgrade_token": "d"}
    context.opts["process_revision_directives"] = None
    revision = RevisionContext(Config(), scripts, arguments)
    with changed("RevisionContext._last_autogen_context"):
        revision.run_autogenerate(("b",), context)
        assert internals.rendering_context(revision).migration_context is context


def test_dropped_constraint() -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer))
    unique = sa.UniqueConstraint(table.c.a, name="u")
    with changed("DropConstraintOp._reverse"):
        added = internals.dropped_constraint(op.DropConstraintOp.from_constraint(unique))
        assert isinstance(added, op.CreateUniqueConstraintOp)


def test_registered_comparators() -> None:
    before = list(internals.registered_comparators())
    key = next(iter(vars(comparators)["_registry"]), None)

    def of_the_project(*_: Any) -> None: ...

    def bare(function: Any) -> Any:
        return function[0] if isinstance(function, tuple) else function

    with changed("comparators._registry"):
        comparators.dispatch_for("schema")(of_the_project)
        try:
            assert of_the_project in list(internals.registered_comparators())
        finally:
            for known, functions in list(vars(comparators)["_registry"].items()):
                functions[:] = [one for one in functions if of_the_project is not bare(one)]
                if not functions and known != key:
                    del vars(comparators)["_registry"][known]
        assert list(internals.registered_comparators()) == before


def test_comparing_functions(context: MigrationContext) -> None:
    def differs(*_: Any) -> bool:
        return False

    own = MigrationContext.configure(
        context.connection, opts={"compare_type": differs, "compare_server_default": True}
    )
    with changed("MigrationContext._user_compare_type"):
        assert [one[1:] for one in internals.comparing_functions(own)] == [("type", differs)]
    own = MigrationContext.configure(context.connection, opts={"compare_server_default": differs})
    with changed("MigrationContext._user_compare_server_default"):
        assert [one[1:] for one in internals.comparing_functions(own)] == [("default", differs)]


def test_outer_context_kept(scripts: ScriptDirectory) -> None:
    with changed("EnvironmentContext._install_proxy"), EnvironmentContext(Config(), scripts):
        outer = vars(alembic.context)["_proxy"]
        with internals.outer_context_kept(), EnvironmentContext(Config(), scripts):
            assert vars(alembic.context)["_proxy"] is not outer
        assert vars(alembic.context)["_proxy"] is outer


ENV = """
from alembic import context
context.config.attributes["env"](context)
"""


def test_an_env_py_that_a_command_runs(scripts: ScriptDirectory) -> None:
    """Which command it is, what runs in place of the revisions, and what at the end."""
    (Path(scripts.dir) / "env.py").write_text(ENV)
    happened: list[str] = []

    def env(context: Any) -> None:
        environment = internals.environment_of(context)
        assert environment is not None
        happened.append(internals.command_of(environment))
        internals.call_instead(environment, lambda **_: happened.append("instead"))
        internals.call_at_the_end(environment, lambda: happened.append("end"))
        context.run_migrations()

    config = Config()
    config.set_main_option("script_location", str(scripts.dir))
    config.attributes["env"] = env
    with changed("alembic.command, or EnvironmentContext and its proxy"):
        alembic.command.upgrade(config, "head")
        alembic.command.stamp(config, "head")
        alembic.command.check(config)
    assert happened == [
        *("upgrade", "instead", "end"),
        *("stamp", "instead", "end"),
        *("check", "instead", "end"),
    ]
    assert internals.environment_of(alembic.context) is None


def test_steps_replaced(context: MigrationContext) -> None:
    ran: list[object] = []

    def steps(heads: object, _: object) -> tuple[()]:
        ran.append(heads)
        return ()

    with changed("MigrationContext._migrations_fn"):
        with internals.steps_replaced(context, steps):
            context.run_migrations()
        assert ran == [()]
