"""The settings of a connection that DDL depends on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stillroom.catalog.collations import default_collation
from stillroom.catalog.record import field, record, replace
from stillroom.catalog.target import Target

DEFAULT_SCHEMA = "stillroom"
STRICT = frozenset(["STRICT_TRANS_TABLES", "STRICT_ALL_TABLES"])

# Variables of MySQL that Session.variables holds as 0 or 1.
GENERATES_KEYS = "sql_generate_invisible_primary_key"
REQUIRES_KEYS = "sql_require_primary_key"

_MARIADB_MODE = (
    "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION"
)
_MYSQL_MODE = (
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)


@record
class Session:
    """A connection's settings. ``variables`` holds all others that were set, user's with ``@``."""

    schema: str | None
    sql_mode: frozenset[str]
    foreign_key_checks: bool = True
    charset: str = "utf8mb4"
    collation: str = ""
    storage_engine: str = "InnoDB"
    explicit_timestamps: bool = True  # explicit_defaults_for_timestamp
    variables: Mapping[str, str | int | None] = field(default_factory=dict)

    @classmethod
    def default(cls, target: Target) -> Session:
        """What a fresh connection of a client that speaks utf8mb4 has."""
        mode = _MARIADB_MODE if target.mariadb else _MYSQL_MODE
        return cls(
            schema=DEFAULT_SCHEMA,
            sql_mode=frozenset(mode.split(",")),
            collation=default_collation("utf8mb4", target),
            explicit_timestamps=target.mysql or target.mariadb_from(10, 10),
        )

    def with_changes(self, **changes: Any) -> Session:
        """A session with other values in some of its fields."""
        return replace(self, **changes)

    @property
    def strict(self) -> bool:
        """Whether values that do not fit are errors: a strict sql_mode."""
        return bool(self.sql_mode & STRICT)

    def __hash__(self) -> int:
        return hash((self.schema, self.sql_mode, self.collation))
