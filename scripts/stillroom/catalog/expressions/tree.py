"""An expression as a tree of nodes that both families share."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog.record import field, record, replace


@record
class Node:
    """One operation with its operands; a leaf has none.

    ``op`` says what it is: ``column``, ``string``, ``number``, ``hex``, ``null``, ``true``,
    ``false`` and ``temporal`` are leaves, ``call`` is a function, the rest are operators and
    functions with a syntax of their own. ``text`` is what the operands don't tell: a name, a
    value, a unit, a type. ``charset`` is that of a string, ``at`` an offset in the source.
    """

    op: str
    args: tuple[Node, ...] = ()
    text: str = ""
    charset: str = ""
    at: int = field(default=0, compare=False)

    def with_args(self, *args: Node) -> Node:
        """The same node over other arguments."""
        return replace(self, args=args)

    def walk(self) -> Iterator[Node]:
        """This node and everything below it."""
        yield self
        for arg in self.args:
            yield from arg.walk()


ZERO = Node("number", text="0")

COMPARISONS = ("=", "<=>", "<>", "<", "<=", ">", ">=")

# What NOT makes of an operator, where both families know the answer.
OPPOSITES = {
    "=": "<>",
    "<": ">=",
    ">": "<=",
    "is null": "is not null",
    "between": "not between",
    "in": "not in",
}
OPPOSITES |= {after: before for before, after in OPPOSITES.items()}

TRUTH_TESTS = {
    "is true": "is not true",
    "is false": "is not false",
    "is not true": "is true",
    "is not false": "is false",
}


def names(text: str) -> frozenset[str]:
    """A table of words, written as one text."""
    return frozenset(text.split())
