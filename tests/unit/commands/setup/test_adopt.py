"""`stillroom adopt` in the project of somebody else, whose server does not answer."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from stillroom.adoption.live import Live
from stillroom.adoption.survey import Survey
from stillroom.catalog import Catalog, Target
from stillroom.commands.setup import adopt
from stillroom.project.fresh_process import in_fresh_process
from stillroom.staged.workspace import load_settings, project_history
from tests.support.projects import CASES, UserProject


@pytest.fixture
def foreign(tmp_path: Path) -> UserProject:
    """A project of Alembic's generic template, committed, with nothing of ours."""
    shutil.copytree(CASES / "generic", tmp_path / "shop")
    project = UserProject(tmp_path / "shop")
    commit(project, "project")
    return project


def commit(project: UserProject, message: str) -> None:
    for command in (
        ["git", "init", "-q", "."],
        ["git", "config", "user.email", "somebody@example.org"],
        ["git", "config", "user.name", "somebody"],
        ["git", "add", "-A"],
        ["git", "commit", "-q", "--no-verify", "-m", message],
    ):
        assert project.run(*command).code == 0


def changed(project: UserProject) -> list[str]:
    return project.run("git", "status", "--short").out.splitlines()


def test_a_dry_run_shows_the_changes_and_writes_nothing(foreign: UserProject) -> None:
    done = foreign.verb("adopt", "--dry-run", "--target", "mariadb 10.11")
    assert done.code == 0, done.err
    assert "database    not reached: " in done.out
    assert "models      match the 3 revisions" in done.out
    assert "+[stillroom]\n+target = mariadb 10.11\n" in done.out
    assert "+from stillroom.env import guard\n" in done.out
    assert changed(foreign) == []
    assert not (foreign.root / ".git" / "hooks" / "pre-commit").exists()


def test_it_asks_and_without_a_terminal_writes_nothing(foreign: UserProject) -> None:
    done = foreign.verb("adopt", "--target", "mariadb 10.11")
    assert done.code == 2
    assert "there is no terminal" in done.err
    assert changed(foreign) == []


def test_it_writes_what_it_shows_and_then_has_nothing_to_do(foreign: UserProject) -> None:
    done = foreign.verb("adopt", "--yes", "--target", "mariadb 10.11")
    assert done.code == 0, done.err
    assert changed(foreign) == [" M alembic.ini", " M migrations/env.py"]
    hook = foreign.root / ".git" / "hooks" / "pre-commit"
    assert hook.read_text(encoding="utf-8") == "#!/bin/sh\nstillroom-check-revision\n"
    assert hook.stat().st_mode & 0o111
    again = foreign.verb("adopt", "--yes", "--target", "mariadb 10.11")
    assert again.code == 0
    assert "Nothing to do" in again.out
    assert foreign.verb("check", "--worktree").code == 0


def test_differences_of_today_are_accepted(foreign: UserProject) -> None:
    foreign.replace("shop/models.py", "String(200)", "String(300)")
    done = foreign.verb("adopt", "--yes")
    assert done.code == 0, done.err
    assert "models      1 difference from what the 3 revisions make" in done.out
    assert "mariadb 10.11 is assumed" in done.out
    assert foreign.verb("check", "--worktree").code == 0
    assert "?? migrations/accepted_drift.txt" in changed(foreign)


def test_what_cannot_be_judged_is_left_alone(foreign: UserProject) -> None:
    foreign.write("shop/models.py", "import no_such_library\n")
    done = foreign.verb("adopt", "--yes")
    assert done.code == 2
    assert "no_such_library" in done.err
    assert "Traceback" not in done.err
    assert changed(foreign) == [" M shop/models.py"]


def test_a_setting_that_is_missing_is_named_for_the_database_too(foreign: UserProject) -> None:
    models = foreign.read("shop/models.py")
    foreign.write("shop/models.py", f'import os\n\nos.environ["SHOP_SECRET"]\n{models}')
    done = foreign.verb("adopt", "--dry-run")
    assert done.code == 2
    missing = "these settings are missing: SHOP_SECRET"
    place = "migrations/env.py:5"
    assert f"database    not reached: {place}: AP308 env.py failed: {missing}\n" in done.out
    assert f"{place}: {missing}\n" in done.err


def test_the_line_that_is_at_fault_is_named_beside_that_of_env_py(foreign: UserProject) -> None:
    models = foreign.read("shop/models.py")
    foreign.write("shop/models.py", f"{models}\nprint(Unknown)\n")
    done = foreign.verb("adopt", "--dry-run")
    line = models.count("\n") + 2
    what = f"NameError: name 'Unknown' is not defined (raised in shop/models.py:{line})"
    assert f"migrations/env.py:5: {what}" in done.err


def test_what_the_first_revision_will_make_is_not_accepted(foreign: UserProject) -> None:
    for file in foreign.root.glob("migrations/versions/*.py"):
        file.unlink()
    done = foreign.verb("adopt", "--yes", "--target", "mariadb 10.11")
    assert done.code == 0, done.err
    assert "models      have no revision yet; to write the first: " in done.out
    assert not (foreign.root / "migrations/accepted_drift.txt").exists()
    assert foreign.verb("revision", "-m", "first").code == 0
    assert "models      match the 1 revision\n" in foreign.verb("adopt", "--yes").out
    assert foreign.verb("check").code == 0


def without_metadata(project: UserProject) -> None:
    """Alembic's template as it is: env.py imports no models."""
    project.replace("migrations/env.py", "from shop.models import Base\n", "")
    project.replace("migrations/env.py", "= Base.metadata", "= None")


def test_revisions_may_be_all_there_is(foreign: UserProject) -> None:
    """And are judged: what the check says of them is no word on models."""
    without_metadata(foreign)
    done = foreign.verb("adopt", "--yes", "--target", "mariadb 10.11")
    assert done.code == 0, done.err
    assert "models      none\n" in done.out
    assert "name them in [stillroom]" in done.err
    assert "models = none\n" in foreign.read("alembic.ini")
    assert "Nothing to do" in foreign.verb("adopt", "--yes").out
    assert "There are no models, as the settings say" in foreign.verb("check").err
    file = "migrations/versions/ccc333_a_note.py"
    foreign.replace(file, 'op.add_column("orders", sa.', 'op.drop_table("orders")  # (sa.')
    assert foreign.run("git", "add", "-A").code == 0
    checked = foreign.verb("check")
    assert checked.code == 1, checked.out + checked.err
    assert "MY101 drops the table orders" in checked.out
    assert foreign.verb("revision", "-m", "more").code == 2
    assert foreign.verb("revision", "-m", "more", "--empty").code == 0


def test_models_that_nobody_imports_are_not_taken_for_dropped_tables(
    foreign: UserProject,
) -> None:
    imported = "from shop.models import Base\n"
    foreign.write(
        "shop/base.py", foreign.read("shop/models.py").partition("\n\n\nclass Customer")[0]
    )
    foreign.replace("migrations/env.py", imported, "from shop.base import Base\n")
    done = foreign.verb("adopt", "--yes", "--target", "mariadb 10.11")
    assert done.code == 2
    assert "migrations/env.py: its target_metadata has no tables" in done.err
    assert changed(foreign) == [" M migrations/env.py", "?? shop/base.py"]


def test_models_that_env_py_does_not_know_are_those_that_the_settings_name(
    foreign: UserProject,
) -> None:
    without_metadata(foreign)
    ini = foreign.read("alembic.ini")
    named = "target = mariadb 10.11\nbase = shop.models:Base\nmodels = shop"
    foreign.write("alembic.ini", f"{ini}\n[stillroom]\n{named}\n")
    done = foreign.verb("adopt", "--yes")
    assert "models      match the 3 revisions" in done.out, done.err
    models = foreign.read("shop/models.py")
    foreign.write(
        "shop/models.py", f"{models}    alias: Mapped[str | None] = mapped_column(String(9))\n"
    )
    assert "DR102 orders.alias VARCHAR(9) NULL has no revision" in foreign.verb("check").out
    written = foreign.verb("revision", "-m", "alias")
    assert written.code == 0, written.err
    assert foreign.verb("check").code == 0
    foreign.replace("alembic.ini", "shop.models:Base", "shop.models:Basis")
    checked = foreign.verb("check")
    assert checked.code == 2
    assert "shop.models has no base class of models named 'Basis'" in checked.err


def test_pre_commit_gets_an_entry_for_a_project_in_a_subfolder(
    foreign: UserProject, tmp_path: Path
) -> None:
    shutil.rmtree(foreign.root / ".git")
    top = UserProject(tmp_path)
    top.write(".pre-commit-config.yaml", "repos: []\n")
    top.write("shop/uv.lock", "")
    commit(top, "monorepo")
    done = foreign.verb("adopt", "--yes", "--without", "env", "baseline")
    assert done.code == 0, done.err
    assert "hooks       pre-commit" in done.out
    assert "uv add --dev stillroom" in done.out
    assert (
        "entry: 'sh -c ''cd shop && exec uv run --no-sync stillroom-check-revision'''"
        in top.read(".pre-commit-config.yaml")
    )


def test_next_steps_name_no_hook_that_was_left_out(foreign: UserProject) -> None:
    done = foreign.verb("adopt", "--yes", "--without", "hook")
    assert "check asks for stillroom revision" in done.out
    assert "the hook asks" not in done.out


def test_the_hook_judges_the_configuration_that_was_named(foreign: UserProject) -> None:
    foreign.replace("alembic.ini", "%(here)s/migrations", "migrations")
    (foreign.root / "alembic.ini").rename(foreign.root / "shop" / "alembic.ini")
    assert foreign.run("git", "add", "-A").code == 0
    unnamed = foreign.verb("history")
    assert unnamed.code == 2
    assert "export ALEMBIC_CONFIG=shop/alembic.ini" in unnamed.err
    adopt = ("adopt", "--yes", "--target", "mariadb 10.11")
    done = foreign.verb("-c", "shop/alembic.ini", *adopt)
    assert done.code == 0, done.err
    hook = "#!/bin/sh\nenv ALEMBIC_CONFIG=shop/alembic.ini stillroom-check-revision\n"
    assert foreign.read(".git/hooks/pre-commit") == hook
    assert (
        "shop/alembic.ini, for mariadb 10.11"
        in foreign.verb("-c", "shop/alembic.ini", "doctor").out
    )
    shutil.copy(foreign.root / "shop" / "alembic.ini", foreign.root / "other.ini")
    assert foreign.verb("-c", "other.ini", *adopt).code == 0
    hook += "test $? -eq 0 && env ALEMBIC_CONFIG=other.ini stillroom-check-revision\n"
    assert foreign.read(".git/hooks/pre-commit") == hook


@pytest.mark.parametrize(("theirs", "code"), [("false", 1), ("true", 2)])
def test_a_hook_that_fails_still_does(foreign: UserProject, theirs: str, code: int) -> None:
    hook = foreign.write(".git/hooks/pre-commit", f"#!/bin/sh\n{theirs}\n")
    assert foreign.verb("adopt", "--yes").code == 0
    checking = foreign.write("bin/stillroom-check-revision", "#!/bin/sh\nexit 2\n")
    checking.chmod(0o755)
    path = f"{checking.parent}:{os.environ['PATH']}"
    assert foreign.run("sh", str(hook), PATH=path).code == code


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("lefthook.yml", "pre-commit:\n", "Add this command to the pre-commit hooks in lefthook"),
        (".git/hooks/pre-commit", "#!/bin/sh\nexec other\n", "Add this command to "),
    ],
)
def test_hooks_of_others_are_not_edited(
    foreign: UserProject, file: str, text: str, said: str
) -> None:
    foreign.write(file, text)
    done = foreign.verb("adopt", "--yes", "--target", "mariadb 10.11")
    assert done.code == 0, done.err
    assert said in done.err
    assert foreign.read(file) == text


def test_outside_of_git_it_says_so(foreign: UserProject) -> None:
    shutil.rmtree(foreign.root / ".git")
    done = foreign.verb("adopt")
    assert done.code == 2
    assert "is not in a git repository" in done.err


@pytest.mark.parametrize("target", ["postgresql 16", "mysql", "mariadb 5.5"])
def test_a_target_that_is_none_is_refused(foreign: UserProject, target: str) -> None:
    done = foreign.verb("adopt", "--yes", "--target", target)
    assert done.code == 2
    assert f"argument --target: {target!r} is " in done.err
    assert changed(foreign) == []


SESSIONS = """
class Session(Base):
    __tablename__ = "sessions"
    id: Mapped[int] = mapped_column(primary_key=True)
"""


@pytest.mark.parametrize("accepted", [False, True])
def test_a_position_is_found_with_and_without_what_is_accepted(
    foreign: UserProject, monkeypatch: pytest.MonkeyPatch, accepted: bool
) -> None:
    """Revisions do not make it; the application may have."""
    foreign.write("shop/models.py", foreign.read("shop/models.py") + SESSIONS)
    once = "import sys\nassert not hasattr(sys, 'once')\nsys.once = True\n"  # as a registry does
    foreign.write("shop/__init__.py", once)
    done = foreign.verb("adopt", "--yes", "--target", "mariadb 10.11")
    assert "models      1 difference from" in done.out
    monkeypatch.chdir(foreign.root)
    target = Target.parse("mariadb 10.11")

    def catalog_at(revision: str) -> Catalog:
        with project_history(load_settings(foreign.root), accepting=False) as history:
            return history.state_at(revision).catalog

    def position(revision: str) -> object:
        tables = in_fresh_process(lambda: catalog_at(revision)).tables()
        texts = {name: table.create_statement for name, table in tables.items()}
        if accepted:
            texts["sessions"] = "CREATE TABLE `sessions` (\n  `id` int(11) NOT NULL\n)"
        live = Live("mariadb", "10.11.19", "shop", (), "alembic_version", texts)
        survey = Survey.of(load_settings(foreign.root))
        return adopt._position(survey, target, live).places

    assert position("bbb222") == (("bbb222",),)
    assert position("ccc333") == (("ccc333",),)


def test_what_is_a_symbolic_link_stays_one(foreign: UserProject) -> None:
    """Several script directories may share one env.py, and a hook may be a script in git."""
    (foreign.root / "migrations/env.py").rename(foreign.root / "env.py")
    (foreign.root / "migrations/env.py").symlink_to("../env.py")
    hook = foreign.root / ".git/hooks/pre-commit"
    foreign.write("hooks/commit", "#!/bin/sh\necho ok\n").chmod(0o755)
    hook.unlink(missing_ok=True)
    hook.symlink_to("../../hooks/commit")
    commit(foreign, "a link")
    done = foreign.verb("adopt", "--yes", "--target", "mariadb 10.11")
    assert done.code == 0, done.err
    assert "\n+++ env.py\n" in done.out
    assert "wrote env.py\n" in done.err
    assert "guard(context)" in foreign.read("env.py")
    assert (foreign.root / "migrations/env.py").is_symlink()
    assert hook.is_symlink()
    assert "check-revision" in foreign.read("hooks/commit")
    assert "Nothing to do" in foreign.verb("adopt", "--yes").out


def test_link_that_leads_out_of_the_repository_is_not_followed(
    foreign: UserProject, tmp_path: Path
) -> None:
    outside = tmp_path / "env.py"
    (foreign.root / "migrations/env.py").rename(outside)
    (foreign.root / "migrations/env.py").symlink_to(outside)
    before = outside.read_bytes()
    for verb in ("adopt", "doctor"):
        done = foreign.verb(verb)
        assert done.code == 2
        told = done.out + done.err
        assert f"migrations/env.py: is a symbolic link to {outside}, outside of the" in told
    assert outside.read_bytes() == before
