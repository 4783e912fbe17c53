"""What a project has chosen for its upgrades, in [stillroom], as options."""

from __future__ import annotations

from typing import Literal

from stillroom.apply import Options
from stillroom.errors import SettingsError
from stillroom.project.project import Project
from stillroom.project.settings import Settings

_SWITCH = {"on": True, "off": False, "": True}


def options(project: Project) -> Options:
    """The options of ``[stillroom]``. SQLite is no server: it fits every target."""
    settings = project.settings
    target = settings.target if project.url.get_backend_name() != "sqlite" else ""
    given = Options(target=target or None)
    return Options(
        target=given.target,
        lock_timeout=_number(settings, "lock_timeout", given.lock_timeout),
        merge=merging(settings),
        max_blocking_rows=round(_number(settings, "max_blocking_rows", given.max_blocking_rows)),
        allow_lock=settings.environment.get("ALLOW_LOCK", "") not in ("", "0"),
        lock_wait=_number(settings, "lock_wait", given.lock_wait),
        lock_limit=_number(settings, "lock_limit", given.lock_limit),
        max_load=round(_number(settings, "max_load", given.max_load)),
        max_lag=_number(settings, "max_lag", given.max_lag),
        replicas=tuple(settings.environment.get("REPLICA_URLS", "").split()),
        online_ddl=_online(settings),
        pause_limit=_number(settings, "pause_limit", given.pause_limit),
    )


def merging(settings: Settings) -> bool:
    """Whether ALTERs of one table that follow each other are sent as one."""
    return _switch(settings, "merge")


def _number(settings: Settings, name: str, default: float) -> float:
    text = getattr(settings, name)
    if not text:
        return default
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise SettingsError(f"'{text}' is no number", where=_place(name))
    return found


def _switch(settings: Settings, name: str) -> bool:
    text = getattr(settings, name).lower()
    if text not in _SWITCH:
        raise SettingsError(f"'{text}' is neither on nor off", where=_place(name))
    return _SWITCH[text]


def _online(settings: Settings) -> Literal["", "pt-osc"]:
    if settings.online_ddl in ("", "off"):
        return ""
    if settings.online_ddl == "pt-osc":
        return "pt-osc"
    raise SettingsError(
        f"'{settings.online_ddl}' is not known here",
        where=_place("online_ddl"),
        fix="pt-osc, or off",
    )


def _place(name: str) -> str:
    return f"alembic.ini: [stillroom] {name}"
