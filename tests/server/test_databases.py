"""Several databases of one project on real servers."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from tests.support import servers
from tests.support.projects import CASES, UserProject
from tests.support.schemas import valid


def test_each_is_upgraded_and_the_summary_has_a_line_for_it(
    server_url: str, tmp_path: Path
) -> None:
    shutil.copytree(CASES / "databases", tmp_path / "several")
    project = UserProject(tmp_path / "several")
    ini = re.sub(r"target = .*\n", "", project.read("alembic.ini"))
    project.write("alembic.ini", ini)
    with (
        servers.database(server_url) as shop,
        servers.database(server_url) as reporting,
        servers.database(server_url) as audit,
    ):
        for name, url in (("DB_URL", shop), ("REPORTING_URL", reporting), ("AUDIT_URL", audit)):
            project.environment[name] = url.render_as_string(hide_password=False)
        assert project.verb("upgrade", "--db", "audit").code == 0
        everything = project.verb("upgrade")
        assert everything.code == 0, everything.err
        assert everything.err.endswith("alembic    done\nreporting  done\naudit      done\n")
        assert everything.err.count("nothing to do: the database is at c1") == 1
        assert project.verb("current").out.splitlines() == ["a1 (head)", "b1 (head)", "c1 (head)"]
        assert project.verb("downgrade", "-1", "--db", "reporting").code == 0
        behind = project.verb("status")
        assert behind.code == 1
        assert "reporting  something was found\n" in behind.err


@contextmanager
def of_one_env_py(server_url: str, tmp_path: Path) -> Iterator[tuple[UserProject, URL, URL]]:
    """A project as Alembic's template has it, and its two databases."""
    project = UserProject(tmp_path / "multidb")
    project.root.mkdir()
    made = project.run(sys.executable, "-m", "alembic", "init", "-t", "multidb", "migrations")
    assert made.code == 0, made.err
    shutil.copytree(CASES / "multidb", project.root, dirs_exist_ok=True)
    project.write("alembic.ini", project.read("alembic.ini") + "\n[stillroom]\nmodels = none\n")
    with servers.database(server_url) as first, servers.database(server_url) as second:
        for name, url in (("dbname2", second), ("dbname", first)):
            shown = url.render_as_string(hide_password=False).replace("%", "%%")
            project.replace("alembic.ini", f"driver://user:pass@localhost/{name}\n", f"{shown}\n")
        yield project, first, second


def test_one_env_py_for_several_tells_of_each(server_url: str, tmp_path: Path) -> None:
    with of_one_env_py(server_url, tmp_path) as (project, first, second):
        assert project.verb("upgrade").code == 0
        assert project.verb("status").out.count("pending   nothing") == 2
        stamped = project.verb("stamp", "a1")
        assert stamped.out == "".join(
            f"{url.database} is now at a1; nothing was run.\n" for url in (first, second)
        )
        servers.execute(second, "DELETE FROM alembic_version")
        current = project.verb("current").out.splitlines()
        assert current[0] == f"{first.database}: a1 (head)"
        assert current[1].startswith(f"{second.database}: no revision yet: ")
        told = valid("current", project.verb("current", "--format", "json").out)
        assert told["others"] == [{"database": second.database, "revisions": []}]
        status = project.verb("status")
        assert status.code == 1
        at_first, of_second = status.out.split(f"database  {second.database}, ")
        assert "pending   nothing" in at_first
        assert "pending   a1" in of_second
        plan = project.verb("plan")
        assert plan.code == 2
        assert f"{first.database} at a1, {second.database} at base" in plan.err


FAILING = """
import os
from alembic import op

revision, down_revision = "b1", "a1"


def upgrade(engine_name):
    op.execute("CREATE TABLE one (a INT)")
    op.execute("CREATE TABLE two (a INT)")
    if os.environ.get("FAIL") == engine_name:
        op.execute("CREATE TABLE two (a INT)")


def downgrade(engine_name):
    pass
"""


def test_one_env_py_for_several_is_repaired_where_it_is_half_applied(
    server_url: str, tmp_path: Path
) -> None:
    with of_one_env_py(server_url, tmp_path) as (project, first, second):
        project.write("migrations/versions/b1.py", FAILING)
        assert project.verb("upgrade", FAIL="engine2").code == 2
        shown = project.verb("repair")
        assert f"upgrade of revision b1 is half-applied in {second.database}:" in shown.out
        decided = project.verb("repair", "--not-done", "3")
        assert decided.code == 0, decided.err
        assert f"{second.database}: Statement 3 is now recorded as not done" in decided.out
        servers.execute(second, "DROP TABLE two")
        assert project.verb("resume").code == 0
        assert project.verb("status").code == 0
        refused = project.verb("resume")
        assert (refused.code, refused.out) == (2, "")
        assert "AP303 there is no half-applied revision to resume" in refused.err
        for url in (first, second):
            servers.execute(url, "UPDATE alembic_version SET version_num = 'a1'")
            servers.execute(url, "DROP TABLE one, two")
        # Each database that is begun is decided about in its turn.
        assert project.verb("upgrade", FAIL="engine2").code == 2
        servers.execute(first, "UPDATE alembic_version SET version_num = 'a1'")
        servers.execute(first, "DROP TABLE one, two")
        assert project.verb("upgrade", FAIL="engine1").code == 2
        told = valid("repair", project.verb("repair", "--format", "json").out)
        assert told["half_applied"]["database"] == first.database
        assert [other["database"] for other in told["others"]] == [second.database]
        forgotten = project.verb("repair", "--forget")
        assert forgotten.out.startswith(f"{first.database}: The journal is deleted.")
        assert f"half-applied in {second.database}:" in forgotten.out
