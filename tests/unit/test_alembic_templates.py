"""Projects as Alembic's own templates make them, without a file or a setting of ours."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.projects import CASES, ROOT, Answer, UserProject

Made = Callable[[str, str], UserProject]
IMPORT = "from shop.models import Base\n"
STILLROOM = (sys.executable, "-m", "stillroom")


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Models and revisions of a case, in what `alembic init` makes of a template."""

    def make(template: str, case: str) -> UserProject:
        project = UserProject(tmp_path / case, {"PYTHONPATH": str(ROOT / "scripts")})
        project.root.mkdir()
        answer = project.run(sys.executable, "-m", "alembic", "init", "-t", template, "migrations")
        assert answer.code == 0, answer.err
        shutil.copytree(CASES / case, project.root, dirs_exist_ok=True)
        for command in (("init", "-q"), ("add", "-A")):
            assert project.run("git", *command).code == 0
        return project

    return make


@pytest.fixture
def several(made: Made) -> UserProject:
    """A project with two databases."""
    project = made("multidb", "multidb")
    models = "from shop.models import Catalogue, Orders\n"
    metadata = '{"engine1": Catalogue.metadata, "engine2": Orders.metadata}'
    project.replace(
        "migrations/env.py", "\ntarget_metadata = {}\n", f"\n{models}target_metadata = {metadata}\n"
    )
    return project


def run(project: UserProject, *arguments: str, code: int = 0, **environment: str) -> Answer:
    """Run a verb, which must end in ``code`` and never in a traceback."""
    answer = project.run(*STILLROOM, *arguments, **environment)
    assert "Traceback" not in answer.err
    assert answer.code == code, answer.out + answer.err
    return answer


def test_each_of_several_databases_is_compared_with_its_own_models(several: UserProject) -> None:
    project = several
    run(project, "check", "--worktree")
    column = "    total = Column(Integer)\n"
    project.write("shop/models.py", project.read("shop/models.py") + column)
    answer = run(project, "check", "--worktree", code=1)
    assert "shop/models.py:23: DR102 dbname2.orders.total INT(11) NULL has no rev" in answer.out
    assert "1 model change is not covered" in answer.out


def test_database_that_another_url_names_is_the_same_to_a_replay(several: UserProject) -> None:
    project = several
    run(project, "check", "--worktree")
    project.replace("alembic.ini", "@localhost/dbname2", "@db.example/dbname")
    run(project, "check", "--worktree")


def test_databases_of_tenants(several: UserProject) -> None:
    project = several
    project.replace(
        "migrations/env.py",
        "            context.configure(\n                connection",
        '            rec["connection"].exec_driver_sql(f"USE tenant_{name}")\n'
        '            rec["connection"].dialect.default_schema_name = f"tenant_{name}"\n'
        "            context.configure(\n                connection",
    )
    run(project, "check", "--worktree")


def test_plan_has_the_statements_of_each_database(several: UserProject) -> None:
    answer = run(several, "plan", "--from", "base")
    assert "[1/2] upgrade a1 create tables, in the first database" in answer.out
    assert "CREATE TABLE products" in answer.out
    assert "[2/2] upgrade a1 create tables, in dbname2" in answer.out
    assert "CREATE TABLE orders" in answer.out
    assert "env.py migrates several databases" in run(several, "sql", "--from=base", code=2).err


def test_verbs_that_ask_no_database_need_no_url(several: UserProject) -> None:
    assert "a1 (head)" in run(several, "heads").out
    assert "a1 (head), create tables" in run(several, "history").out
    assert "no dialect or driver 'driver'" in run(several, "status", code=2).err


@pytest.fixture(params=["generic", "async", "pyproject", "pyproject alone"])
def shop(made: Made, request: pytest.FixtureRequest) -> UserProject:
    """A project with one database, by each of the templates."""
    template, _, alone = request.param.partition(" ")
    project = made(template, "shop")
    env = project.read("migrations/env.py")
    env = env.replace("\ntarget_metadata = None", f"\n{IMPORT}\ntarget_metadata = Base.metadata")
    project.write("migrations/env.py", env)
    if alone:
        section = (
            'config.get_section(config.config_ini_section, {"sqlalchemy.url": "mysql://h/shop"})'
        )
        env = env.replace("config.get_section(config.config_ini_section, {})", section)
        env = env.replace("fileConfig(config.config_file_name)", "pass")
        project.write("migrations/env.py", env)
        (project.root / "alembic.ini").unlink()
        toml = project.read("pyproject.toml") + '\n[tool.stillroom]\ntarget = "mysql 9.7"\n'
        project.write("pyproject.toml", toml)
    assert project.run("git", "add", "-A").code == 0
    return project


def test_every_verb_without_a_database(shop: UserProject) -> None:
    clean = run(shop, "check")
    assert "Clean. Compared the models as the files are with a replay of 1 revision" in clean.err
    column = "    price = Column(Integer)\n"
    shop.write("shop/models.py", shop.read("shop/models.py") + column)
    assert shop.run("git", "add", "-A").code == 0
    answer = run(shop, "check", code=1)
    assert "shop/models.py:13: DR102 products.price INT" in answer.out
    run(shop, "revision", "-m", "add price")
    assert shop.run("git", "add", "-A").code == 0
    run(shop, "check")
    assert "ADD COLUMN price" in run(shop, "plan", "--from", "a1").out
    assert "`price` int" in run(shop, "schema").out
    run(shop, "lint-revisions", "--all")
    toml = shop.root / "pyproject.toml"
    target = "mysql 9.7" if toml.exists() and "mysql" in toml.read_text() else "mariadb 10.11"
    assert f"for {target}" in clean.err


def test_models_are_imported_once_in_a_process(made: Made, tmp_path: Path) -> None:
    """What a library remembers of them would be in the way the second time."""
    project = made("generic", "shop")
    libraries = tmp_path / "site-packages"
    shutil.copytree(CASES / "imported_once", libraries)
    project.environment["PYTHONPATH"] += f":{libraries}"
    models = project.read("shop/models.py")
    project.write("shop/models.py", f"import registry\n{models}\nregistry.register('product')\n")
    env = project.read("migrations/env.py")
    env = env.replace("\ntarget_metadata = None", f"\n{IMPORT}\ntarget_metadata = Base.metadata")
    project.write("migrations/env.py", env)
    project.replace(
        "alembic.ini", "driver://user:pass@localhost/", "mysql+pymysql://u@127.0.0.1:1/"
    )
    plan = run(project, "plan")
    assert "No database shows where to begin: 127.0.0.1:1: no server answers" in plan.out
    assert "CREATE TABLE products" in plan.out
    for verb in ("status", "migrate", "upgrade"):
        assert "127.0.0.1" in run(project, verb, code=2).err


def test_revision_for_each_of_several_databases(several: UserProject) -> None:
    project = several
    models = project.read("shop/models.py")
    project.write("shop/models.py", f"{models}    total = Column(Integer, nullable=False)\n")
    wrong = "orders.total=1; order.total=1"
    answer = run(project, "revision", "-m", "a total", "--fill", wrong, code=2)
    assert "order.total: no database of env.py has this table" in answer.err
    answer = run(project, "revision", "-m", "a total", "--fill", "orders.total=1")
    assert "Wrote migrations/versions/" in answer.out
    (file,) = project.root.glob("migrations/versions/*a_total.py")
    text = file.read_text(encoding="utf-8")
    up = text[text.index("def upgrade_engine1") :]
    assert up.index("def upgrade_engine1") < up.index("    pass") < up.index("def upgrade_engine2")
    assert 'op.add_column("orders"' in text.replace("'", '"')
    run(project, "check", "--worktree")
    run(project, "lint-revisions", "--all")
