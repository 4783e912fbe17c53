"""What a project has chosen for its upgrades, as options."""

from __future__ import annotations

from dataclasses import fields

from stillroom.apply import Options
from stillroom.project.project import Project
from stillroom.project.settings import UpgradeSettings


def options(project: Project) -> Options:
    """The project's settings for an upgrade. SQLite is no server: it fits every target."""
    settings = project.settings
    is_server = project.url.get_backend_name() != "sqlite"
    chosen = {one.name: getattr(settings, one.name) for one in fields(UpgradeSettings)}
    return Options(
        **chosen,
        target=str(settings.target) if settings.target and is_server else None,
        allow_lock=settings.environment.get("ALLOW_LOCK", "") not in ("", "0"),
        replicas=tuple(settings.environment.get("REPLICA_URLS", "").split()),
    )
