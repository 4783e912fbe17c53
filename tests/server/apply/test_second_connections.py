"""What a revision reads through other connections than Alembic's belongs to its story, too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from alembic.config import Config

from stillroom import apply
from stillroom.apply import events
from stillroom.errors import StillroomError
from tests.support import servers
from tests.support.crashes import Cut, contents, difference, run, up, write_history

TABLES = """\
    op.create_table("parent", sa.Column("tag", sa.String(50), primary_key=True))
    op.create_table(
        "child",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("tag", sa.String(50)),
        sa.ForeignKeyConstraint(["tag"], ["parent.tag"], name="fk_tag"),
    )
    op.execute("INSERT INTO parent VALUES ('a'), ('b')")
    op.execute("INSERT INTO child VALUES (1, 'a'), (2, 'b')")
"""
# Looks the foreign keys up, drops them, alters both tables, and makes what it has found again.
WORK = """\
    for key in found:
        op.drop_constraint(key["name"], "child", type_="foreignkey")
    op.alter_column("parent", "tag", type_=sa.String(60), existing_nullable=False)
    op.alter_column("child", "tag", type_=sa.String(60))
    for key in found:
        columns, others = key["constrained_columns"], key["referred_columns"]
        op.create_foreign_key(key["name"], "child", "parent", columns, others)
"""
LOOKS = {
    "inspect the engine": 'found = sa.inspect(op.get_bind().engine).get_foreign_keys("child")',
    "reflect with the engine": """
    metadata = sa.MetaData()
    metadata.reflect(bind=op.get_bind().engine)
    found = [
        {"name": key.name, "constrained_columns": list(key.column_keys),
         "referred_columns": [element.column.name for element in key.elements]}
        for key in metadata.tables["child"].foreign_key_constraints
    ]""",
    "an engine of its own": """
    import os
    engine = sa.create_engine(os.environ["CRASH_URL"])
    found = sa.inspect(engine).get_foreign_keys("child")""",
    "an engine that keeps nothing": """
    import os
    engine = sa.create_engine(os.environ["CRASH_URL"], poolclass=sa.NullPool)
    with engine.connect() as other:
        found = sa.inspect(other).get_foreign_keys("child")
    engine.dispose()""",
    "between its statements": """
    op.add_column("child", sa.Column("note", sa.String(10)))
    with op.get_bind().engine.connect() as other:
        count = other.scalar(sa.text("SELECT COUNT(*) FROM child WHERE note IS NULL"))
        found = sa.inspect(other).get_foreign_keys("child")
    op.execute(f"UPDATE child SET note = {count}")""",
    "row by row": """
    with op.get_bind().engine.connect() as other:
        rows = other.execution_options(stream_results=True).execute(sa.text(
            "SELECT constraint_name FROM information_schema.referential_constraints"
            " WHERE constraint_schema = DATABASE() AND table_name = 'child'"))
        found = []
        for row in rows:
            op.add_column("child", sa.Column("note", sa.String(10)))
            found.append({"name": row[0], "constrained_columns": ["tag"],
                          "referred_columns": ["tag"]})""",
    "in a thread": """
    import os
    from concurrent.futures import ThreadPoolExecutor

    def look():
        return sa.inspect(sa.create_engine(os.environ["CRASH_URL"])).get_foreign_keys("child")

    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(look).result()""",
    "behind SQLAlchemy's connection": """
    cursor = op.get_bind().connection.driver_connection.cursor()
    cursor.execute("SELECT constraint_name FROM information_schema.referential_constraints"
                   " WHERE constraint_schema = DATABASE() AND table_name = 'child'")
    found = [{"name": name, "constrained_columns": ["tag"], "referred_columns": ["tag"]}
             for name, in cursor]""",
    "the driver alone": """
    import pymysql
    url = op.get_bind().engine.url
    raw = pymysql.connect(
        host=url.host,
        port=url.port,
        user=url.username,
        password=url.password or "",
        database=url.database,
    )
    with raw.cursor() as cursor:
        cursor.execute("SELECT constraint_name FROM information_schema.referential_constraints"
                       " WHERE constraint_schema = DATABASE() AND table_name = 'child'")
        found = [{"name": name, "constrained_columns": ["tag"], "referred_columns": ["tag"]}
                 for name, in cursor.fetchall()]
    raw.close()""",
}


def history(folder: Path, look: str) -> Path:
    """Two revisions: tables, and work that depends on what a second connection sees."""
    return write_history(folder, TABLES, f"{look.strip()}\n{WORK}", ids=("a1", "a2"))


@pytest.mark.parametrize("look", LOOKS)
def test_a_cut_behind_any_statement_converges(server_url: str, tmp_path: Path, look: str) -> None:
    folder = history(tmp_path, LOOKS[look])
    with servers.database(server_url) as url:
        whole = run(url, up, history=folder)
        assert whole.code == 0, whole.text
        messages = whole.text.split("\0")
        expected = contents(url)
    assert "fk_tag" in expected["child"]
    begun = next(n for n, text in enumerate(messages) if "DROP FOREIGN KEY fk_tag" in text)
    for number in (n for n, text in enumerate(messages, 1) if n > begun and text[:5] == "ALTER"):
        with servers.database(server_url) as url:
            assert run(url, up, Cut(number, "before"), folder).code == -9
            again = run(url, up, history=folder)
            assert again.code == 0, again.text
            assert difference(expected, contents(url)) == ""


def test_what_a_second_connection_writes_is_done_once(server_url: str, tmp_path: Path) -> None:
    """And what it has refused, and the revision caught, is refused again."""
    look = """
    with op.get_bind().engine.begin() as other:
        other.execute(sa.text("INSERT INTO child VALUES (3, 'a')"))
    try:
        with op.get_bind().engine.begin() as other:
            other.execute(sa.text("INSERT INTO child VALUES (4, 'no parent')"))
    except sa.exc.IntegrityError:
        with op.get_context().autocommit_block():
            op.execute("INSERT INTO child VALUES (5, 'b')")
    with op.get_bind().engine.connect() as other:
        other.exec_driver_sql("ALTER TABLE child ADD COLUMN late INT")
    found = sa.inspect(op.get_bind().engine).get_foreign_keys("child")"""
    folder = history(tmp_path, look)
    with servers.database(server_url) as url:
        whole = run(url, up, history=folder)
        assert whole.code == 0, whole.text
        messages = whole.text.split("\0")
        expected = contents(url)
    changes = ("ALTER", "INSERT INTO child", "COMMIT")
    first = next(n for n, text in enumerate(messages, 1) if "(3, 'a')" in text)
    for number in (n for n, text in enumerate(messages, 1) if n >= first):
        if not messages[number - 1].startswith(changes):
            continue
        with servers.database(server_url) as url:
            assert run(url, up, Cut(number, "before"), folder).code == -9
            again = run(url, up, history=folder)
            assert again.code == 0, f"{messages[number - 1]}: {again.text}"
            assert difference(expected, contents(url)) == ""


def test_a_connection_that_nobody_closes_ends_with_its_revision(
    server_url: str, tmp_path: Path
) -> None:
    """It would keep its table from the next one: its transaction is open."""
    look = LOOKS["the driver alone"].replace("    raw.close()", "").replace(
        "SELECT constraint_name FROM", "SELECT tag FROM child UNION SELECT constraint_name FROM"
    )  # fmt: skip
    alter = 'op.add_column("child", sa.Column("late", sa.Integer))'
    folder = write_history(tmp_path, TABLES, look, alter)
    with servers.database(server_url) as url:
        done = run(url, _impatient, history=folder)
        assert done.code == 0, done.text


def _impatient(config: Config) -> None:
    apply.upgrade(config, "head", options=apply.Options(lock_limit=2))


def test_what_another_program_reads_is_not_kept(server_url: str, tmp_path: Path) -> None:
    """It says so before the first statement behind, and names the program when it has failed."""
    look = """
    import subprocess, sys
    code = ("import os, sqlalchemy as sa; engine = sa.create_engine(os.environ['CRASH_URL']);"
            "print(*[key['name'] for key in sa.inspect(engine).get_foreign_keys('child')])")
    names = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    found = [{"name": name, "constrained_columns": ["tag"], "referred_columns": ["tag"]}
             for name in names]"""
    folder = history(tmp_path, look)
    with servers.database(server_url) as url:
        told = run(url, _telling, history=folder)
        program = Path(sys.executable).name
        assert "dropped first" in told.text, told.text
        assert f"AP119 revision a2 starts another program, {program}, and" in told.text
        again = run(url, up, history=folder)
        assert "AP204" in again.text
        assert (
            f"starts another program ({program}),\n    which finds the database as it is now"
            in again.text
        )


def _telling(config: Config) -> None:
    """Print what is noticed, and end behind the first DROP."""
    noticed: list[str] = []

    def listen(event: events.Event) -> None:
        if isinstance(event, events.Noticed):
            noticed.append(str(event.finding))
        if isinstance(event, events.StatementDone) and "DROP" in event.text:
            raise StillroomError("dropped first", fix="\n".join(noticed))

    apply.upgrade(config, "head", listener=listen)
