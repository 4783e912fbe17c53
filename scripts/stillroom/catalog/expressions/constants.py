"""Constants that a server converts to the type of the column they are compared with."""

from __future__ import annotations

from stillroom.catalog.errors import Unsupported
from stillroom.catalog.expressions.scope import Scope
from stillroom.catalog.expressions.tree import COMPARISONS, Node
from stillroom.catalog.record import replace

_INT64 = 2**63
_YEARS = range(1901, 2156)
_MOMENTS = ("date", "datetime", "timestamp")


def converted(tree: Node, scope: Scope, statement: str) -> Node:
    """The tree with such constants as they are printed.

    What a comparison does to a constant depends on both types. Done here is what leaves the
    value as it was; the rest is refused.
    """
    return _Converter(scope, statement).converted(tree)


class _Converter:
    def __init__(self, scope: Scope, statement: str) -> None:
        self.scope = scope
        self.statement = statement
        self.mysql = scope.target.mysql

    def converted(self, node: Node) -> Node:
        args = [self.converted(arg) for arg in node.args]
        if self.mysql:
            self._check_folding(node, args)
        kind = self._kind(node, args)
        if self.mysql and "between" in node.op and all(map(_constant, args)):
            self._check_constant_moments(args)
        if kind is None:
            return node.with_args(*args)
        if kind in _MOMENTS and self.mysql and "between" in node.op:
            if all(arg.op == "string" for arg in args[1:]):
                # Read as dates they come back as text of no connection.
                return node.with_args(args[0], *(replace(a, charset="latin1") for a in args[1:]))
            same = {"date": "DATE", "datetime": "TIMESTAMP"}.get(kind, "none")
            if all(arg.text.startswith(same) for arg in args[1:] if _constant(arg)):
                return node.with_args(*args)
        return node.with_args(*(self._constant(arg, kind, node) for arg in args))

    def _kind(self, node: Node, args: list[Node]) -> str | None:
        """The type of a column that is compared with constants."""
        if node.op in COMPARISONS or (node.op == "call" and node.text == "nullif"):
            columns = [arg for arg in args if arg.op == "column"]
        elif node.op in ("between", "not between") or (node.op in ("in", "not in")):
            columns = [arg for arg in args[:1] if arg.op == "column"]
        else:
            return None
        if len(columns) != 1 or not any(_constant(arg) for arg in args):
            return None
        kind = self.scope.columns[self.scope.column(columns[0].text)].kind
        if node.op in ("in", "not in"):
            listed = kind == "bigint" and not all(map(_plain, args[1:]))
            return kind if kind == "year" or listed else None
        if self.mysql:
            return kind if kind in ("bigint", "year", "time", *_MOMENTS) else None
        newer = kind == "timestamp" and self.scope.target.mariadb_from(11, 0)
        return kind if newer or kind in ("bigint", "year") else None

    def _constant(self, arg: Node, kind: str, parent: Node) -> Node:
        if not _constant(arg) or arg.op == "null":
            return arg
        value = _integer(arg)
        if kind == "bigint" and value is not None and -_INT64 <= value < _INT64:
            return Node("number", text=str(value), at=arg.at)
        if not self._stays(arg, kind, parent):
            raise self._unknown(arg, kind)
        return arg

    def _stays(self, arg: Node, kind: str, parent: Node) -> bool:
        match kind:
            case "bigint":
                return arg.op in ("true", "false")
            case "year":
                value = _integer(arg)
                return value in _YEARS or (value == 0 and parent.op not in ("in", "not in"))
            case "time":
                return arg.text.startswith("TIME'")
        compared = self.mysql and "between" not in parent.op
        return compared and arg.op in ("string", "temporal")

    def _check_folding(self, node: Node, args: list[Node]) -> None:
        """Refuse what MySQL simplifies: constant operands of inner ANDs and of ranges."""
        inner = [arg for arg in args if arg.op in ("and", "or")]
        bounds = args[1:] if "between" in node.op else []
        shifted = [arg for arg in bounds if arg.op in ("+interval", "-interval")]
        if (
            any(_constant(operand) for arg in inner for operand in arg.args)
            or any(map(_constant, shifted))
            or (bounds and bounds[0] == bounds[1])
        ):
            reason = "what MySQL simplifies here is not known"
            raise Unsupported(self.statement, node.at, reason)

    def _check_constant_moments(self, args: list[Node]) -> None:
        for arg in args:
            if arg.op == "temporal":
                raise self._unknown(arg, "constant")

    def _unknown(self, arg: Node, kind: str) -> Unsupported:
        reason = f"how a {kind} is compared with this constant is not known"
        return Unsupported(self.statement, arg.at, reason)


def _plain(node: Node) -> bool:
    """Whether a list keeps it as it is for a BIGINT."""
    simple = node.op in ("null", "true", "false") or _integer(node) is not None
    return simple or not _constant(node)


def _constant(node: Node) -> bool:
    return not any(leaf.op == "column" for leaf in node.walk())


def _integer(node: Node) -> int | None:
    """The value of an integer with or without a sign."""
    if node.op == "neg":
        value = _integer(node.args[0])
        return None if value is None else -value
    digits = node.text.removeprefix("-")
    return int(node.text) if node.op == "number" and digits.isdigit() else None
