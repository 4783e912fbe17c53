"""An env.py that asks for Flask's current_app gets the application that `flask db` gives it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool, create_engine

from stillroom.errors import StillroomError
from stillroom.project.alembic_env.env_runner import engine_of_env
from stillroom.project.alembic_env.flask_application import application_context


class Flask(ModuleType):
    """As much of Flask as is asked: one application, which is made anew each time."""

    def __init__(self) -> None:
        super().__init__("flask")
        self.cli: Any = ModuleType("flask.cli")
        self.current_app = None
        self.contexts: list[str | None] = []
        self.made: list[str | None] = []
        self.missing = False
        self.imports = ""
        self.upgrades = False
        self.database = ""  # that it connects to when it is made

    def has_app_context(self) -> bool:
        return bool(self.contexts)

    def load(self, path: str | None) -> Any:
        if self.missing:
            raise self.cli.NoAppException("Could not locate a Flask application.")
        if self.imports:
            try:
                import_module(self.imports)
            except ImportError:
                raise self.cli.NoAppException("While importing 'shop':\n\nTraceback") from None
        self.made.append(path)
        if self.database:
            create_engine(self.database, poolclass=NullPool).connect().close()
        if self.upgrades:
            command.upgrade(Config("alembic.ini"), "heads")
        module = ModuleType("shop")
        sys.modules["shop"] = module

        class Application:
            import_name = "shop"

            @contextmanager
            def app_context(_) -> Iterator[None]:  # noqa: N805  # `self` is Flask
                self.contexts.append(path)
                yield
                self.contexts.pop()

        return Application()


@pytest.fixture
def flask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Flask:
    flask = Flask()
    cli = flask.cli
    cli.NoAppException = type("NoAppException", (Exception,), {})
    cli.load_dotenv = lambda: monkeypatch.setenv("FLASK_APP", "shop:create_app")

    class ScriptInfo:
        def __init__(self, app_import_path: str | None) -> None:
            self.load_app = lambda: flask.load(app_import_path)

    cli.ScriptInfo = ScriptInfo
    monkeypatch.setitem(sys.modules, "flask", flask)
    monkeypatch.setitem(sys.modules, "flask.cli", cli)
    monkeypatch.setitem(sys.modules, "shop", ModuleType("shop"))
    monkeypatch.chdir(tmp_path)
    return flask


def env(text: str) -> Path:
    path = Path("env.py")
    path.write_text(text, encoding="utf-8")
    return path


def test_application_is_made_once_and_as_the_dotenv_file_says(flask: Flask) -> None:
    path = env("from flask import current_app\n")
    for _ in range(2):
        with application_context(path):
            assert flask.contexts == ["shop:create_app"]
    assert flask.made == ["shop:create_app"]
    sys.modules["shop"] = ModuleType("shop")  # imported anew: so is the application made anew
    with application_context(path):
        assert len(flask.made) == 2


def test_application_around_it_stays(flask: Flask) -> None:
    flask.contexts.append("outer")
    with application_context(env("current_app")):
        assert flask.contexts == ["outer"]


def test_application_upgrades_no_server_when_it_is_made(
    flask: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    upgraded: list[tuple[Any, ...]] = []
    monkeypatch.setattr(command, "upgrade", lambda *arguments: upgraded.append(arguments))
    flask.upgrades = True
    with application_context(env("current_app")):
        assert upgraded == []
    assert "runs Alembic's upgrade when it is made: not done here" in capsys.readouterr().err
    sys.modules["shop"] = ModuleType("shop")
    with application_context(env("current_app"), replayed=True):
        assert [(config.config_file_name, heads) for config, heads in upgraded] == [
            ("alembic.ini", "heads")
        ]


def test_other_env_needs_none(flask: Flask) -> None:
    with application_context(env("from alembic import context\n")):
        assert flask.made == []


def test_application_that_is_not_found_is_a_setting_to_write(flask: Flask) -> None:
    flask.missing = True
    with (
        pytest.raises(StillroomError, match="FLASK_APP=package:create_app"),
        application_context(env("current_app")),
    ):
        pass


def test_library_that_the_application_lacks_is_named(flask: Flask) -> None:
    flask.imports = "no_such_library"
    with (
        pytest.raises(ImportError, match="no_such_library"),
        application_context(env("current_app")),
    ):
        pass


CONNECTS = """
from alembic import context
from flask import current_app
from sqlalchemy import create_engine

with create_engine("sqlite:///of_env.db").connect() as connection:
    context.configure(connection=connection)
    context.run_migrations()
"""


@pytest.mark.parametrize(
    ("database", "made", "known"),
    [
        ("", 1, "of_env.db"),
        ("sqlite:///of_application.db", 1, "of_env.db"),
        ("sqlite:///no_such_folder/a.db", 2, "no_such_folder/a.db"),  # all that is known of it
    ],
)
def test_application_that_connects_is_made_once(
    flask: Flask, database: str, made: int, known: str
) -> None:
    env(CONNECTS)
    flask.database = database
    config = Config()
    config.set_main_option("script_location", ".")
    engine = engine_of_env(config)
    assert engine is not None
    assert engine.url.database == known
    assert len(flask.made) == made
    assert not Path("of_env.db").exists()
