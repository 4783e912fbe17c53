"""Stands for a value that only a server knows: it may be passed on, but not looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

# How such a value travels through SQLite, and through SQL text.
MARK = "\0hidden"
EXPRESSION = "stillroom_hidden()"


class UnknownValue:
    """A value in a result that is not NULL and not known. To look at it stops the replay."""

    def __init__(self, name: str, refuse: Callable[[str], NoReturn]) -> None:
        self.__dict__["_name"] = name
        self.__dict__["_refuse"] = refuse

    def __repr__(self) -> str:
        return f"<{self.__dict__['_name']}, known only by a server>"


def _look(self: UnknownValue, *_: Any, **__: Any) -> NoReturn:
    name = self.__dict__["_name"]
    self.__dict__["_refuse"](f"the value of {name} is used, which only a server knows")
    raise AssertionError("refuse() returned")


_USES = (
    "abs add and bool bytes call contains divmod enter eq float floordiv format ge getattr getitem"
    " gt hash index int invert iter le len lshift lt mod mul ne neg next or pos pow radd rand"
    " rdivmod rfloordiv rmod rmul ror round rpow rshift rsub rtruediv rxor setattr str sub truediv"
    " xor"
)
for _name in _USES.split():
    setattr(UnknownValue, f"__{_name}__", _look)
