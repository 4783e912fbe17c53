"""Surveys a repository: what it has for Alembic, and what Stillroom still needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from alembic.script import ScriptDirectory
from alembic.util import CommandError

from stillroom.adoption import env_lines, hook_runner
from stillroom.adoption.edit import Edit, read
from stillroom.adoption.hook_runner import HookRunner
from stillroom.adoption.live import Live
from stillroom.adoption.settings_section import with_settings
from stillroom.catalog import Target
from stillroom.drift import Verdict, baseline
from stillroom.errors import StillroomError
from stillroom.findings import Finding
from stillroom.project.alembic_env import alembic_options
from stillroom.project.git import Repository
from stillroom.project.project import alembic_config, script_folder
from stillroom.project.settings import NO_MODELS, Settings
from stillroom.project.settings_files import databases, heads
from stillroom.shell import Command

_INSTALLERS = {
    "uv.lock": "uv add --dev stillroom",
    "poetry.lock": "poetry add --group dev stillroom",
    "pdm.lock": "pdm add --dev stillroom",
    "Pipfile.lock": "pipenv install --dev stillroom",
}


@dataclass(frozen=True)
class Survey:
    """What is in the repository of the project that ``settings`` are of."""

    settings: Settings
    top: Path  # of the repository

    @classmethod
    def of(cls, settings: Settings) -> Survey:
        """Raises StillroomError outside of a git work tree."""
        repository = Repository.find(settings.root)
        if repository is None:
            raise StillroomError(
                "is not in a git repository, so there is no place for the hook",
                where=str(settings.root),
                fix="git init",
            )
        return cls(settings, repository.top)

    @cached_property
    def env_py(self) -> Path:
        """The env.py that Alembic runs."""
        return script_folder(self.settings) / "env.py"

    @cached_property
    def flavour(self) -> str:
        """What kind of env.py it is, in words."""
        text = read(self.env_py)
        words = [
            ("current_app" in text, "Flask-Migrate"),
            ("AsyncEngine" in text or "async_engine" in text, "async"),
            ("get_bind_names" in text or "db_names" in text, "several databases"),
        ]
        return ", ".join(word for is_so, word in words if is_so) or "generic"

    @cached_property
    def installer(self) -> str:
        """The command with which this project takes a package for its developers."""
        for folder in (self.settings.root, self.top):
            for lock, command in _INSTALLERS.items():
                if (folder / lock).exists():
                    return command
        return "add stillroom to the requirements for development"

    @cached_property
    def hook(self) -> HookRunner:
        """What runs the hooks of this repository."""
        return hook_runner.find(self.top, self.settings.root.resolve())

    def revisions(self, names: Sequence[str]) -> tuple[str, ...]:
        """The ids of revisions. Raises StillroomError for one that has no file."""
        scripts = ScriptDirectory.from_config(alembic_config(self.settings))
        try:
            return tuple(revision.revision for revision in scripts.get_revisions(tuple(names)))
        except CommandError as error:
            raise StillroomError(str(error), fix=f"{Command('history')} lists them.") from error

    def target_setting(self, asked: Target | None, live: list[Live]) -> Target | None:
        """The target that is to be written: asked for, else that of the server that answered.

        None if one is set already, or if nobody knows it.
        """
        if self.settings.target is not None:
            return None
        if asked is not None or not live:
            return asked
        return server_target(live[0])

    def settings_edit(self, target: Target | None, *, has_models: bool = True) -> Edit:
        """The section [stillroom], or that of one of several databases, where Alembic's own is."""
        ini = self.settings.ini
        toml = not ini.exists()
        file = self.settings.root / "pyproject.toml" if toml else ini
        text = read(file)
        values = {} if target is None else {"target": str(target)}
        if not has_models:
            values["models"] = NO_MODELS[0]
        common, own = heads(alembic_options.current().section)
        section = own if len(databases(ini)) > 1 else common
        return Edit(file, text, with_settings(text, values, toml=toml, section=section))

    def env_edit(self) -> Edit:
        """The lines of env.py."""
        return env_lines.edit(self.env_py)

    def baseline_edit(self, verdict: Verdict) -> Edit:
        """The differences of today, accepted; not what the first revision of all will make."""
        file = baseline.path(self.settings.root, alembic_config(self.settings))
        text = read(file)
        accepted = baseline.read(file, verdict.target)
        if not verdict.revisions or not self.new_differences(verdict):
            return Edit(file, text, text)
        kept = [finding for finding in verdict.findings if finding.code.startswith(("DR", "MD"))]
        return Edit(file, text, baseline.write(verdict, kept, accepted.sections) if kept else text)

    def new_differences(self, verdict: Verdict) -> list[Finding]:
        """What the check would report today."""
        file = baseline.path(self.settings.root, alembic_config(self.settings))
        return baseline.left(verdict.findings, baseline.read(file, verdict.target), file.name)


def server_target(live: Live) -> Target | None:
    """The target that a server is; None for SQLite and for versions that are too old."""
    try:
        return Target.of_server(live.kind, live.version)
    except ValueError:
        return None
