"""The cost of clauses on a whole table: options, FORCE and RENAME."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog import Target
from stillroom.catalog.parser.syntax import ConvertCharset, Hint, RenameTo, SetOptions
from stillroom.cost.alteration import Alteration
from stillroom.cost.model import Effect, Lock, Work

_REBUILDING = frozenset(
    ["ENGINE", "ROW_FORMAT", "KEY_BLOCK_SIZE", "PAGE_COMPRESSED", "ENCRYPTED", "ENCRYPTION"]
)


def option_effects(change: Alteration, target: Target) -> Iterator[Effect]:
    """The effects of clauses that name no column, key or partition."""
    light = Work.METADATA if target.mariadb else Work.INDEX
    for action in change.actions:
        if isinstance(action, SetOptions):
            for option in action.options:
                if option.name == "SYSTEM VERSIONING":
                    yield Effect(Work.COPY, "system versioning is switched on or off")
                    continue
                work = Work.REBUILD if option.name in _REBUILDING else light
                yield Effect(work, f"{option.name} is set")
        elif isinstance(action, ConvertCharset):
            yield Effect(light, "the table is converted to another character set")
        elif isinstance(action, Hint) and action.name == "FORCE":
            yield Effect(Work.REBUILD, "FORCE rebuilds the table")
        elif isinstance(action, RenameTo):
            lock = Lock.EXCLUSIVE if target.mariadb else Lock.NONE
            yield Effect(Work.METADATA, "the table is renamed", lock)
