"""Alembic's own options reach every configuration that is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.projects import UserProject

ENV = "from alembic import context\nprint('x is', context.get_x_argument(as_dictionary=True))\n"


@pytest.fixture
def elsewhere(project: UserProject) -> UserProject:
    """A project whose alembic.ini lies in a folder, with a section of another name."""
    ini = project.read("alembic.ini").replace("%(here)s", "%(here)s/..")
    project.write("conf/migrations.ini", ini.replace("[alembic]", "[shop]"))
    (project.root / "alembic.ini").unlink()
    return project


GIVEN = ("-c", "conf/migrations.ini", "-n", "shop")


def test_a_file_and_a_section(elsewhere: UserProject) -> None:
    assert elsewhere.verb("heads").code == 2
    done = elsewhere.verb(*GIVEN, "heads")
    assert (done.code, done.out) == (0, "e3c87c4a7bde (head)\n")
    assert elsewhere.verb(*GIVEN, "upgrade").code == 0
    assert elsewhere.verb(*GIVEN, "check").code == 0
    assert elsewhere.verb(*GIVEN, "current").out == "e3c87c4a7bde (head)\n"
    assert elsewhere.verb("-n", "shop", "heads", ALEMBIC_CONFIG="conf/migrations.ini").code == 0


def test_an_absolute_file(elsewhere: UserProject) -> None:
    given = ("-c", str(elsewhere.root / "conf" / "migrations.ini"), "-n", "shop")
    assert elsewhere.verb(*given, "heads").code == 0


def test_printed_commands_have_them_too(elsewhere: UserProject) -> None:
    said = elsewhere.verb(*GIVEN, "upgrade", "nope").err
    assert "`stillroom -c conf/migrations.ini -n shop history` lists the revisions" in said


def test_arguments_for_env_py(project: UserProject) -> None:
    project.write("alembic/env.py", ENV + project.read("alembic/env.py"))
    done = project.verb("-x", "tenant=a", "-x", "b=c", "upgrade")
    assert "x is {'tenant': 'a', 'b': 'c'}" in done.out, done.err


def test_a_file_that_is_not_there(project: UserProject, tmp_path: Path) -> None:
    done = project.verb("-c", "nope.ini", "heads")
    assert done.code == 2
    assert "no nope.ini is here" in done.err
