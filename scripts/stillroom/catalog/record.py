"""Data that never changes, and is cheap to make.

A replay makes some twenty records for each statement. Frozen at run time, a dataclass takes three
times as long to make and twice as long to define, and is pickled by Python code; so these are
frozen for mypy alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

__all__ = ["field", "record", "replace"]

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """A dataclass that may be hashed, and that nobody changes."""
    return dataclass(unsafe_hash="__hash__" not in vars(cls))(cls)


if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(one: Any, **changes: Any) -> Any:
        """As that of ``dataclasses``, for records: all their fields are arguments."""
        cls = type(one)
        return cls(**{**{name: getattr(one, name) for name in cls.__match_args__}, **changes})
