"""Settings: .env and [stillroom], each error with its line."""

import sys
from importlib import invalidate_caches
from pathlib import Path

import pytest

from stillroom.errors import SettingsError
from stillroom.project import project, settings, settings_files


def write(root: Path, *, env: str = "", ini: str = "[alembic]\n") -> Path:
    (root / ".env").write_text(env, encoding="utf-8")
    (root / "alembic.ini").write_text(ini, encoding="utf-8")
    return root


def test_the_environment_beats_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_HOST", "there")
    loaded = settings.load(write(tmp_path, env="DB_HOST=here\nDB_NAME=shop\n"))
    assert loaded.environment["DB_HOST"] == "there"
    assert loaded.environment["DB_NAME"] == "shop"
    assert loaded.source("DB_HOST") == "the environment"
    assert loaded.source("DB_NAME") == ".env:2"
    assert loaded.source("DB_PORT") == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("P='100% \"safe\" @ 5:30 / it\\'s #1'", '100% "safe" @ 5:30 / it\'s #1'),
        ("P=a#b", "a#b"),
        ("P=${HOME}$x", "${HOME}$x"),
        ("export P = plain # comment", "plain"),
    ],
)
def test_values_are_taken_literally(tmp_path: Path, text: str, value: str) -> None:
    assert settings_files.dotenv(write(tmp_path, env=text) / ".env") == {"P": value}


@pytest.mark.parametrize("text", ["A=1\n\n# x\nB C\n", "A=1\n\n\nB='open\nC=1\n"])
def test_a_line_that_is_no_setting_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=r"^\.env:4: is not of the form NAME=value"):
        settings.load(write(tmp_path, env=text))


def test_a_binary_env_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"^\.env: is not UTF-8 text"):
        settings.load(tmp_path)


def test_without_files_the_defaults_hold(tmp_path: Path) -> None:
    loaded = settings.load(tmp_path)
    assert loaded.models == ("app.models",)
    assert loaded.engine == "app.database.engine:engine"


def test_the_section_is_read(tmp_path: Path) -> None:
    ini = "[alembic]\nx = 100%\n[stillroom]\nmodels = a.b c\ntarget = mysql 9.7\n"
    loaded = settings.load(write(tmp_path, ini=ini))
    assert loaded.models == ("a.b", "c")
    assert str(loaded.target) == "mysql 9.7"


@pytest.mark.parametrize(
    ("ini", "message"),
    [
        ("x = 1\n", r"^alembic\.ini:1: is before the first"),
        ("[alembic]\n\nnonsense\n", r"^alembic\.ini:3: is neither"),
        ("[alembic]\nx = 1\nx = 2\n", r"^alembic\.ini:3: repeats a name"),
        ("[alembic]\n[alembic]\n", r"^alembic\.ini:2: repeats a name"),
        ("[alembic]\n[stillroom]\nmodles = x\n", r"^alembic\.ini:3: \[stillroom\] has no setting"),
    ],
)
def test_a_broken_file_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ini: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=message):
        settings.load(write(tmp_path, ini=ini))


def test_the_script_location_that_flask_migrate_does_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "env.py").touch()
    write(folder, ini="[alembic]\nscript_location = .\n")
    assert project.script_folder(settings.load(tmp_path)) == folder


def test_the_folder_that_flask_db_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("migrations", "first", "second", "third"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "env.py").touch()
        write(tmp_path / name, ini="[alembic]\n")

    def told() -> str:
        return settings.load(tmp_path).ini.parent.name

    assert told() == "migrations"
    (tmp_path / ".flaskenv").write_text("FLASK_APP=shop\nFLASK_DB_DIRECTORY=first\n")
    assert told() == "first"
    (tmp_path / ".env").write_text("FLASK_DB_DIRECTORY=second\n")
    assert told() == "second"
    monkeypatch.setenv("FLASK_DB_DIRECTORY", "third")
    assert told() == "third"


def test_a_script_location_in_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [*sys.path])
    monkeypatch.chdir(write(tmp_path, ini="[alembic]\nscript_location = stills.db:migrations\n"))
    with pytest.raises(SettingsError, match="No module named 'stills'"):
        project.script_folder(settings.load(tmp_path))
    (tmp_path / "stills" / "db").mkdir(parents=True)
    for package in ("stills", "stills/db"):
        (tmp_path / package / "__init__.py").touch()
    invalidate_caches()
    folder = tmp_path / "stills" / "db" / "migrations"
    assert project.script_folder(settings.load(tmp_path)) == folder
