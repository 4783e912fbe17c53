"""Take one public history to its head, on a real server or in a replay, and say what came out.

Runs with the Python of that project's own environment, started by compare.py and lint.py:

    worker.py real|replay|lint NAME URL TARGET OUT.json
"""

from __future__ import annotations

import importlib
import json
import logging
import operator
import os
import re
import sys
import tempfile
import time
import tomllib
import traceback
import zlib
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

HERE = Path(__file__).parent
PLAIN_ENV = """\
import alembic
import sqlalchemy
from alembic import context

url = context.config.get_main_option("sqlalchemy.url")
engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, **context.config.attributes.get("configure", {}))
    with context.begin_transaction():
        context.run_migrations(**context.config.attributes.get("arguments", {}))
"""
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def main(mode: str, name: str, url: str, target: str, out: str) -> None:
    make_order_repeatable()
    history = tomllib.loads((HERE / "histories.toml").read_text())[name]
    with ExitStack() as stack:
        result = _measure(stack, mode, history, name, url, target)
    Path(out).write_text(json.dumps(result))


def make_order_repeatable() -> None:
    """A table's indexes and constraints are sets to SQLAlchemy: their order, and so that of the
    keys that a server shows, would be another one in every process. Let it follow from their names.
    """

    def __hash__(named: Any) -> int:  # noqa: N807 - it becomes that method
        known: int = named.__dict__.setdefault("_order", zlib.crc32(str(named.name).encode()))
        return known

    for made in (sqlalchemy.Index, sqlalchemy.Constraint):
        made.__hash__ = __hash__  # type: ignore[assignment, method-assign]


def _measure(
    stack: ExitStack, mode: str, history: dict[str, str], name: str, url: str, target: str
) -> dict[str, Any]:
    try:
        config = make_config(stack, history, name, url)
        if mode == "lint":
            return _lint(config, target, history.get("metadata", "").partition(":")[0])
        start = time.perf_counter()
        tables, engine = (_real if mode == "real" else _replay)(stack, config, url, target)
        seconds = time.perf_counter() - start
        result: dict[str, Any] = {"tables": tables, "seconds": seconds}
    except Exception as error:  # noqa: BLE001 - it is the result
        return {"error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}
    if "metadata" in history:
        try:
            metadata = load(history["metadata"])
            result["operations"] = operations(engine, metadata)
        except Exception as error:  # noqa: BLE001 - it is the result
            result["operations_error"] = f"{type(error).__name__}: {error}"
            result["traceback"] = traceback.format_exc()
    return result


def _real(
    stack: ExitStack, config: Config, url: str, target: str
) -> tuple[dict[str, str], sqlalchemy.Engine]:
    command.upgrade(config, "heads")
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool)
    with engine.connect() as connection:
        names = connection.exec_driver_sql("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
        tables = {
            table: connection.exec_driver_sql(f"SHOW CREATE TABLE `{table}`").one()[1]
            for table, _ in names.all()
        }
    return tables, engine


def _replay(
    stack: ExitStack, config: Config, url: str, target: str
) -> tuple[dict[str, str], sqlalchemy.Engine]:
    from stillroom.catalog import Target
    from stillroom.replay import opened_history, server

    with (
        tempfile.TemporaryDirectory() as cold,
        opened_history(config, target=Target.parse(target), cache=Path(cold)) as opened,
    ):
        catalog = opened.state_at("heads").catalog
    tables = {table: catalog.show_create_table(table) for table in catalog.tables()}
    stack.enter_context(server.stand_in(catalog))
    return tables, sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool)


def _lint(config: Config, target: str, models: str) -> dict[str, Any]:
    """What the linter finds in all revisions; no project's own settings say what to leave out."""
    from stillroom.lint import rules
    from stillroom.lint.check import lint
    from stillroom.project.settings import Settings
    from stillroom.render.findings import entries
    from stillroom.replay import opened_history

    config.set_section_option("stillroom", "target", target)
    settings = Settings(Path(), Path(), {}, models=(models,) if models else ())
    start = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as cold,
        opened_history(config, cache=Path(cold)) as opened,
    ):
        report = lint(opened, rules.load(), settings)
    return {
        "seconds": time.perf_counter() - start,
        "revisions": report.revisions,
        "findings": entries(report.findings),
        "warnings": entries(report.warnings),
        "reason": str(report.reason) if report.reason else "",
    }


def operations(engine: sqlalchemy.Engine, metadata: sqlalchemy.MetaData) -> list[str]:
    """What autogenerate finds between the database and the models, comparing all it can."""
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    return sorted(_ADDRESS.sub("", repr(operation)) for operation in found)


def load(path: str) -> Any:
    module, _, attribute = path.partition(":")
    return operator.attrgetter(attribute)(importlib.import_module(module))


def make_config(stack: ExitStack, history: dict[str, str], name: str, url: str) -> Config:
    site = site_of(history)
    if "repository" in history:
        sys.path[:0] = [str(site / folder) for folder in history.get("paths", ".").split()]
        for package in history.get("bare", "").split():
            _add_bare_package(package)
    variables = (pair.partition("=") for pair in history.get("variables", "").split())
    os.environ.update((variable, value) for variable, _, value in variables)
    for module in history.get("imports", "").split():
        importlib.import_module(module)
    if history.get("raw_strings"):
        _execute_strings()
    location = site / history["location"]
    ini = site / history.get("ini", history["location"] + "/alembic.ini")
    config = Config(str(ini) if ini.exists() else None)
    config.set_main_option("script_location", str(location))
    config.attributes["configure_logger"] = False
    globals()[f"_settings_{history['settings']}"](stack, config, name, url)
    return config


def site_of(history: dict[str, str]) -> Path:
    """Where the files of a history lie: its repository, or site-packages."""
    if "repository" in history:
        return Path(sys.prefix) / "source"
    return Path(sqlalchemy.__file__).parent.parent


def _execute_strings() -> None:
    """Let ``Connection.execute`` take a string, as it did before SQLAlchemy 2."""
    execute = sqlalchemy.Connection.execute

    def executed(connection: sqlalchemy.Connection, statement: Any, *args: Any, **more: Any) -> Any:
        if isinstance(statement, str):
            return connection.exec_driver_sql(statement, *args, **more)
        return execute(connection, statement, *args, **more)

    sqlalchemy.Connection.execute = executed  # type: ignore[assignment, method-assign]


def _add_bare_package(name: str) -> None:
    """A package without its __init__.py, which starts the whole application."""
    package = ModuleType(name)
    places = [Path(entry, *name.split(".")) for entry in sys.path]
    package.__path__ = [str(place) for place in places if place.is_dir()]
    sys.modules[name] = package


def _settings_url(stack: ExitStack, config: Config, name: str, url: str) -> None:
    config.set_main_option("sqlalchemy.url", url)


def _settings_plain(stack: ExitStack, config: Config, name: str, url: str) -> None:
    """With an env.py of ours: the project's own needs the whole application, or its settings."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    (folder / "env.py").write_text(PLAIN_ENV)
    versions = [Path(config.get_main_option("script_location") or "") / "versions"]
    history = tomllib.loads((HERE / "histories.toml").read_text())[name]
    if "versions" in history:
        versions = [site_of(history) / folder for folder in history["versions"].split()]
    config.set_main_option("script_location", str(folder))
    config.set_main_option("version_locations", "\n".join(map(str, versions)))
    config.set_main_option("path_separator", "newline")  # an alembic.ini may have a bad one
    _settings_url(stack, config, name, url)


def _settings_mlflow(stack: ExitStack, config: Config, name: str, url: str) -> None:
    """The history alters tables of the release before it, which a program makes from models."""
    metadata = load("mlflow.store.tracking.dbmodels.initial_models:Base.metadata")
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool)
    if engine.url.port != 1:  # a real server
        if not sqlalchemy.inspect(engine).get_table_names():
            metadata.create_all(engine)
    else:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        start, dialect = folder / "start.sql", engine.dialect
        tables = [sqlalchemy.schema.CreateTable(table) for table in metadata.sorted_tables]
        start.write_text(";\n".join(str(table.compile(dialect=dialect)) for table in tables))
        config.set_section_option("stillroom", "start", str(start))
    _settings_plain(stack, config, name, url)


def _settings_balrog(stack: ExitStack, config: Config, name: str, url: str) -> None:
    """The tables are made for a URL's dialect; nothing connects yet."""
    load("auslib.global_state:dbo").setDb(url)
    _settings_plain(stack, config, name, url)


def _settings_flask(stack: ExitStack, config: Config, name: str, url: str) -> None:
    """The same, inside the context of an application with the project's Flask-SQLAlchemy."""
    history = tomllib.loads((HERE / "histories.toml").read_text())[name]
    database = load(history["application"])
    application = importlib.import_module("flask").Flask(name)
    application.config["SQLALCHEMY_DATABASE_URI"] = url
    database.init_app(application)
    for extension in history.get("extensions", "").split():
        load(extension)(application)
    stack.enter_context(application.app_context())
    config.attributes["configure"] = {"target_metadata": database.metadata}
    _settings_plain(stack, config, name, url)


def _settings_oslo(stack: ExitStack, config: Config, name: str, url: str) -> None:
    conf = _oslo_conf(name)
    conf.set_override("connection", url, "database")
    setattr(config, f"{name}_config", conf)


def _oslo_conf(name: str) -> Any:
    conf = importlib.import_module("oslo_config.cfg").CONF
    for module in (f"{name}.conf", f"{name}.common.config", f"{name}.db.sqlalchemy.models"):
        try:
            importlib.import_module(module)
        except ImportError:
            continue
    importlib.import_module("oslo_db.options").set_defaults(conf)
    conf([], project=name, default_config_files=[])
    return conf


def _settings_barbican(stack: ExitStack, config: Config, name: str, url: str) -> None:
    config.barbican_sqlalchemy_url = url  # type: ignore[attr-defined]


def _settings_keystone(stack: ExitStack, config: Config, name: str, url: str) -> None:
    importlib.import_module("keystone.conf").configure()
    parts = (
        "application_credential assignment catalog credential endpoint_policy federation identity"
    )
    for part in (*parts.split(), "limit", "policy", "resource", "revoke", "trust"):
        importlib.import_module(f"keystone.{part}.backends.sql")
    _settings_url(stack, config, name, url)


def _settings_placement(stack: ExitStack, config: Config, name: str, url: str) -> None:
    conf = importlib.import_module("oslo_config.cfg").ConfigOpts()
    importlib.import_module("placement.conf").register_opts(conf)
    conf.set_override("connection", url, "placement_database")
    conf([], project="placement", default_config_files=[])
    importlib.import_module("placement.db_api").configure(conf)


def _settings_neutron(stack: ExitStack, config: Config, name: str, url: str) -> None:
    cli = importlib.import_module("neutron.db.migration.cli")
    cli.CONF(["--config-file", os.devnull, "upgrade", "heads"], project="neutron")
    cli.CONF.set_override("connection", url, "database")
    versions = Path(config.get_main_option("script_location") or "") / "versions"
    folders = [str(path) for path in sorted(versions.rglob("*")) if path.is_dir()]
    config.set_main_option(
        "version_locations", " ".join([str(versions), *(f for f in folders if "__" not in f)])
    )
    config.neutron_config = cli.CONF  # type: ignore[attr-defined]


def _settings_inspector(stack: ExitStack, config: Config, name: str, url: str) -> None:
    """The engine is made by oslo.db, from the options of the whole program."""
    conf = importlib.import_module("oslo_config.cfg").CONF
    importlib.import_module("ironic_inspector.conf.opts").set_config_defaults()
    importlib.import_module("oslo_db.options").set_defaults(conf)
    conf([], project="ironic-inspector", default_config_files=[])
    conf.set_override("connection", url, "database")


def _settings_gnocchi(stack: ExitStack, config: Config, name: str, url: str) -> None:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    options = folder / "gnocchi.conf"
    options.write_text(f"[indexer]\nurl = {url}\n")
    service = importlib.import_module("gnocchi.service")
    config.conf = service.prepare_service([], None, [str(options)])  # type: ignore[attr-defined]


def _settings_zaqar(stack: ExitStack, config: Config, name: str, url: str) -> None:
    conf = importlib.import_module("oslo_config.cfg").CONF
    options = importlib.import_module("zaqar.conf.drivers_management_store_sqlalchemy")
    options.register_opts(conf)
    conf([], project="zaqar", default_config_files=[])
    conf.set_override("uri", url, "drivers:management_store:sqlalchemy")
    config.zaqar_config = conf  # type: ignore[attr-defined]


if __name__ == "__main__":
    logging.getLogger().setLevel(logging.ERROR)
    main(*sys.argv[1:])
