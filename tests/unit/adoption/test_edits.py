"""Files of somebody else's get what they need, and keep all else."""

from __future__ import annotations

import tomllib
from configparser import ConfigParser

import pytest

from stillroom.adoption.env_lines import with_guard
from stillroom.adoption.hook_runner import with_local_hook
from stillroom.adoption.settings_section import with_settings
from tests.support.projects import CASES

TARGET = {"target": "mariadb 10.11"}
INI = "# ours\n[alembic]\nscript_location = db  ; here\n\n[loggers]\nkeys = root\n"
PRE_COMMIT = """\
# checks
default_stages: [pre-commit]
repos:
-   repo: https://example.org/one
    rev: v1
    hooks:
    -   id: one  # the first
ci:
  skip: [one]
"""


def test_a_section_goes_to_the_end_of_an_ini() -> None:
    done = with_settings(INI, TARGET, toml=False)
    assert done == f"{INI}\n[stillroom]\ntarget = mariadb 10.11\n"
    parser = ConfigParser()
    parser.read_string(done)
    assert parser["stillroom"]["target"] == "mariadb 10.11"


def test_a_section_that_is_there_gets_what_it_lacks() -> None:
    text = "[stillroom]\nlock_wait = 2\n[loggers]\ntarget = none\n"
    done = with_settings(text, TARGET, toml=False)
    assert done == "[stillroom]\ntarget = mariadb 10.11\nlock_wait = 2\n[loggers]\ntarget = none\n"
    assert with_settings(done, {"target": "mysql 8.0"}, toml=False) == done


@pytest.mark.parametrize("text", ["", "[alembic]", "[alembic]\r\n", "[stillroom]"])
def test_a_section_is_added_to_any_file(text: str) -> None:
    parser = ConfigParser()
    done = with_settings(text, TARGET, toml=False)
    parser.read_string(done)
    assert parser["stillroom"]["target"] == "mariadb 10.11"
    assert done.count("\n") == done.count("\r\n") or "\r" not in text


def test_a_pyproject_gets_a_table_of_strings() -> None:
    text = '[project]\nname = "shop"  # ours\n\n[tool.alembic]\nscript_location = "db"\n'
    done = with_settings(text, TARGET, toml=True)
    assert done.startswith(text)
    assert tomllib.loads(done)["tool"]["stillroom"] == TARGET


def test_a_hook_goes_behind_the_last_repository() -> None:
    yaml = pytest.importorskip("yaml")
    done = with_local_hook(PRE_COMMIT, "stillroom-check-revision")
    assert [line for line in done.splitlines() if line in PRE_COMMIT.splitlines()] == (
        PRE_COMMIT.splitlines()
    )
    found = yaml.safe_load(done)
    assert [repo["repo"] for repo in found["repos"]] == ["https://example.org/one", "local"]
    assert found["ci"] == {"skip": ["one"]}
    (hook,) = found["repos"][1]["hooks"]
    assert hook["entry"] == "stillroom-check-revision"


@pytest.mark.parametrize(
    "text",
    [
        "repos: []\n",
        "repos:\n",
        "fail_fast: true\n",
        "repos:\n  # none\n",
        "repos:\n  - repo: local\n    hooks:\n      - id: a\n\n\n# end\n",
    ],
)
def test_a_hook_goes_into_any_configuration(text: str) -> None:
    yaml = pytest.importorskip("yaml")
    entry = "sh -c 'cd services/shop && exec uv run --no-sync stillroom-check-revision'"
    found = yaml.safe_load(with_local_hook(text, entry))
    assert found["repos"][-1]["hooks"][0]["entry"] == entry


def test_env_py_gets_an_import_and_a_call() -> None:
    text = (CASES / "generic" / "migrations" / "env.py").read_text(encoding="utf-8")
    done = with_guard(text)
    added = [line for line in done.splitlines() if line not in text.splitlines()]
    assert added == ["from stillroom.env import guard", "guard(context)"]
    compile(done, "env.py", "exec")
    assert with_guard(done) == done


@pytest.mark.parametrize("text", ["", "run()\n", "context.configure(url='x')\n"])
def test_an_env_py_of_another_shape_is_left_alone(text: str) -> None:
    assert with_guard(text) == text
