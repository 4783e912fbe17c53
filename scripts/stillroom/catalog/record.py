"""Records: immutable dataclasses that are cheap to make.

A replay makes some twenty records for each statement. Frozen at run time, a dataclass takes three
times as long to make, and is pickled by Python code; so these are frozen for mypy alone. What
dataclasses write as code for each class and compile at each start, these share, but for __init__.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

__all__ = ["field", "record", "replace"]

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """A dataclass that may be hashed, and that nobody changes."""
    own = vars(cls)
    made = dataclass(repr=False, eq=False)(cls)
    members = fields(made)  # type: ignore[arg-type]
    values = attrgetter(*[member.name for member in members if member.compare])

    def equal(self: Any, other: Any) -> Any:
        return values(self) == values(other) if type(self) is type(other) else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    def shown(self: Any) -> str:
        given = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in members)
        return f"{type(self).__qualname__}({given})"

    methods: dict[str, Callable[..., Any]] = {
        "__eq__": equal,
        "__hash__": hashed,
        "__repr__": shown,
    }
    for name, method in methods.items():
        if name not in own:
            setattr(made, name, method)
    return made


if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(instance: Any, **changes: Any) -> Any:
        """As that of ``dataclasses``, for records; what does not change is the record itself."""
        for name, value in changes.items():
            if getattr(instance, name) is not value:
                break
        else:
            return instance
        cls = type(instance)
        names, values = _fields(cls)
        return cls(**{**dict(zip(names, values(instance), strict=False)), **changes})


@cache
def _fields(cls: type) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """The names of a record's fields, and what gets their values."""
    names = tuple(member.name for member in fields(cls))
    return names, attrgetter(*names, names[0])  # of one name alone it gives no tuple
