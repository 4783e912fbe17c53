"""Several databases of one project on real servers."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.support import servers
from tests.support.projects import CASES, UserProject


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
