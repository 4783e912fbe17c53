"""Projects in real git repositories, with the hook installed in one of several ways."""

from __future__ import annotations

import sys
from pathlib import Path

import stillroom.commands.checks.check  # noqa: F401  # so that the forks need not import it
from tests.support.projects import ROOT, Answer, UserProject, make_project

COLUMN = '    {name}: Mapped[str | None] = mapped_column(String({length}), comment="{name}")\n'
REVISION = '''"""{message}"""

import sqlalchemy as sa
from alembic import op

revision = "{id}"
down_revision = "{below}"
branch_labels = None
depends_on = None


def upgrade() -> None:
{body}


def downgrade() -> None:
    pass
'''
ADD = '    op.add_column("user", sa.Column("{name}", sa.String({length}), comment="{name}"))'
FIRST = "e3c87c4a7bde"
USER = "app/models/user.py"
BARE_HOOK = '#!/bin/sh\nexec "{python}" scripts/check_revision.py\n'


class RepositoryProject(UserProject):
    """A project in a git repository of its own."""

    def git(self, *arguments: str, code: int | None = 0, **environment: str) -> Answer:
        """Run git; with ``code`` None, whatever it ends in."""
        answer = self.run("git", *arguments, **environment)
        assert code is None or answer.code == code, answer.out + answer.err
        return answer

    def add_column(self, name: str = "nickname", length: int = 40) -> None:
        """Change a model."""
        self.write(USER, self.read(USER) + COLUMN.format(name=name, length=length))

    def add_revision(
        self, name: str = "nickname", *, id_: str = "aaaa", below: str = FIRST, body: str = ""
    ) -> str:
        """Write the revision for `add_column`; returns its path."""
        path = f"alembic/versions/{id_}_{name}.py"
        body = body or ADD.format(name=name, length=40)
        self.write(path, REVISION.format(message=name, id=id_, below=below, body=body))
        return path

    def check(self, *arguments: str, **environment: str) -> Answer:
        """Run the hook's script."""
        return self.script("check_revision", *arguments, **environment)

    def commit(self, *arguments: str, code: int | None = None, **environment: str) -> Answer:
        """Commit, the hook included."""
        return self.git("commit", "--message", "x", *arguments, code=code, **environment)

    def head(self) -> str:
        """The id of the newest commit."""
        return self.git("rev-parse", "HEAD").out.strip()


def make_repository(folder: Path, case: str = "", *, hook: str = "bare") -> RepositoryProject:
    """A repository with one commit. ``hook`` is bare, pre-commit or none."""
    project = RepositoryProject(make_project(folder, case).root)
    python = project.write(".venv/bin/python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    project.git("init", "--quiet", "--initial-branch=main")
    for name, value in [("user.name", "Test"), ("user.email", "test@example.invalid")]:
        project.git("config", name, value)
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    project.write(".pre-commit-config.yaml", hooks.split("      - id: ruff-check")[0])
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "first")
    install(project, hook)
    return project


def install(project: RepositoryProject, hook: str) -> None:
    """Install the hook."""
    if hook == "bare":
        file = project.write(".git/hooks/pre-commit", BARE_HOOK.format(python=sys.executable))
        file.chmod(0o755)
    elif hook == "pre-commit":
        project.run(sys.executable, "-m", "pre_commit", "install")
