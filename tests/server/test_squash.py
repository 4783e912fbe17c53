"""Databases that a squash makes, on real servers: they are those of the history, then and later."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from tests.support import servers, tables
from tests.support.repositories import FIRST, REVISION, make_repository

KEYS = """    op.execute("CREATE TABLE role (id INT PRIMARY KEY, name VARCHAR(40), n INT UNSIGNED)")
    op.execute("INSERT INTO role VALUES (1, 'admin', 7), (2, 'it''s: %', NULL)")
    op.execute("CREATE TABLE task (id INT PRIMARY KEY, a INT, b INT, c INT)")
    op.execute("ALTER TABLE task ADD FOREIGN KEY (a) REFERENCES role (id), ADD KEY kb (b, c)")
    op.execute("ALTER TABLE task ADD FOREIGN KEY (c) REFERENCES role (id), ADD UNIQUE uc (c, b)")
    op.execute("ALTER TABLE task ADD CONSTRAINT own FOREIGN KEY (b) REFERENCES role (id)")
    op.execute("CREATE TABLE own (id INT PRIMARY KEY, x INT, y INT, KEY xy (x, y))")
    op.execute("ALTER TABLE own ADD FOREIGN KEY (x) REFERENCES role (id)")
    op.execute("ALTER TABLE own ADD FOREIGN KEY (y) REFERENCES role (id)")
    op.execute("ALTER TABLE role ADD boss INT, ADD FOREIGN KEY (boss) REFERENCES task (id)")
    op.execute("CREATE VIEW admins AS SELECT id FROM role")"""
# A key that the server has made goes when this one comes.
LATER = """    op.execute("ALTER TABLE task ADD KEY wide (a, id), ADD KEY last (c, id)")
    op.execute("ALTER TABLE own ADD KEY yx (y, x)")"""


def test_they_are_the_same(tmp_path: Path, server_url: str) -> None:
    project = make_repository(tmp_path / "shop", hook="none")
    target = f"target = {tables.target_of(sa.make_url(server_url))}"
    project.replace("alembic.ini", "# target = mariadb 10.11", target)

    def add(id_: str, below: str, body: str) -> None:
        text = REVISION.format(message=id_, id=id_, below=below, body=body)
        project.write(f"alembic/versions/{id_}.py", text)

    add("aaaa", FIRST, KEYS)
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "x")
    with (
        servers.database(server_url) as upgraded,
        servers.database(server_url) as squashed,
        servers.database(server_url) as loaded,
    ):
        urls = [upgraded, squashed, loaded]

        def run(verb: str, url: sa.URL) -> None:
            done = project.verb(verb, DB_URL=url.render_as_string(hide_password=False))
            assert done.code == 0, done.out + done.err

        run("upgrade", upgraded)
        assert project.verb("squash", "aaaa").code == 0
        assert project.verb("snapshot").code == 0
        run("upgrade", squashed)
        run("load", loaded)
        add("bbbb", "aaaa", LATER)
        made = []
        for _ in ("at the squash", "behind it"):
            made += [(servers.show_create(url), rows(url)) for url in urls]
            for url in urls:
                run("upgrade", url)
                assert "AP107" not in project.verb("status", DB_URL=str(url)).out
    assert made[0] == made[1] == made[2]
    assert made[3] == made[4] == made[5] != made[0]


def rows(url: sa.URL) -> list[tuple[object, ...]]:
    with sa.create_engine(url).connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text("SELECT * FROM role"))]
