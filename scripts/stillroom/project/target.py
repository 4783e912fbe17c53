"""The server that a project's revisions are for."""

from __future__ import annotations

from alembic.config import Config

from stillroom.catalog import Target
from stillroom.errors import SettingsError

DEFAULT = "mariadb 10.11"


def target_of(config: Config) -> Target:
    """``target`` in the section [stillroom] of the project's alembic.ini, else MariaDB 10.11.

    Raises SettingsError if it names no server that the catalog knows.
    """
    text = (config.get_section("stillroom", {}) or {}).get("target") or DEFAULT
    try:
        return Target.parse(text)
    except ValueError as error:
        raise SettingsError(
            f"[stillroom] target: {error}",
            where=config.config_file_name or "alembic.ini",
            fix="Write the family and the version of your server, as in: target = mysql 9.7",
        ) from error
