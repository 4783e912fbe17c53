"""`stillroom doctor` with a server: its lines, broken in turn."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.server.test_adopt import run_sql
from tests.support.projects import CASES, ROOT, UserProject


@pytest.fixture
def whole(tmp_path: Path, database: sa.URL) -> UserProject:
    """An adopted project with a database at its head."""
    shutil.copytree(CASES / "generic", tmp_path / "shop")
    url = database.render_as_string(hide_password=False)
    project = UserProject(tmp_path / "shop", {"SHOP_DB": url, "PYTHONPATH": str(ROOT / "scripts")})
    assert project.run("git", "init", "-q", ".").code == 0
    assert project.alembic("upgrade", "head").code == 0
    assert project.verb("adopt", "--yes").code == 0
    (project.root / ".git/hooks/pre-commit").unlink()
    project.write("lefthook.yml", "pre-commit: stillroom-check-revision\n")
    program = project.write(".venv/bin/stillroom-check-revision", "#!/bin/sh\n")
    program.chmod(0o755)
    return project


def test_all_is_well(whole: UserProject) -> None:
    done = whole.verb("doctor")
    assert done.code == 0, done.out + done.err
    assert "at ccc333\n" in done.out
    assert "ok  upgrade    strict mode, writable, with the privileges that it needs\n" in done.out


def test_each_line_of_the_server_is_broken_in_turn(whole: UserProject, database: sa.URL) -> None:
    run_sql(database, "CREATE TABLE `_orders_stillroom_new` (id INT)")
    left = whole.verb("doctor")
    assert left.code == 1
    assert "!!  leftovers  table copies left behind by a killed upgrade: _orders_still" in left.out
    run_sql(database, "UPDATE alembic_version SET version_num = 'eee555'")
    unknown = whole.verb("doctor")
    assert unknown.code == 1
    assert "eee555, but there is no file for it here" in unknown.out
    run_sql(database, "DROP TABLE alembic_version")
    unstamped = whole.verb("doctor")
    assert unstamped.code == 1
    assert "no revision is recorded" in unstamped.out
    whole.environment["SHOP_DB"] += "?init_command=SET+sql_mode=''"
    lax = whole.verb("doctor")
    assert lax.code == 1
    assert "sql_mode is not strict" in lax.out
    other = "mysql 8.0" if "mariadb" in lax.out else "mariadb 10.11"
    ini = whole.read("alembic.ini")
    (target,) = [line for line in ini.splitlines() if line.startswith("target = ")]
    whole.write("alembic.ini", ini.replace(target, f"target = {other}"))
    foreign = whole.verb("doctor")
    assert foreign.code == 1
    assert f"the revisions are written for {other}, but this server is " in foreign.out
    whole.environment["SHOP_DB"] = "mysql+pymysql://root@127.0.0.1:9/shop"
    down = whole.verb("doctor")
    assert down.code == 2
    assert "??  server     not reached: " in down.out


def test_an_account_without_privileges(whole: UserProject, database: sa.URL) -> None:
    run_sql(
        database,
        "DROP USER IF EXISTS 'stillroom_doctor'@'%'",
        "CREATE USER 'stillroom_doctor'@'%' IDENTIFIED BY 'plain'",
        f"GRANT SELECT, CREATE ON `{database.database}`.* TO 'stillroom_doctor'@'%'",
    )
    try:
        url = database.set(username="stillroom_doctor", password="plain").render_as_string(
            hide_password=False
        )
        done = whole.verb("doctor", SHOP_DB=url)
    finally:
        run_sql(database, "DROP USER 'stillroom_doctor'@'%'")
    assert done.code == 1, done.out
    assert "lacks ALTER, DELETE, DROP, INDEX, INSERT, REFERENCES, UPDATE" in done.out
    assert "without CREATE ROUTINE, PROCESS, TRIGGER" in done.out


def test_the_other_urls_have_lines_that_name_what_is_lacking(
    whole: UserProject, database: sa.URL
) -> None:
    user = f"{database.database}_d"[-32:]
    run_sql(database, f"CREATE USER {user} IDENTIFIED BY 'Doctor-1'")
    try:
        run_sql(database, rf"GRANT CREATE, DROP, ALTER, INDEX ON `stillroom\_lint\_%`.* TO {user}")
        url = f"mysql+pymysql://{user}:Doctor-1@{database.host}:{database.port}/"
        others = dict.fromkeys(("LINT_URL", "SCRATCH_URL", "REPLICA_URLS"), url)
        lacking = whole.verb("doctor", **others)
        assert lacking.code == 1
        assert "this account lacks REFERENCES on databases named stillroom_lint_" in lacking.out
        assert r"GRANT REFERENCES ON `stillroom\_lint\_%`.* TO" in lacking.out
        assert "INSERT, REFERENCES, SELECT, UPDATE on databases named stillr" in lacking.out
        assert "does not tell how far behind it is" in lacking.out
        assert "Doctor-1" not in lacking.out + lacking.err
        run_sql(database, rf"GRANT REFERENCES ON `stillroom\_lint\_%`.* TO {user}")
        run_sql(database, rf"GRANT ALL ON `stillroom\_scratch\_%`.* TO {user}")
        enough = whole.verb("doctor", **{**others, "REPLICA_URLS": ""})
        assert enough.code == 0, enough.out + enough.err
        wrong = whole.verb("doctor", LINT_URL=url.replace("Doctor-1", "leaked"))
        assert wrong.code == 2
        assert "??  LINT_URL" in wrong.out
        assert "leaked" not in wrong.out + wrong.err
    finally:
        run_sql(database, f"DROP USER {user}")
