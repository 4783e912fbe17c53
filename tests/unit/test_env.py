"""Every env.py imports `stillroom.env`, also where nothing is applied."""

from __future__ import annotations

import subprocess
import sys

import pytest

from stillroom import apply

LIGHT = """
import sys
from stillroom.env import guard
print(*sorted(name for name in sys.modules if name.startswith("stillroom")))
"""


def test_the_guard_is_imported_without_the_rest() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIGHT],
        env={"PYTHONPATH": "scripts"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [
        "stillroom",
        "stillroom.env",
        "stillroom.errors",
        "stillroom.findings",
        "stillroom.project",
        "stillroom.project.alembic_env",
        "stillroom.project.alembic_env.sqlite_copies",
        "stillroom.project.model_imports",
    ]


@pytest.mark.parametrize("name", apply.__all__)
def test_all_that_the_package_names_is_there(name: str) -> None:
    found = getattr(apply, name)
    assert found.__name__.rpartition(".")[2] == name


def test_what_it_does_not_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'uprade'"):
        _ = apply.uprade


@pytest.mark.parametrize(
    "old", ["from stillroom.apply import guard", "from stillroom.discovery import import_models"]
)
def test_an_env_py_of_former_times_is_told_where_things_are_now(old: str) -> None:
    name = old.rpartition(" ")[2]
    code = f"{old}\n{old}\nimport stillroom.env\nassert {name} is stillroom.env.{name}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": "scripts"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.endswith(f"is deprecated: from stillroom.env import {name}\n")
    assert done.stderr.count("\n") == 1
