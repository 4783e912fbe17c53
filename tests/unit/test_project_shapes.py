"""Projects laid out in other ways: the hook judges what is staged, wherever Python finds it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from stillroom.authoring.writing import draft
from tests.support.projects import CASES, Answer, UserProject

NOTE = "    note: Mapped[str | None] = mapped_column(String(200))\n"
FORGOTTEN = f"{NOTE}    forgotten: Mapped[str | None] = mapped_column(String(40))\n"


class Shaped(UserProject):
    """A project in a git repository; ``folder`` has alembic.ini, ``models`` is what changes."""

    folder: str = "."
    models: str = "shop/models.py"
    prepare: Callable[[], None] = staticmethod(lambda: None)

    def move(self, old: str, new: str) -> None:
        """Move a file or folder."""
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        (self.root / old).rename(self.root / new)

    def hook(self) -> Answer:
        """The verdict on what is staged."""
        return self.ask("hook")

    def ask(self, *words: str) -> Answer:
        """Run the hook, or a verb, in the folder of the project."""

        def run() -> None:
            from stillroom import cli, hook

            self.prepare()
            main = hook.main if words == ("hook",) else cli.main
            raise SystemExit(main([] if words == ("hook",) else list(words)))

        return UserProject(self.root / self.folder)._fork(run, self.environment)

    def stage(self) -> None:
        """Stage all there is."""
        assert self.run("git", "add", "-A").code == 0


@pytest.fixture
def project(tmp_path: Path) -> Shaped:
    found = Shaped(tmp_path / "shop")
    shutil.copytree(CASES / "generic", found.root)
    assert found.run("git", "init", "-q").code == 0
    return found


def finds_what_is_staged_only(project: Shaped) -> None:
    """Whether a column that is staged, and in no work tree, is noticed after a clean verdict."""
    project.stage()
    clean = project.hook()
    assert clean.code == 0, clean.out + clean.err
    before = project.read(project.models)
    project.replace(project.models, NOTE, FORGOTTEN)
    project.stage()
    project.write(project.models, before)
    answer = project.hook()
    assert answer.code == 1, answer.out + answer.err
    place = os.path.relpath(project.models, project.folder)
    assert f"{place}:20: DR102 orders.forgotten VARCHAR(40) NULL has no revision" in answer.out


def test_package_that_is_installed_for_editing(project: Shaped) -> None:
    """Or named in PYTHONPATH: the folder of the work tree is in sys.path."""
    project.move("shop", "src/shop")
    project.models = "src/shop/models.py"
    project.prepare = lambda: sys.path.append(str(project.root / "src"))
    finds_what_is_staged_only(project)


def test_package_that_a_finder_of_setuptools_knows(project: Shaped) -> None:
    project.move("shop", "lib/shop")
    project.models = "lib/shop/models.py"

    def install() -> None:
        finder = ModuleType("__editable___shop_finder")
        exec(  # noqa: S102
            "import importlib.util\n"
            f"MAPPING = {{'shop': {str(project.root / 'lib' / 'shop')!r}}}\n"
            "class Finder:\n"
            "    @staticmethod\n"
            "    def find_spec(name, path=None, target=None):\n"
            "        if name in MAPPING:\n"
            "            place = MAPPING[name] + '/__init__.py'\n"
            "            return importlib.util.spec_from_file_location(name, place)\n",
            vars(finder),
        )
        sys.modules[finder.__name__] = finder
        finder.Finder.__module__ = finder.__name__
        sys.meta_path.append(finder.Finder)

    project.prepare = install
    finds_what_is_staged_only(project)


def test_models_beside_the_folder_of_the_ini(project: Shaped) -> None:
    project.move("migrations", "db/alembic")
    project.move("alembic.ini", "db/alembic/alembic.ini")
    project.move("shop/models.py", "db/model.py")
    project.replace("db/alembic/env.py", "shop.models", "model")
    project.replace("db/alembic/alembic.ini", "%(here)s/migrations", ".")
    project.folder, project.models = "db/alembic", "db/model.py"
    project.prepare = lambda: sys.path.append(str(project.root / "db"))
    finds_what_is_staged_only(project)


def test_revisions_in_several_folders_of_a_package(project: Shaped) -> None:
    project.move("migrations", "shop/migrations")
    note = "versions/ccc333_a_note.py"
    project.move(f"shop/migrations/{note}", f"shop/migrations/later/{note}")
    places = "shop:migrations/versions shop:migrations/later/versions"
    project.replace(
        "alembic.ini", "%(here)s/migrations", f"shop:migrations\nversion_locations = {places}"
    )
    project.replace("alembic.ini", "path_separator = os", "path_separator = space")
    finds_what_is_staged_only(project)
    project.replace(project.models, NOTE, FORGOTTEN)
    baseline = project.ask("baseline")
    assert "shop/migrations/accepted_drift.txt" in baseline.out + baseline.err
    (project.root / "shop/migrations/accepted_drift.txt").unlink()
    answer = project.ask("check")
    assert "git add shop/migrations/versions shop/migrations/later/versions" in answer.out
    answer = project.ask("revision", "-m", "add it")
    assert answer.code == 0, answer.err
    assert "Wrote shop/migrations/later/versions/" in answer.out
    assert project.ask("check").code == 0
    for words in (("heads",), ("history",), ("lint-revisions", "--all"), ("plan", "--from=base")):
        assert project.ask(*words).code == 0


def test_revisions_in_a_package_that_is_not_installed(project: Shaped) -> None:
    project.move("migrations", "shop/migrations")
    project.replace("alembic.ini", "%(here)s/migrations", "shop:migrations")
    project.replace("alembic.ini", "prepend_sys_path = .\n", "")
    finds_what_is_staged_only(project)


def test_revisions_that_import_the_application(project: Shaped) -> None:
    file = "migrations/versions/ccc333_a_note.py"
    project.replace("alembic.ini", "prepend_sys_path = .\n", "")
    project.replace(
        file, "import sqlalchemy as sa\n", "import shop.models\nimport sqlalchemy as sa\n"
    )
    for verb in ("heads", "history"):
        answer = project.ask(verb)
        assert answer.code == 0, answer.err
    assert "ok  revisions  head ccc333" in project.ask("doctor").out


def test_what_stops_a_new_revision(project: Shaped) -> None:
    """One message each, and nothing is written."""
    project.replace(project.models, NOTE, FORGOTTEN)
    before = project.files()
    hooks = "\n[post_write_hooks]\nhooks = tidy\ntidy.type = exec\ntidy.executable = nowhere\n"
    project.write("alembic.ini", project.read("alembic.ini") + hooks)
    stopped(project, "alembic.ini: [post_write_hooks]: a hook failed on the new revision: [Errno 2")
    project.write("alembic.ini", before["alembic.ini"].decode())
    project.move("migrations/script.py.mako", "mako")
    stopped(project, "migrations/script.py.mako: there is no template for new revisions\n")
    project.move("mako", "migrations/script.py.mako")

    def refuse() -> None:
        def replace(path: Path, final: Path) -> None:
            raise PermissionError(13, "Permission denied")

        draft.replace = replace

    project.prepare = refuse
    stopped(project, "migrations/versions: the revision cannot be written: Permission denied\n")
    assert {path for path in project.files() if not path.startswith((".git", ".stillroom"))} == {
        path for path in before if not path.startswith(".git")
    }


def stopped(project: Shaped, message: str) -> None:
    answer = project.ask("revision", "-m", "add it")
    assert answer.code == 2
    assert message in answer.err


def test_generated_module_beside_the_folder_of_the_ini(project: Shaped) -> None:
    """A setting names what git is not to have, also above alembic.ini."""
    project.move("migrations", "db/migrations")
    project.move("alembic.ini", "db/alembic.ini")
    project.write("shop/_version.py", "VERSION = '1.0'\n")
    project.write(".gitignore", "_version.py\n")
    models = project.read("shop/models.py")
    project.write("shop/models.py", f"from shop import _version  # noqa: F401\n{models}")
    project.folder = "db"
    project.prepare = lambda: sys.path.append(str(project.root))
    project.stage()
    answer = project.hook()
    assert answer.code == 2
    assert "extra_files = " in answer.err
    ini = project.read("db/alembic.ini")
    project.write("db/alembic.ini", f"{ini}\n[stillroom]\nextra_files = ../shop/_version.py\n")
    project.stage()
    answer = project.hook()
    assert answer.code == 0, answer.out + answer.err


FLASK = """
from contextlib import nullcontext
from types import SimpleNamespace

class Application(SimpleNamespace):
    def app_context(self):
        return nullcontext()

def load_app():
    from alembic.command import upgrade
    from alembic.config import Config
    upgrade(Config("alembic.ini"), "heads")
    return Application(import_name="shop")

current_app = None
has_app_context = lambda: False
"""
ENGINE = """
from sqlalchemy import create_engine

engine = create_engine("sqlite:///shop.db")
"""
FLASK_CLI = """
import flask

class NoAppException(Exception):
    pass

def load_dotenv():
    pass

def ScriptInfo(app_import_path):
    return flask
"""


def test_application_that_upgrades_its_database_when_it_is_made(project: Shaped) -> None:
    """That is no part of the replay: the linter still meets each statement of each revision."""
    env = project.read("migrations/env.py")
    project.write("migrations/env.py", f"from flask import current_app\n{env}")
    project.write("flask/__init__.py", FLASK)
    project.write("flask/cli.py", FLASK_CLI)
    file = "migrations/versions/ccc333_a_note.py"
    project.replace(file, 'op.add_column("orders", sa.', 'op.drop_table("orders")  # (sa.')
    answer = project.ask("lint-revisions", "--all")
    assert answer.code == 1, answer.out + answer.err
    assert f"{file}:13: MY101 drops the table orders" in answer.out


def test_application_that_cannot_be_made(project: Shaped) -> None:
    env = project.read("migrations/env.py")
    project.write("migrations/env.py", f"from flask import current_app\n{env}")
    broken = FLASK.replace("upgrade(Config", "raise ValueError('no key')\n    (Config")
    project.write("flask/__init__.py", broken)
    project.write("flask/cli.py", FLASK_CLI)
    ini = project.read("alembic.ini")
    project.write("alembic.ini", f"{ini}\n[stillroom]\nengine = shop.models:engine\n")
    project.write("shop/models.py", f"{project.read('shop/models.py')}\n{ENGINE}")
    for verb in ("status", "check"):
        answer = project.ask(verb)
        assert answer.code == 2
        assert "flask/__init__.py:12: ValueError: no key" in answer.err + answer.out


@pytest.mark.parametrize("message", ['say "hi"', "a\\b ends in \\", 'three """ of them'])
def test_a_message_is_what_was_typed(project: Shaped, message: str) -> None:
    project.replace(project.models, NOTE, FORGOTTEN)
    answer = project.ask("revision", "-m", message)
    assert answer.code == 0, answer.err
    assert project.ask("history").out.splitlines()[0].endswith(f"(head), {message}")


@pytest.mark.parametrize("verb", ["heads", "history"])
def test_revision_that_imports_what_is_not_there(project: Shaped, verb: str) -> None:
    file = "migrations/versions/ccc333_a_note.py"
    project.replace(file, "from alembic", "import no_such_library\nfrom alembic")
    answer = project.ask(verb)
    assert answer.code == 2
    assert f"{file}:4: ModuleNotFoundError: No module named 'no_such_library'" in answer.err


@pytest.mark.parametrize(
    "connecting",
    ['MetaData().reflect(create_engine("{}"))', 'Base.metadata.create_all(create_engine("{}"))'],
    ids=["reflect", "create_all"],
)
def test_module_that_connects_to_another_host(project: Shaped, connecting: str) -> None:
    """What connects first is not what env.py works in: there are its revisions."""
    project.replace(
        project.models, "from sqlalchemy import", "from sqlalchemy import MetaData, create_engine,"
    )
    text = connecting.format("mysql+pymysql://app@db:3306/shop")
    project.write(project.models, f"{project.read(project.models)}\n{text}\n")
    assert project.ask("check").code == 0, project.ask("check").out
    project.replace(project.models, NOTE, FORGOTTEN)
    answer = project.ask("check")
    assert answer.code == 1
    assert answer.out.count(": DR") == 1
    assert project.ask("revision", "-m", "add it").code == 0
    assert project.ask("check").code == 0
    assert project.ask("lint-revisions", "--all").err.startswith("Clean. Looked at 4 revisions")


WAITS = """
import time
import pymysql
for _ in range(3):
    try:
        pymysql.connect(host="db", user="app", password="secret").close()
        break
    except pymysql.err.OperationalError:
        time.sleep(1)
"""


def test_env_that_begins_with_empty_metadata(project: Shaped) -> None:
    """The models are imported already when it runs again in the same process."""
    env = project.read("migrations/env.py")
    begin = (
        "Base.metadata = Base.metadata if getattr(Base, 'is_new', True) else type(Base.metadata)()"
    )
    project.write(
        "migrations/env.py",
        env.replace("config = ", f"{begin}\nBase.is_new = False\nconfig = ", 1),
    )
    finds_what_is_staged_only(project)
    written = project.ask("revision", "-m", "none")
    assert "The models need no revision" in written.out + written.err


def test_env_that_waits_for_its_server(project: Shaped) -> None:
    """Nobody waits in a replay; but what a revision reads past it may decide what it does."""
    env = "migrations/env.py"
    project.write(env, WAITS + project.read(env))
    finds_what_is_staged_only(project)
    file = "migrations/versions/ccc333_a_note.py"
    inside = WAITS.replace("\n", "\n    ")
    project.replace(file, "def upgrade():\n", f"def upgrade():{inside}\n")
    answer = project.ask("check")
    assert answer.code == 2
    assert f"{file}:17: a replay contacts no database, but a connection by pymysql" in answer.err


def test_tables_that_go_and_refer_to_each_other(project: Shaped) -> None:
    """Alembic cannot drop them, in whatever order a set has put them, but their indexes it can."""
    file = "migrations/versions/ccc333_a_note.py"
    statements = [
        "CREATE TABLE one (id INT PRIMARY KEY, n INT, other INT, KEY ix (n))",
        "CREATE TABLE two (id INT PRIMARY KEY, n INT REFERENCES one (id), KEY ix (n))",
        "ALTER TABLE one ADD FOREIGN KEY (other) REFERENCES two (id)",
    ]
    project.replace(
        file,
        "    op.add_column",
        "".join(f'    op.execute("{sql}")\n' for sql in statements) + "    op.add_column",
    )
    answer = project.ask("check")
    assert [line.partition(": ")[2] for line in answer.out.splitlines() if ": DR" in line] == [
        "DR101 table one is in the history, not in the models",
        "DR101 table two is in the history, not in the models",
    ]


@pytest.mark.parametrize(
    ("place", "found_by"),
    [
        ("src/", ("prepend_sys_path = .", "prepend_sys_path = src")),
        ("", ("%(here)s/migrations", "shop:migrations")),
    ],
    ids=["relative folder", "folder of a package"],
)
def test_generated_module_is_found_in_the_working_tree(
    project: Shaped, place: str, found_by: tuple[str, str]
) -> None:
    """What the copy of what is staged was imported from is not looked through again."""
    if place:
        project.move("shop", f"{place}shop")
    else:
        project.move("migrations", "shop/migrations")
    project.write(f"{place}shop/_version.py", "VERSION = '1.0'\n")
    project.write(".gitignore", "_version.py\n")
    models = project.read(f"{place}shop/models.py")
    project.write(f"{place}shop/models.py", f"from shop import _version  # noqa: F401\n{models}")
    project.replace("alembic.ini", *found_by)
    project.stage()
    answer = project.hook()
    assert answer.code == 2
    assert "extra_files = " in answer.err, answer.err


@pytest.mark.parametrize("verb", ["upgrade", "check", "doctor"])
@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("mysql+pymysql://u:s3cr%40et@127.0.0.1:9/shop", "env.py:11: {}sets a value with a %"),
        ("s3cr%40et", "env.py:11: {}sets a value with a %"),
        ("s3cr%(x)set", "env.py:27: {}[alembic] sqlalchemy.url has a %"),
    ],
)
def test_env_that_sets_a_value_with_a_percent(
    project: Shaped, value: str, told: str, verb: str
) -> None:
    project.environment["SHOP_DB"] = value
    answer = project.ask(verb)
    assert answer.code == 2
    said = answer.out + answer.err
    assert told.format("AP308 " if verb == "doctor" else "") in said
    assert 'config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))' in said
    assert "s3cr" not in said


@pytest.mark.parametrize("verb", ["status", "upgrade", "check"])
def test_env_that_connects_nowhere_and_runs_nothing(project: Shaped, verb: str) -> None:
    project.write("migrations/env.py", "target_metadata = None\n")
    answer = project.ask(verb)
    assert answer.code == 2
    said = answer.out + answer.err
    assert "migrations/env.py: env.py ran no migrations" in said
    assert "It has to call context.configure()" in said


def test_error_of_env_that_quotes_a_url(project: Shaped) -> None:
    env = project.read("migrations/env.py")
    url = "mysql+pymysql://u:s3cret@127.0.0.1:9/shop"
    project.write("migrations/env.py", f"{env}\nraise LookupError('no tenant at {url}')\n")
    project.environment["SHOP_DB"] = "sqlite:///shop.db"
    said = project.ask("doctor").out
    assert "AP308 env.py failed: LookupError: no tenant at mysql+pymysql://u:***@127" in said


def test_a_module_beside_the_models_that_nothing_imports(project: Shaped) -> None:
    """Where the settings name no package of models, and no folder app is there."""
    project.stage()
    clean = project.hook()
    assert clean.code == 0, clean.out + clean.err
    forgotten = project.read(project.models).replace('"customer"', '"forgotten"')
    project.write("shop/more.py", forgotten)
    project.stage()
    answer = project.hook()
    assert answer.code == 1, answer.out + answer.err
    assert "shop/more.py:" in answer.out
    assert "MD101 table forgotten is in no imported module" in answer.out
