"""What a caller may choose for an upgrade or a downgrade."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Literal

from stillroom.project.project import Project
from stillroom.project.settings import Settings, UpgradeSettings
from stillroom.replay.revisions.contracts import NOT_SAID

CONTRACT = "CONTRACT"  # in the environment, for Alembic's own commands
# Why the contract revision of an id has to wait; "" if it may run.
Permission = Callable[[str], str]
Direction = Literal["upgrade", "downgrade", "resume"]


def not_said(_contract: str) -> str:
    """For ``Options.contract``: each contract revision has to wait."""
    return NOT_SAID


@dataclass(frozen=True, kw_only=True)
class Options(UpgradeSettings):
    """What a project may set, and what belongs to one run alone.

    ``target`` is the server that the revisions are for, as ``mariadb 10.11``; None for any.
    Somebody's transaction that is open for more than ``long_transaction`` seconds is worth a
    word. With ``allow_lock`` a statement may keep writers out of a table of any size.
    ``replicas`` are URLs: changes in batches wait while one of them is too far behind.
    ``contract`` returns why the contract revision of an id has to wait, or "" if it may run.
    """

    target: str | None = None
    long_transaction: float = 10.0
    allow_lock: bool = False
    replicas: tuple[str, ...] = ()
    contract: Permission = not_said


def may_contract(_contract: str) -> str:
    """For ``Options.contract``: each contract revision may run."""
    return ""


def is_said(environment: Mapping[str, str]) -> bool:
    """Whether the environment says that no code runs which a contract revision would break."""
    return environment.get(CONTRACT, "") not in ("", "0")


def options_of(project: Project) -> Options:
    """The project's settings for an upgrade."""
    is_server = project.url.get_backend_name() != "sqlite"
    return options_of_settings(project.settings, project.settings.environment, is_server=is_server)


def options_of_settings(
    settings: Settings, environment: Mapping[str, str], *, is_server: bool
) -> Options:
    """The settings for an upgrade. SQLite is no server: it fits every target."""
    chosen = {field.name: getattr(settings, field.name) for field in fields(UpgradeSettings)}
    return Options(
        **chosen,
        target=str(settings.target) if settings.target and is_server else None,
        allow_lock=environment.get("ALLOW_LOCK", "") not in ("", "0"),
        replicas=tuple(environment.get("REPLICA_URLS", "").split()),
        contract=may_contract if is_said(environment) else not_said,
    )
