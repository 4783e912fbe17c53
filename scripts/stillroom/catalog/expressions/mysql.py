"""Print an expression as MySQL does: with every operation in parentheses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stillroom.catalog.errors import Unsupported
from stillroom.catalog.expressions import functions
from stillroom.catalog.expressions.printing import function_text, string_literal
from stillroom.catalog.expressions.scope import Scope
from stillroom.catalog.expressions.tree import (
    COMPARISONS,
    OPPOSITES,
    TRUTH_TESTS,
    ZERO,
    Node,
    names,
)
from stillroom.catalog.quoting import quoted_name

# Operators whose result is a truth value.
_TRUTH = names("and or xor not like regexp true false <=>") | {"member of"}
_TRUTH |= {*OPPOSITES, *TRUTH_TESTS}


def boolean(node: Node) -> bool:
    """Whether MySQL takes the result for a truth value, without comparing it with 0."""
    return node.op in _TRUTH or (node.op == "call" and node.text in functions.BOOLEAN)


def kept(tree: Node, scope: Scope, statement: str) -> Node:
    """The tree as the server keeps it: truth values made explicit, negations pushed down.

    A CHECK is printed as it was parsed. Any other expression is printed, parsed again and
    printed once more, so there the results of negations take part in what parsing does.
    """
    return _Keeper(scope, statement).kept(tree)


class _Keeper:
    def __init__(self, scope: Scope, statement: str) -> None:
        self.scope = scope
        self.statement = statement

    def kept(self, node: Node) -> Node:
        if node.op in ("and", "or"):
            operands = (_truth(self.kept(arg)) for arg in _spread(node))
            return self._joined(node.op, operands, node.at)
        node = node.with_args(*(self.kept(arg) for arg in node.args))
        op, args = node.op, node.args
        if op in TRUTH_TESTS:
            return self._truth_test(node)
        match op:
            case "xor":
                return node.with_args(*map(_truth, args))
            case "not":
                return self._negated(args[0])
            case "in" if len(args) == 2:
                single = Node("=", args, at=node.at)
                return single if self.scope.usage == "check" else self._by_columns(single)
            case "=" | "<=>" | "<>":
                return self._by_columns(node)
            case "collate" if args[0].op in ("neg", "~"):
                reason = "MySQL moves COLLATE into the operand of a sign"
                raise Unsupported(self.statement, node.at, reason)
        return node

    def _truth_test(self, node: Node) -> Node:
        inner = _truth(node.args[0])
        if inner.op in TRUTH_TESTS:
            agrees = node.op in ("is true", "is not false")
            return inner if agrees else Node(TRUTH_TESTS[inner.op], inner.args, at=node.at)
        return node.with_args(inner)

    def _by_columns(self, node: Node) -> Node:
        """A comparison of rows becomes one of their columns."""
        left, right = node.args
        if left.op != "row" or right.op != "row" or len(left.args) != len(right.args):
            return node
        pairs = [
            self._by_columns(Node(node.op, pair, at=node.at))
            for pair in zip(left.args, right.args, strict=True)
        ]
        return self._joined("or" if node.op == "<>" else "and", pairs, node.at)

    def _joined(self, op: str, args: Iterable[Node], at: int) -> Node:
        node = Node(op, tuple(args), at=at)
        return node if self.scope.usage == "check" else node.with_args(*_spread(node))

    def _negated(self, node: Node) -> Node:
        op, args = node.op, node.args
        if not boolean(node):
            return Node("=", (ZERO, node), at=node.at)
        if op in OPPOSITES:
            return Node(OPPOSITES[op], args, at=node.at)
        if op in TRUTH_TESTS:
            return Node(TRUTH_TESTS[op], args, at=node.at)
        match op:
            case "not":
                return args[0]
            case "and" | "or":
                other = "or" if op == "and" else "and"
                return self._joined(other, map(self._negated, args), node.at)
            case "xor":
                if not _turns(args[0]) and _turns(args[1]):
                    return node.with_args(args[0], self._negated(args[1]))
                return node.with_args(self._negated(args[0]), args[1])
        return Node("not", (node,), at=node.at)


def _turns(node: Node) -> bool:
    """Whether the server negates it without a NOT around it."""
    return node.op in ("and", "or", "xor", "not", *OPPOSITES, *TRUTH_TESTS)


def _truth(node: Node) -> Node:
    return node if boolean(node) else Node("<>", (ZERO, node), at=node.at)


def _spread(node: Node) -> Iterator[Node]:
    """The operands of a chain of ANDs or of ORs."""
    for arg in node.args:
        yield from _spread(arg) if arg.op == node.op else (arg,)


# By operator; {0} and on are the operands, {op} the operator, {text} what the node adds.
_INFIX = (*COMPARISONS, "xor", "+", "-", "*", "/", "DIV", "%", "^", "&", "|", "<<", ">>")
_FORMS = dict.fromkeys(_INFIX, "({0} {op} {1})")
_FORMS |= dict.fromkeys(("is null", "is not null", *TRUTH_TESTS), "({0} {op})")
_FORMS |= dict.fromkeys(("between", "not between"), "({0} {op} {1} and {2})")
_FORMS |= {
    "neg": "-({0})",
    "~": "~({0})",
    "not": "(not({0}))",
    "like": "({0} like {1})",
    "regexp": "regexp_like({0},{1})",
    "member of": "{0} member of ({1})",
    "+interval": "({0} + interval {1} {text})",
    "-interval": "({0} - interval {1} {text})",
    "collate": "({0} collate {text})",
    "json_value": "json_value({0}, {1}{text})",
}


class Printer:
    """A kept tree as text."""

    def __init__(self, scope: Scope, statement: str) -> None:
        self.scope = scope
        self.statement = statement

    def text(self, node: Node) -> str:
        """The print of a node."""
        op, args = node.op, [self.text(arg) for arg in node.args]
        if not args and op != "call":
            return self._leaf(node)
        match op:
            case "and" | "or":
                return "(" + f" {op} ".join(args) + ")"
            case "in" | "not in":
                return f"({args[0]} {op} ({','.join(args[1:])}))"
            case "like" if len(args) > 2:
                return f"({args[0]} like {args[1]} escape {args[2]})"
            case "trim":
                return f"trim({node.text + ' ' if node.text else ''}{args[0]} from {args[1]})"
            case "case":
                return f"({function_text(node, args)})"
        if op in _FORMS:
            return _FORMS[op].format(*args, op=op, text=node.text)
        text = function_text(node, args)
        if text is None:
            raise Unsupported(self.statement, node.at, f"how MySQL prints {op} is not known")
        return text

    def _leaf(self, node: Node) -> str:
        match node.op:
            case "column":
                return quoted_name(node.text)
            case "string":
                return f"_{node.charset or self.scope.charset}{string_literal(node.text)}"
            case "hex":
                return "0x" + node.text
            case "null":
                return "NULL"
            case "true" | "false":
                return node.op
        return node.text
