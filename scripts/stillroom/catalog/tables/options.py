"""Apply table options: those that are stored, and character set and engine."""

from __future__ import annotations

from collections.abc import Sequence

from stillroom.catalog import error_numbers as er
from stillroom.catalog.collations import collation_charset
from stillroom.catalog.errors import Unsupported
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.syntax import Option
from stillroom.catalog.tables.draft import Draft
from stillroom.catalog.target import Target
from stillroom.catalog.types.strings import resolve_collation

_ENGINES = {
    "innodb": "InnoDB",
    "myisam": "MyISAM",
    "memory": "MEMORY",
    "heap": "MEMORY",
    "aria": "Aria",
    "archive": "ARCHIVE",
    "csv": "CSV",
    "blackhole": "BLACKHOLE",
    "ndb": "ndbcluster",
    "ndbcluster": "ndbcluster",
}
_PRINTED_NUMBERS = frozenset(["AVG_ROW_LENGTH", "MAX_ROWS", "MIN_ROWS", "STATS_SAMPLE_PAGES"])
_PRINTED_SWITCHES = frozenset(["CHECKSUM", "DELAY_KEY_WRITE"])
_PRINTED_CHOICES = frozenset(["PACK_KEYS", "STATS_PERSISTENT", "STATS_AUTO_RECALC"])
_ROW_FORMATS = frozenset(["DEFAULT", "DYNAMIC", "COMPACT", "REDUNDANT", "COMPRESSED", "FIXED"])
_LONGEST_COMMENT = 2048


def engine_name(name: str, target: Target) -> str:
    """The engine as the server prints it. Raises error 1286 for one it does not know."""
    engine = _ENGINES.get(name.lower())
    if engine is None or (engine == "Aria" and target.mysql) or engine == "ndbcluster":
        raise refusal(er.UNKNOWN_STORAGE_ENGINE, name)
    return engine


def table_collation(options: Sequence[Option], default: str, target: Target) -> str:
    """The collation that the options of a table or schema name, else ``default``."""
    charset = collation = None
    for option in options:
        if option.name == "CHARSET":
            charset = None if option.value == "default" else option.value
            if option.value == "default" and collation is None:
                continue
        elif option.name == "COLLATE":
            collation = option.value
    return resolve_collation(charset, collation, default, target)


def apply_options(draft: Draft, options: Sequence[Option], target: Target, statement: str) -> None:
    """Put all options but charset and collation into the draft."""
    for option in options:
        _apply(draft, option, target, statement)


def _apply(draft: Draft, option: Option, target: Target, statement: str) -> None:  # noqa: C901 - one branch per case
    name, value = option.name, option.value
    match name:
        case "CHARSET" | "COLLATE":
            pass
        case "ENGINE":
            draft.engine = engine_name(value, target)
        case "COMMENT":
            if len(value) > _LONGEST_COMMENT:
                raise refusal(er.TOO_LONG_TABLE_COMMENT, draft.name, _LONGEST_COMMENT)
            draft.comment = value
        case "AUTO_INCREMENT":
            draft.auto_increment = int(value) if int(value) > 1 else None
        case "ROW_FORMAT":
            _row_format(draft, option, statement)
        case "KEY_BLOCK_SIZE":
            _keep(draft, name, value if int(value) else None)
        case "COMPRESSION" | "ENCRYPTION" if target.mysql:
            if name == "ENCRYPTION" and value.upper() != "N":
                raise Unsupported(statement, option.position, "an encrypted table is not supported")
            if name == "COMPRESSION":
                _keep(draft, name, value or None)
        case "SYSTEM VERSIONING":
            _keep(draft, name, "1" if value == "1" else None)
        case _ if name in _PRINTED_NUMBERS:
            _keep(draft, name, value if value not in ("0", "DEFAULT") else None)
        case _ if name in _PRINTED_SWITCHES:
            _keep(draft, name, "1" if value not in ("0", "DEFAULT") else None)
        case _ if name in _PRINTED_CHOICES:
            _keep(draft, name, value if value != "DEFAULT" else None)
        case _:
            raise Unsupported(
                statement, option.position, f"the table option {name} is not supported"
            )


def _keep(draft: Draft, name: str, value: str | None) -> None:
    if value is None:
        draft.options.pop(name, None)
    else:
        draft.options[name] = value


def _row_format(draft: Draft, option: Option, statement: str) -> None:
    value = option.value.upper()
    if value not in _ROW_FORMATS:
        raise Unsupported(statement, option.position, f"ROW_FORMAT {value} is not supported")
    _keep(draft, "ROW_FORMAT", None if value == "DEFAULT" else value)


def set_collation(draft: Draft, collation: str) -> None:
    """Give the draft a collation, and the character set that goes with it."""
    draft.collation = collation
    draft.charset = collation_charset(collation)
