"""What cannot be replayed is refused, with the place; it neither hangs nor connects."""

from __future__ import annotations

import re

import pytest

from stillroom.errors import CannotTell
from tests.unit.replay.conftest import Project


def refusal(project: Project) -> str:
    with pytest.raises(CannotTell) as refused:
        project.replay()
    return str(refused.value)


def test_syntax_error_in_a_revision(project: Project) -> None:
    project.write("alembic/versions/a.py", "revision = 'a'\ndown_revision = None\ndef upgrade(:\n")
    assert re.search(r"versions/a\.py:3: this revision is not valid Python", refusal(project))


def test_merge_conflict_in_a_revision(project: Project) -> None:
    text = "revision = 'a'\n<<<<<<< HEAD\ndown_revision = None\n=======\n>>>>>>> branch\n"
    project.write("alembic/versions/a.py", text)
    message = refusal(project)
    assert "versions/a.py:2: there is an unresolved merge conflict here" in message


def test_binary_file_among_the_revisions(project: Project) -> None:
    project.table("a")
    (project.versions / "b.py").write_bytes(b"\x00\x01\xfe\xff" * 9)
    assert "versions/b.py: this file is not a text file" in refusal(project)


def test_other_files_among_the_revisions_do_not_matter(project: Project) -> None:
    project.table("a")
    (project.versions / "b.pyc").write_bytes(b"\x00\x01")
    (project.versions / "README").write_text("hello")
    (project.versions / "__init__.py").write_text("")
    (project.versions / ".#a.py").write_text("(")
    assert project.tables() == ["t_a"]


def test_missing_parent(project: Project) -> None:
    project.table("b", "lost")
    message = refusal(project)
    assert "versions/b.py:2: revision b follows lost, but there is no file for that one" in message


def test_missing_dependency(project: Project) -> None:
    project.table("b", extra="depends_on = 'lost'")
    assert "versions/b.py:3: revision b depends on lost" in refusal(project)


def test_duplicate_id(project: Project) -> None:
    path = project.table("a")
    path.with_name("again.py").write_text(path.read_text())
    assert re.search(r"versions/again\.py:1: revision a is also .*versions/a\.py", refusal(project))


def test_circle(project: Project) -> None:
    project.table("a")
    project.table("b", "d")
    project.table("c", "b")
    project.table("d", "c")
    project.table("e", "d")
    assert "in a circle: b → d → c → b" in refusal(project)


def test_file_without_a_revision(project: Project) -> None:
    project.write("alembic/versions/helper.py", "X = 1\n")
    assert "versions/helper.py: this file in the folder of revisions declares no" in refusal(
        project
    )


def test_import_error_in_a_revision(project: Project) -> None:
    project.revision("a", None, "import nothing_of_that_name")
    said = refusal(project)
    assert re.search(r"versions/a\.py:\d+: cannot import: No module named", said)
    assert "name the folder that it is in, in alembic.ini: prepend_sys_path = .." in said


def test_package_that_fails_behind_an_import_of_a_folder_in_it(project: Project) -> None:
    project.write("shop/parts/screw.py", "")
    project.write("shop/__init__.py", "import shop.parts.screw\nimport nothing_of_that_name")
    project.revision("a", None, "import shop")
    assert "versions/a.py:" in (message := refusal(project))
    assert "No module named 'nothing_of_that_name'" in message


def test_error_in_a_revision(project: Project) -> None:
    path = project.revision("a", None, "[][0]")
    line = path.read_text().splitlines().index("    [][0]") + 1
    assert f"versions/a.py:{line}: IndexError" in refusal(project)


def test_revision_without_upgrade(project: Project) -> None:
    project.write("alembic/versions/a.py", "revision = 'a'\ndown_revision = None\n")
    assert "has no upgrade()" in refusal(project)


def test_error_of_the_server(project: Project) -> None:
    project.revision("a", None, "op.drop_table('nobody')")
    message = refusal(project)
    assert re.search(
        r"versions/a\.py:\d+: a server would refuse this: .*nobody.* \(1051\)", message
    )


def test_unreplayable_statement_that_the_revision_swallows(project: Project) -> None:
    project.table("a")
    project.revision(
        "b", "a", "try:\n    op.execute('PREPARE s FROM @x')\nexcept Exception:\n    pass"
    )
    message = refusal(project)
    assert re.search(r"versions/b\.py:\d+: cannot replay `PREPARE", message)
    assert "stillroom: data-only" in message


def test_rows_that_only_a_server_knows(project: Project) -> None:
    project.table("a")
    project.revision(
        "b",
        "a",
        """
        op.execute("INSERT INTO t_a SELECT 7 FROM t_a UNION SELECT RAND() * 9")
        list(op.get_bind().execute(sa.text("SELECT id FROM t_a")))
        """,
    )
    assert re.search(r"versions/b\.py:\d+: cannot replay `SELECT id", refusal(project))


def test_loop_on_an_empty_result(project: Project) -> None:
    project.table("a")
    project.revision(
        "b",
        "a",
        """
        import time
        while not op.get_bind().execute(sa.text("SELECT id FROM t_a")).fetchall():
            time.sleep(1)
        """,
    )
    assert "repeated without end" in refusal(project)


@pytest.mark.parametrize(
    "line",
    [
        "import pymysql; pymysql.connect(host='127.0.0.1', port=1, user='u', password='secret')",
        "import socket; socket.create_connection(('127.0.0.1', 1))",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:1/')",
    ],
)
def test_env_that_connects_at_import(project: Project, line: str) -> None:
    project.table("a")
    env = project.root / "alembic" / "env.py"
    env.write_text(f"{line}\n{env.read_text()}")
    message = refusal(project)
    assert re.search(r"alembic/env\.py:1: a replay contacts no(thing| database), but ", message)
    assert "SCRATCH_URL" in message
    assert "secret" not in message


def test_env_that_swallows_its_failure_to_connect(project: Project) -> None:
    project.table("a")
    env = project.root / "alembic" / "env.py"
    lines = (
        "import socket",
        "try:",
        "    socket.create_connection(('127.0.0.1', 1))",
        "except Exception: pass",
        env.read_text(),
    )
    env.write_text("\n".join(lines))
    assert project.tables() == ["t_a"]


def test_env_that_waits_for_its_server_by_a_driver(project: Project) -> None:
    """It asks nothing: whatever a revision or the models ask is refused."""
    project.table("a")
    env = project.root / "alembic" / "env.py"
    lines = (
        "import pymysql",
        "try:",
        "    pymysql.connect(host='127.0.0.1', port=1)",
        "except Exception: pass",
        env.read_text(),
    )
    env.write_text("\n".join(lines))
    assert project.tables() == ["t_a"]


def test_env_that_waits_for_a_server_for_ever(project: Project) -> None:
    project.table("a")
    env = project.root / "alembic" / "env.py"
    lines = (
        "import socket, time",
        "while True:",
        "    try:",
        "        socket.create_connection(('127.0.0.1', 1))",
        "    except Exception:",
        "        time.sleep(1)",
        "    else:",
        "        break",
        env.read_text(),
    )
    env.write_text("\n".join(lines))
    message = refusal(project)
    assert "alembic/env.py:4: a connection to 127.0.0.1:1 is retried without end" in message


def test_env_that_runs_no_migrations(project: Project) -> None:
    project.table("a")
    project.write("alembic/env.py", "pass\n")
    assert "alembic/env.py: env.py ran no migrations" in refusal(project)


def test_env_that_exits(project: Project) -> None:
    project.table("a")
    project.write("alembic/env.py", "import sys\nsys.exit('no database')\n")
    assert "alembic/env.py:2: the code ended the process" in refusal(project)


def test_env_with_a_syntax_error(project: Project) -> None:
    project.table("a")
    project.write("alembic/env.py", "import os\ndef (\n")
    assert "alembic/env.py:2: not valid Python" in refusal(project)


@pytest.mark.parametrize("password", ["secret", "p@secret", 'p"secret', "p@:/secret@", " a secret"])
def test_password_in_an_error_is_masked(project: Project, password: str) -> None:
    project.table("a")
    project.write("alembic/env.py", f"raise ValueError('bad: mysql://user:{password}@host/app')\n")
    message = refusal(project)
    assert "user:***@host" in message
    assert "secret" not in message


def test_dialect_that_nobody_knows(project: Project) -> None:
    project.table("a")
    ini = project.root / "alembic.ini"
    ini.write_text(ini.read_text().replace("mysql+pymysql", "nosuch"))
    assert "nosuch" in refusal(project)


def test_no_env_and_no_scripts(project: Project) -> None:
    (project.root / "alembic" / "env.py").unlink()
    assert "there is no env.py" in refusal(project)
    project.versions.rmdir()
    (project.root / "alembic").rmdir()
    assert "doesn't exist" in refusal(project)


@pytest.mark.parametrize(
    "line", ["op.drop_column('t_a', 'x')", "op.execute('ALTER  table t_a ADD COLUMN x INT')"]
)
def test_data_only_revision_that_changes_the_schema(project: Project, line: str) -> None:
    project.table("a")
    project.revision("b", "a", line, extra="# stillroom: data-only")
    assert re.search(r"versions/b\.py:\d+: this revision is marked as data-only", refusal(project))


def test_a_name_that_is_assigned_again(project: Project) -> None:
    project.write(
        "alembic/versions/a.py",
        "revision = 'a'\ndown_revision = None\nif True:\n    down_revision = 'b'\n"
        "def upgrade(): pass\n",
    )
    assert re.search(r"versions/a\.py: down_revision is assigned more than once", refusal(project))


def test_a_name_in_a_docstring(project: Project) -> None:
    project.write(
        "alembic/versions/a.py",
        '"""Sets:\n\nrevision = "b"\n"""\nrevision = "a"\ndown_revision = None\n'
        "def upgrade(): pass\n",
    )
    project.replay()


def test_variable_that_is_not_set_is_named(project: Project) -> None:
    project.table("a")
    env = project.root / "alembic" / "env.py"
    env.write_text(f"import os\nos.environ['NOWHERE_SECRET']\n{env.read_text()}")
    message = refusal(project)
    assert "alembic/env.py:2: these settings are missing: NOWHERE_SECRET" in message
    assert "Any value will do: a replay contacts no database" in message


def test_error_of_a_dictionary_is_no_missing_setting(project: Project) -> None:
    project.table("a")
    env = project.root / "alembic" / "env.py"
    env.write_text(f"{{}}['key']\n{env.read_text()}")
    assert "alembic/env.py:1: KeyError: 'key'" in refusal(project)
