"""What `make revision steps=2` writes, when it writes nothing, and where an upgrade stops."""

from __future__ import annotations

import io
import re
import sqlite3
from contextlib import closing

import pytest

from stillroom.authoring.renames.questions import Interactive, Rename
from stillroom.authoring.two_step.changes import Rename as TwoStepRename
from stillroom.authoring.two_step.triggers import created
from stillroom.catalog import Column, DataType, statements
from tests.support.projects import Answer, UserProject, verb_command
from tests.support.rolling import STAMP, module, printed
from tests.support.terminals import answered

MODELS = "app/models/item.py"
SERVER = "mysql+pymysql://root@db.invalid/shop"
TITLE = "title = mapped_column(String(40), nullable=False)"
HEADLINE = "headline = mapped_column(String(40), nullable=False)"
RENAME = ("--rename", "item.title:headline")


def ran(project: UserProject, verb: str, *arguments: str, code: int = 0, **more: str) -> Answer:
    answer = project.verb(verb, *arguments, **more)
    assert answer.code == code, answer.out + answer.err
    return answer


def changed(project: UserProject, before: str, after: str) -> None:
    """The models as they are now, behind a revision of what they were."""
    project.write(MODELS, before)
    ran(project, "revision", "-m", "items", DB_URL=SERVER)
    project.write(MODELS, after)


def in_two_steps(project: UserProject, *arguments: str, code: int = 0) -> Answer:
    return ran(
        project, "revision", "-m", "change", "--steps", "2", *arguments, code=code, DB_URL=SERVER
    )


def texts(project: UserProject) -> tuple[str, str]:
    """The expand and the contract revision."""
    files = dict.fromkeys(("expand", "contract"), project.root / "alembic/versions")
    first, second = (next(files[name].glob(f"*_{name}_*")) for name in files)
    return first.read_text("utf-8"), second.read_text("utf-8")


@pytest.fixture
def renamed(project: UserProject) -> UserProject:
    """A project in whose models a column has another name."""
    changed(project, module(TITLE) + STAMP, module(HEADLINE) + STAMP)
    return project


@pytest.fixture
def embedded(project: UserProject) -> UserProject:
    """As ``renamed``, with a table that SQLite can have, too."""
    changed(project, module(TITLE), module(HEADLINE))
    in_two_steps(project, *RENAME)
    return project


def test_a_rename_is_written_whole(renamed: UserProject) -> None:
    said = in_two_steps(renamed, *RENAME)
    expand, contract = texts(renamed)
    name = re.search(r'^revision: str = "(\w+)"', expand, re.MULTILINE)
    assert name is not None
    assert f"# stillroom: contract of {name[1]}\n" in contract
    assert expand.count("CREATE TRIGGER") == contract.count("CREATE TRIGGER") == 2
    assert expand.count("DROP TRIGGER") == contract.count("DROP TRIGGER") == 2
    # What the server sets on each UPDATE stays as it is.
    assert '"headline = title, changed = changed"' in expand
    assert contract.index("DROP TRIGGER") < contract.index('drop_column("title")')
    ran(renamed, "lint-revisions", "--all", DB_URL=SERVER)
    for models in (module(*printed(said.out, 1)), module(*printed(said.out, 2))):
        renamed.write(MODELS, models + STAMP)
        ran(renamed, "check", "--worktree", DB_URL=SERVER)
        nothing = ran(renamed, "revision", "-m", "more", DB_URL=SERVER)
        assert "The models need no revision" in nothing.out
    renamed.write(MODELS, module(TITLE) + STAMP)
    ran(renamed, "check", "--worktree", code=1, DB_URL=SERVER)


def test_models_near_those_of_before_a_contract(renamed: UserProject) -> None:
    said = in_two_steps(renamed, *RENAME)
    more = "note = mapped_column(Text, nullable=True)"
    renamed.write(MODELS, module(*printed(said.out, 1), more) + STAMP)
    checked = ran(renamed, "check", "--worktree", code=1, DB_URL=SERVER)
    assert "item.note" in checked.out
    assert "headline" not in checked.out
    refused = ran(renamed, "revision", "-m", "more", code=2, DB_URL=SERVER)
    assert "nearly match the tables before the contract revision" in refused.err


@pytest.mark.parametrize(
    ("before", "after", "arguments", "why"),
    [
        (TITLE, HEADLINE, (), "To rename it in two steps, while code that knows the old name"),
        (TITLE, TITLE, (), "steps: no change of the models needs two steps"),
        (TITLE, HEADLINE, ("--empty",), "steps: a skeleton has no steps"),
        (TITLE, HEADLINE, ("--steps", "3"), "steps: '3' is neither 1 nor 2"),
        (
            TITLE,
            "headline = mapped_column(String(40), nullable=False, server_default=text(\"'x'\"))",
            RENAME,
            "its default changes, too",
        ),
        (
            "title = mapped_column(DateTime, server_default=text('CURRENT_TIMESTAMP'))",
            "headline = mapped_column(DateTime, server_default=text('CURRENT_TIMESTAMP'))",
            RENAME,
            "where it is NULL, a trigger could not tell that from its default",
        ),
        (
            "title = mapped_column(String(9), unique=True, server_default=text(\"'x'\"))",
            "headline = mapped_column(String(9), unique=True, server_default=text(\"'x'\"))",
            RENAME,
            "it is unique and has a default",
        ),
        (
            "title = mapped_column(Integer, primary_key=True)",
            "headline = mapped_column(Integer, primary_key=True)",
            RENAME,
            "item.title cannot be renamed in two steps: it is a column of the primary key",
        ),
        (
            "title = mapped_column(mysql.INTEGER, ForeignKey('user.id'))",
            "headline = mapped_column(mysql.INTEGER, ForeignKey('user.id'))",
            RENAME,
            "it is a column of the foreign key",
        ),
        (
            "title = mapped_column(Integer, Computed('1 + 1'))",
            "headline = mapped_column(Integer, Computed('1 + 1'))",
            RENAME,
            "the server calculates it",
        ),
        (
            f"{TITLE}\n    long = mapped_column(Integer, Computed('char_length(title)'))",
            f"{HEADLINE}\n    long = mapped_column(Integer, Computed('char_length(headline)'))",
            RENAME,
            "long is calculated from it",
        ),
    ],
    ids=lambda value: None,
)
def test_what_cannot_be_done_is_refused(
    project: UserProject, before: str, after: str, arguments: tuple[str, ...], why: str
) -> None:
    changed(project, module(before), module(after))
    files = project.revisions()
    refused = in_two_steps(project, *arguments, code=2)
    assert why in refused.err
    assert project.revisions() == files


def test_a_drop_waits_for_the_contract(project: UserProject) -> None:
    more = 'note = mapped_column(String(40), nullable=False, index=True, comment="%s")'
    changed(project, module(TITLE, more), module(TITLE))
    said = in_two_steps(project, "--fill", "item.note='none'")
    expand, contract = texts(project)
    up, down = expand.split("def downgrade")
    assert "nullable=True" in up
    assert "note = 'none'" in down
    assert "# stillroom: allow MY102 <reason>" in contract
    assert "It loses data." in said.out
    project.write(MODELS, module(TITLE, *printed(said.out, 1)))
    ran(project, "check", "--worktree", DB_URL=SERVER)


def test_a_table_is_dropped_by_the_contract(project: UserProject) -> None:
    other = module(TITLE).replace("Item", "Other").replace('"item"', '"other"')
    project.write("app/models/other.py", other)
    changed(project, module(TITLE), module(TITLE))
    (project.root / "app/models/other.py").unlink()
    in_two_steps(project)
    expand, contract = texts(project)
    assert "drop_table" not in expand
    assert 'op.drop_table("other")' in contract
    assert "# stillroom: allow MY101 <reason>" in contract
    ran(project, "check", "--worktree", DB_URL=SERVER)


def test_a_required_column_is_filled_twice(project: UserProject) -> None:
    slug = "slug = mapped_column(String(40), nullable=False)"
    changed(project, module(TITLE), module(TITLE, slug))
    refused = in_two_steps(project, code=2)
    assert "item.slug is NOT NULL, and has no default" in refused.err
    said = in_two_steps(project, "--fill", "item.slug=LOWER(title)")
    for text in texts(project):
        assert "slug = LOWER(title)" in text
    assert "nullable=False" not in texts(project)[0]
    ran(project, "lint-revisions", "--all", DB_URL=SERVER)
    project.write(MODELS, module(TITLE, *printed(said.out, 1)))
    ran(project, "check", "--worktree", DB_URL=SERVER)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("Integer", "String(9)", "INT(11) and VARCHAR(9) hold different kinds of values"),
        ("Numeric(9, 4)", "Numeric(9, 2)", "would round values of DECIMAL(9,4)"),
        ("mysql.DATETIME(fsp=6)", "DateTime", "would round values of DATETIME(6)"),
        (
            "mysql.VARCHAR(9)",
            "mysql.VARCHAR(5, charset='latin1')",
            "latin1 may lack characters of utf8mb4",
        ),
    ],
)
def test_types_that_need_a_second_column(
    project: UserProject, before: str, after: str, why: str
) -> None:
    kind = "kind = mapped_column({}, nullable=False)"
    changed(project, module(kind.format(before)), module(kind.format(after)))
    refused = in_two_steps(project, code=2)
    assert "steps: item.kind cannot get its new type under its name in two steps: " in refused.err
    assert why in refused.err
    assert 'rename="item.kind:kind_new" steps=2' in refused.err


def test_another_type_has_another_column(project: UserProject) -> None:
    kind = "kind = mapped_column({}, nullable=False)"
    changed(project, module(kind.format("Integer")), module(kind.format('"kind_new", String(9)')))
    said = in_two_steps(project, "--rename", "item.kind:kind_new")
    expand, _ = texts(project)
    assert "`kind_new` IS NULL AND `kind` IS NOT NULL" in expand
    assert "ELSEIF" in expand
    for release in (1, 2):
        lines = printed(said.out, release)
        assert lines[0].startswith('kind = mapped_column("kind_new", String(length=9), ')
        project.write(MODELS, module(*lines))
        ran(project, "check", "--worktree", DB_URL=SERVER)


def test_a_wider_type_needs_no_steps(project: UserProject) -> None:
    changed(project, module(TITLE), module(TITLE.replace("40", "80")))
    refused = in_two_steps(project, code=2)
    assert "steps: no change of the models needs two steps" in refused.err


def test_a_table_keeps_its_name(renamed: UserProject) -> None:
    renamed.replace(MODELS, '"item"', '"thing"')
    refused = in_two_steps(renamed, "--rename", "item:thing", code=2)
    assert "the table item cannot be renamed in two steps" in refused.err
    assert '__tablename__ = "item"' in refused.err


def test_an_upgrade_stops_before_the_contract(embedded: UserProject) -> None:
    versions = sorted((embedded.root / "alembic/versions").glob("*change*"))
    aside = [path.rename(path.with_suffix(".aside")) for path in versions]
    ran(embedded, "upgrade")
    with closing(sqlite3.connect(embedded.root / "app.db")) as file:
        file.execute("INSERT INTO item (code, title) VALUES ('a', 'A')")
        file.commit()
    for path in aside:
        path.rename(path.with_suffix(".py"))
    said = ran(embedded, "upgrade").err
    assert "(expand)" in said
    assert "AP123 the upgrade stops before the contract revision" in said
    assert "nothing says that no older code runs" in said
    assert "waiting " in ran(embedded, "status", code=1).out
    assert "Contract revision: an upgrade stops before it" in ran(embedded, "plan").out
    unknown = ran(embedded, "upgrade", STILLROOM_RELEASE="v9").err
    assert "the setting release cannot be used: " in unknown
    ran(embedded, "upgrade", CONTRACT="1")
    ran(embedded, "status")
    with closing(sqlite3.connect(embedded.root / "app.db")) as file:
        assert file.execute("SELECT code, headline FROM item").fetchall() == [("a", "A")]
    ran(embedded, "downgrade", "--", "-2")
    ran(embedded, "upgrade", "--contract")


def test_a_database_made_from_base_has_no_older_code(embedded: UserProject) -> None:
    assert "AP123" not in ran(embedded, "upgrade").err
    ran(embedded, "status")


def test_a_contract_follows_its_expand(renamed: UserProject) -> None:
    in_two_steps(renamed, *RENAME)
    (contract,) = (renamed.root / "alembic/versions").glob("*_contract_*")
    text = contract.read_text("utf-8")
    for line, what in (
        ("# stillroom: contract", "names no expand revision"),
        ("# stillroom: contract of 123456789abc", "is the contract of 123456789abc, which is no"),
    ):
        contract.write_text(re.sub(r"# stillroom: contract of \w+", line, text), "utf-8")
        checked = ran(renamed, "check", "--worktree", code=2, DB_URL=SERVER)
        assert f"{contract.name}:23: " in checked.err
        assert what in checked.err
        upgraded = ran(renamed, "upgrade", code=2)
        assert "AP124 " in upgraded.err
        assert what in upgraded.err


def test_the_answer_at_the_terminal() -> None:
    asked = io.StringIO()
    questioner = Interactive({}, (), io.StringIO("2\n"), asked)
    assert questioner.ask(Rename("", "item", "title", "headline"))
    assert questioner.steps == 2
    assert asked.getvalue().endswith("[y/n/2: in two steps] ")
    questioner = Interactive({}, (), io.StringIO("2\nn\n"), asked)
    assert questioner.ask(Rename("", "item", "item", "thing", "table")) is False
    assert questioner.steps == 1


def test_the_answer_leads_to_two_revisions(renamed: UserProject) -> None:
    command = verb_command("revision", "-m", "change")
    done = answered(renamed.root, command, b"2\n", DB_URL=SERVER)
    assert done.code == 0, done.err
    assert done.err.count("[y/n/2: in two steps]") == 1
    assert "CREATE TRIGGER" in texts(renamed)[0]


def test_names_of_triggers_are_short_and_one_statement_each() -> None:
    rename = TwoStepRename("", "t" * 64, "o" * 64, "n" * 64)
    kind = DataType("varchar", 9)
    made = created(rename, Column("o" * 64, kind), Column("n" * 64, kind))
    for statement in made:
        name = re.match(r"CREATE TRIGGER `(\w+)`", statement)
        assert name is not None
        assert len(name[1]) <= 64
        assert statements(statement) == [statement]
    assert len({statement[:90] for statement in made}) == 2
