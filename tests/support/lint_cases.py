"""The cases of the lint rules, looked at in this process: one small project for all of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config

from stillroom.lint import rules
from stillroom.lint.check import Report, lint
from stillroom.marked import plain
from stillroom.project.settings import Settings
from stillroom.render.findings import as_lines
from stillroom.replay import opened_history
from tests.support.projects import CASES, ROOT

LINT = CASES / "lint"
NAMES = sorted(path.parent.name for path in LINT.glob("*/raises.py"))
FIRST = "e3c87c4a7bde"
RULES = rules.load()
INI = """[alembic]
script_location = %(here)s/alembic
sqlalchemy.url = mysql+pymysql://nobody@127.0.0.1:1/app
"""
ENV = """from alembic import context
from sqlalchemy import engine_from_config

section = context.config.get_section("alembic")
with engine_from_config(section).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


def code_of(name: str) -> str:
    """The rule that a case is for."""
    return name[:5].upper()


def source_of(name: str, kind: str) -> str:
    """The revision ``raises`` or ``passes`` of a case; by default one that changes no code."""
    path = LINT / name / f"{kind}.py"
    if not path.exists():
        return (LINT / "base.py").read_text(encoding="utf-8") + "# It says more than before.\n"
    return path.read_text(encoding="utf-8")


class LintCase:
    """A project with the first revision of all cases, for one revision or more above it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.versions = root / "alembic" / "versions"
        self.versions.mkdir(parents=True)
        shutil.copy(ROOT / "Makefile", root)  # so that commands are those of make
        (root / "alembic.ini").write_text(INI)
        shutil.copy(ROOT / "Makefile", root)  # so that commands are those of make
        (root / "alembic" / "env.py").write_text(ENV)
        (first,) = (ROOT / "alembic" / "versions").glob(f"*_{FIRST}.py")
        (self.versions / "first.py").write_text(first.read_text())
        (self.versions / "base.py").write_text((LINT / "base.py").read_text())

    def lint(
        self, sources: Iterable[str], target: str, published: str = "", *, lint_url: str = ""
    ) -> Report:
        """Look at revisions, each above the one before it."""
        with self._written(sources) as files:
            config = Config(str(self.root / "alembic.ini"))
            config.set_section_option("stillroom", "target", target)
            ini, environment = self.root / "alembic.ini", {"LINT_URL": lint_url}
            settings = Settings(self.root, ini, environment, models=("app.models",))
            commits = dict.fromkeys(files, published) if published else {}
            with opened_history(config) as history:
                return lint(history, RULES, settings, wanted=files, published=commits)

    @contextmanager
    def _written(self, sources: Iterable[str]) -> Iterator[list[str]]:
        before = Path.cwd()
        written = []
        os.chdir(self.root)
        try:
            for number, source in enumerate(sources):
                path = self.versions / (f"case{number}.py" if number else "case.py")
                path.write_text(source, encoding="utf-8")
                written.append(path)
            yield [path.relative_to(self.root).as_posix() for path in written]
        finally:
            os.chdir(before)
            for path in written:
                path.unlink()


def said(report: Report, code: str) -> str:
    """What is printed of the findings with that code."""
    found = [one for one in (*report.findings, *report.warnings) if one.code == code]
    return plain(as_lines(found)) + "\n" if found else ""
