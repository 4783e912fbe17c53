"""Answers for a server's settings: ``@@name`` and SHOW VARIABLES."""

from __future__ import annotations

from typing import Any

from stillroom.catalog import Session, Target
from stillroom.catalog.collations import default_collation
from stillroom.replay.server.unanswerable import Unanswerable


def version(target: Target) -> str:
    """What SELECT VERSION() gives."""
    text = f"{target.major}.{target.minor}.{target.patch}"
    return f"{text}-MariaDB" if target.mariadb else text


def settings(target: Target, session: Session) -> dict[str, Any]:
    """The variables that are known, by lower-case name."""
    isolation = "tx_isolation" if target.mariadb else "transaction_isolation"
    collation = default_collation("utf8mb4", target)
    known: dict[str, Any] = {
        "autocommit": 1,
        "character_set_client": session.charset,
        "character_set_connection": session.charset,
        "character_set_database": "utf8mb4",
        "character_set_results": session.charset,
        "character_set_server": "utf8mb4",
        "character_set_system": "utf8mb3",
        "collation_connection": session.collation,
        "collation_database": collation,
        "collation_server": collation,
        "default_storage_engine": session.storage_engine,
        "explicit_defaults_for_timestamp": int(session.explicit_timestamps),
        "foreign_key_checks": int(session.foreign_key_checks),
        "innodb_default_row_format": "dynamic",
        "innodb_file_per_table": 1,
        "innodb_lock_wait_timeout": 50,
        "innodb_strict_mode": 1,
        "lock_wait_timeout": 86400 if target.mariadb else 31536000,
        "lower_case_table_names": 0,
        "max_allowed_packet": 16777216 if target.mariadb else 67108864,
        "read_only": 0,
        "sql_mode": ",".join(sorted(session.sql_mode)),
        "sql_safe_updates": 0,
        "storage_engine": session.storage_engine,
        "system_time_zone": "UTC",
        "time_zone": "SYSTEM",
        "unique_checks": 1,
        "version": version(target),
        "version_comment": "Stillroom's catalog, no server",
        "wait_timeout": 28800,
        isolation: "REPEATABLE-READ",
    }
    if target.mariadb:
        known["wsrep_on"] = 0
        if target.mariadb_from(11, 1):
            known["transaction_isolation"] = known["tx_isolation"]
    else:
        del known["storage_engine"]
    for name, set_value in session.variables.items():
        known[name.lower()] = set_value
    return known


def value(name: str, target: Target, session: Session) -> Any:
    """The value of ``@@session.name``, ``@@name`` or ``@name``; Unanswerable if it is not known."""
    if not name.startswith("@@"):
        variables = {key.lower(): held for key, held in session.variables.items()}
        if name.lower() in variables:
            return variables[name.lower()]
        return None
    plain = name.removeprefix("@@").lower()
    for scope in ("session.", "global.", "local."):
        plain = plain.removeprefix(scope)
    known = settings(target, session)
    if plain not in known:
        raise Unanswerable(f"only a server knows the value of @@{plain}")
    return known[plain]
