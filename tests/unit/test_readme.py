"""What README, its translation, the guide in docs/ and the Makefile say is true."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path

import pytest

from stillroom.console.arguments import make_name
from stillroom.project.settings import VARIABLES
from stillroom.verbs import VERBS, make_target, module_of
from tests.support.pages import matches, session
from tests.support.projects import CASES, ROOT, SETTINGS, TEXTS, Answer, UserProject
from tests.support.repositories import make_repository

README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
STARTED = (ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TARGETS = [*map(make_target, VERBS), *re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)]


def make(project: UserProject, *arguments: str, **environment: str) -> Answer:
    return project.run("make", *arguments, **environment)


def test_the_table_of_verbs_is_that_of_the_program() -> None:
    rows = [
        f"| `{' '.join(filter(None, (name, verb.takes)))}` | {verb.summary} |"
        for name, verb in VERBS.items()
        if verb.often
    ]
    assert re.findall(r"^\| `.*$", README, re.MULTILINE) == rows
    others = ", ".join(f"`{name}`" for name, verb in VERBS.items() if not verb.often)
    assert f"\nAlso: {others}." in README
    assert others.replace(", ", "、") in CHINESE
    verbs = [row.split(" | ")[0] for row in rows]
    assert [row.split(" | ")[0] for row in re.findall(r"^\| `.*$", CHINESE, re.MULTILINE)] == verbs


def test_the_translation_has_the_sessions_the_picture_and_the_links() -> None:
    for pattern in (r"```.*?```", r"\]\((?!README)(.*?)\)"):
        assert re.findall(pattern, CHINESE, re.DOTALL) == re.findall(pattern, README, re.DOTALL)


def test_every_command_of_the_readme_is_run_by_a_test() -> None:
    """Here, in tests/server/test_readme.py, or in the session of docs/adopt.md."""
    adopted = [command for command, _ in session((ROOT / "docs" / "adopt.md").read_text("utf-8"))]
    for command, output in session(README):
        if command.startswith("stillroom adopt"):
            assert any(one.startswith(command) for one in adopted)
        else:
            assert (command, bool(output.strip())) in {
                ('git commit -am "add a nickname to user"', True),
                ("make plan", True),
                ("make upgrade", True),
                ("make migrate", False),
                ("make test", False),
                ("pip install stillroom", False),
            }


def test_readme_is_short_and_its_links_lead_somewhere() -> None:
    plain = re.sub(r"\]\(.*?\)", "]", README)
    assert len([word for word in plain.split() if re.search(r"\w", word)]) <= 800
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\((?!https?:|#)(.*?)(?:#.*?)?\)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), (page.name, link)


def test_the_table_of_targets_is_the_makefile() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `make ([a-z-]+)", text, re.MULTILINE) == TARGETS


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_every_target_that_is_mentioned_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z][a-z-]*[a-z])[ `\n]", text))
    (of_fleet,) = re.findall(r"^FLEET := (.*)$", MAKEFILE, re.MULTILINE)
    assert named <= {*TARGETS, *of_fleet.split(), "bench", "docs"}


def test_the_runbook_has_every_refusal_of_an_upgrade() -> None:
    runbook = (ROOT / "docs" / "upgrades.md").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
    codes = re.findall(r"^### (AP\d+)", page, re.MULTILINE)
    assert len(codes) > 35
    assert [code for code in codes if code not in runbook] == []


def test_what_the_linter_shows_in_the_workflow_is_true() -> None:
    shown = (ROOT / "docs" / "workflow.md").read_text(encoding="utf-8")
    case = (CASES / "lint" / "my301_blocks" / "message.txt").read_text(encoding="utf-8")
    assert case.split("\nalembic/")[0].rstrip() in shown


def test_what_a_contributor_is_told_to_run_exists() -> None:
    named = re.findall(r"(?:scripts|tests|docs|requirements)/[\w./-]*\w", CONTRIBUTING)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []
    for module in re.findall(r"-m (tests[\w.]+)", CONTRIBUTING):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file()
    others = {"coverage", "docs", "lint", "test-unit"}
    assert set(re.findall(r"\bmake ([a-z-]+)", CONTRIBUTING)) <= {*TARGETS, *others}


def test_the_example_of_settings_names_those_of_the_database() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^# (DB_\w+)=", example, re.MULTILINE)) == {
        name for name in VARIABLES if name.startswith("DB_")
    }


def test_the_tests_leave_out_every_variable_of_the_one_who_runs_them() -> None:
    assert VARIABLES.keys() <= SETTINGS


def test_help_fits_a_screen(checkout: UserProject) -> None:
    shown = make(checkout)
    lines = shown.out.splitlines()
    also = [word for line in lines if not line.startswith("make ") for word in line.split(" ")]
    named = [line.split()[1] for line in lines if line.startswith("make ")]
    others = re.findall(r"[\w-]+", " ".join(also).partition(";")[0])[1:]
    assert [target for target in TARGETS if target not in others] == named
    assert {*named, *others} == {*TARGETS}
    assert len(lines) <= 34
    assert max(map(len, lines)) <= 80


def test_one_rule_runs_every_verb() -> None:
    (listed,) = re.findall(r"^VERBS := (.*?[^\\])\n", MAKEFILE, re.MULTILINE | re.DOTALL)
    assert listed.replace("\\", "").split() == list(VERBS)
    assert re.findall(r"^\$\(VERBS\): .*\n\t(.*)\n\n", MAKEFILE, re.MULTILINE) == [
        "@$(VENV) -P -m stillroom $@"
    ]


def test_make_hands_over_all_that_the_verbs_take() -> None:
    (listed,) = re.findall(r"^TEXTS := (.*?[^\\])\n", MAKEFILE, re.MULTILINE | re.DOTALL)
    taken = set()
    for verb in VERBS:
        parser = ArgumentParser(add_help=False)
        import_module(module_of(verb)).arguments(parser)
        taken |= {make_name(action) for action in parser._actions}
    of_pre_commit = {"staged", "worktree", "from_ref", "to_ref", "all_files", "rules"}
    assert (
        set(listed.replace("\\", "").split())
        == {*(taken - of_pre_commit), "db", "quiet", "verbose"}
        == set(TEXTS)
    )


def test_each_recipe_runs_one_plain_python_command() -> None:
    recipes = re.findall(r"^\t(@.+)$", MAKEFILE, re.MULTILINE)
    assert recipes
    for recipe in recipes:
        assert re.fullmatch(
            r"@\$\((PYTHON|VENV)\) (scripts/\w+\.py( --\w+)?|(-P )?-m \w+.*)|@awk .*", recipe
        ), recipe


def test_every_script_of_a_recipe_exists() -> None:
    for name in re.findall(r"scripts/\w+\.py", MAKEFILE):
        assert (ROOT / name).is_file()


@pytest.mark.parametrize(
    ("goals", "said"),
    [
        (("upgrde",), "there is no target 'upgrde'. Did you mean `make upgrade`?"),
        (("lint_revisions",), "Did you mean `make lint-revisions`?"),
        (("upgrade", "head"), "'head'. Arguments have names, as in `make upgrade rev=head`"),
        (("it's;`id`",), "there is no target 'it's;`id`'. Arguments have names"),
    ],
)
def test_an_unknown_target_is_told_before_anything_is_done(
    checkout: UserProject, goals: tuple[str, ...], said: str
) -> None:
    answer = make(checkout, *goals)
    assert answer.code == 2
    assert "nothing was done: " in answer.err
    assert said in answer.err
    assert not (checkout.root / "app.db").exists()


@pytest.mark.parametrize("asked", ["-npq .DEFAULT", "-pRrq :"], ids=["bash", "fish"])
def test_a_shell_reads_the_targets_that_it_completes(checkout: UserProject, asked: str) -> None:
    assert "\nupgrade: " in make(checkout, *asked.split()).out


def test_the_environment_is_made_once_in_a_run_and_anew_where_it_was_moved(
    checkout: UserProject,
) -> None:
    def installs(*goals: str) -> list[str]:
        return re.findall(r"scripts/install\.py.*", make(checkout, "--dry-run", *goals).out)

    assert installs("migrate") == []
    assert installs("migrate", "lint", "test") == ["scripts/install.py --dev"]
    for place in ("/elsewhere", f"{checkout.root}/below", "/", ""):
        checkout.write(".venv/ready", f"cpython-311 0\n{place}\n")
        assert installs("migrate") == ["scripts/install.py"]


def as_it_is_cloned(project: UserProject) -> None:
    """With the snapshot, which the projects of other tests leave out."""
    shutil.copy(ROOT / "alembic" / "schema.sql", project.root / "alembic")


def test_getting_started_happens_as_it_is_printed(checkout: UserProject) -> None:
    as_it_is_cloned(checkout)
    checkout.environment |= {"COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
    for command, output in session(STARTED):
        if "m=" in command:
            model = "app/models/user.py"
            (column,) = re.findall(r"```python\n( .*\n)```", STARTED)
            checkout.write(model, checkout.read(model) + column)
        done = checkout.run("bash", "-c", f"exec 2>&1; {command}")
        expected, said = (re.sub(r"\d[\d.]* s\b", "N s", text) for text in (output, done.out))
        assert done.code == 0, said
        assert matches(expected, said), said


def test_what_a_forgotten_revision_shows_is_true(tmp_path: Path) -> None:
    """In one stream, as git gives what a hook says."""
    repository = make_repository(tmp_path, hook="none")
    as_it_is_cloned(repository)
    repository.git("add", "--all")
    repository.git("commit", "--message=snapshot")  # a clone has it committed, and begins there
    model = "app/models/user.py"
    column = "    nickname: Mapped[str | None] = mapped_column(String(40))\n"
    repository.write(model, repository.read(model) + column)
    repository.git("add", "--all")
    command = f"unset PYTHONUNBUFFERED; {sys.executable} scripts/check_revision.py 2>&1"
    said = repository.run("sh", "-c", command, PRE_COMMIT="1")
    shown = dict(session(README))['git commit -am "add a nickname to user"']
    assert (said.code, said.out) == (1, shown)


MESSAGE = 'it\'s `x` $HOME $(shell touch pwned) "q" 中文 #1 %'


def test_a_message_arrives_verbatim(checkout: UserProject) -> None:
    checkout.replace("app/models/user.py", "String(255), index=True", "String(200), index=True")
    migrated = make(checkout, "migrate", f"m={MESSAGE}")
    assert migrated.code == 0, migrated.err
    assert checkout.revisions()[-1].read_text().startswith(f'"""{MESSAGE}\n')
    assert not (checkout.root / "pwned").exists()


def test_a_setting_on_the_command_line_of_make_arrives_verbatim(checkout: UserProject) -> None:
    answer = make(checkout, "upgrade", "DB_HOST=127.0.0.1", "DB_PORT=1", "DB_NAME=a$b`c`")
    assert answer.code == 2
    assert "127.0.0.1:1: no server answers" in answer.err
    answer = make(checkout, "downgrade", "rev=-1", "DB_HOST=db.invalid", "DB_NAME=a$b`c`")
    assert "CONFIRM='a$b`c`' make downgrade rev=-1" in answer.err
    confirmed = ["DB_HOST=db.invalid", "DB_NAME=a$b`c`", "CONFIRM=a$b`c`"]
    answer = make(checkout, "downgrade", "rev=-1", *confirmed)
    assert "db.invalid:3306: no server answers" in answer.err


def test_every_verb_has_a_module_and_help() -> None:
    environment = {"PYTHONPATH": str(ROOT / "scripts")}
    for verb in ("", "--help"):
        command = (
            f"from stillroom.cli import main; raise SystemExit(main({[verb] if verb else []}))"
        )
        shown = subprocess.run(
            [sys.executable, "-c", command],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert all(name.replace("_", "-") in shown for name in VERBS)
