"""Print an expression as MariaDB does: with as few parentheses as precedence allows."""

from __future__ import annotations

from stillroom.catalog.errors import Unsupported
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

_LOOSEST_FIRST: tuple[tuple[str, ...], ...] = (
    ("or",),
    ("xor",),
    ("and",),
    (*COMPARISONS, "is null", "is not null", *TRUTH_TESTS),
    ("between", "not between"),
    ("in", "not in", "like", "not like", "regexp"),
    ("|",),
    ("&",),
    ("<<", ">>"),
    ("+interval", "-interval"),
    ("+", "-"),
    ("*", "/", "DIV", "%"),
    ("^",),
    ("neg", "~", "not"),
    ("collate",),
)
_PRECEDENCE = {op: level for level, ops in enumerate(_LOOSEST_FIRST) for op in ops}
_TIGHTEST = len(_LOOSEST_FIRST)
# Where the printed operator is not the name of the node; a negated LIKE has two blanks.
_SPELLED = {"%": "MOD", "not like": " not like"}
# What NOT NOT leaves as it is, being a truth value already.
_TRUTH = {"and", "or", "xor", "not", "like", "not like", "regexp", "<=>", *OPPOSITES, *TRUTH_TESTS}
_TURNING = {"and", "or", "xor", "not", "like", "not like", "true", "false", *OPPOSITES}


def kept(tree: Node, scope: Scope, statement: str) -> Node:
    """The tree as the server keeps it: negations pushed down, AND and OR flattened."""
    return _Keeper(scope, statement).kept(tree)


class _Keeper:
    def __init__(self, scope: Scope, statement: str) -> None:
        self.scope = scope
        self.statement = statement

    def kept(self, node: Node) -> Node:
        node = node.with_args(*(self.kept(arg) for arg in node.args))
        match node.op:
            case "and" | "or":
                return _flattened(node)
            case "not":
                return self._negated(node.args[0])
            case "neg" if node.args[0].op in ("number", "true", "false"):
                digits = {"true": "1", "false": "0"}.get(node.args[0].op, node.args[0].text)
                negative = digits[1:] if digits.startswith("-") else "-" + digits
                if digits.strip("0.") == "":
                    negative = digits
                return Node("number", text=negative, at=node.at)
            case "in" if len(node.args) == 2:
                return Node("=", node.args, at=node.at)
        return node

    def _negated(self, node: Node) -> Node:
        op, args = node.op, node.args
        if op == "not":
            inner = args[0]
            true = inner.op in _TRUTH or inner.text in _TESTING_CALLS
            return inner if true else Node("<>", (inner, ZERO), at=node.at)
        if op in OPPOSITES:
            return Node(OPPOSITES[op], args, at=node.at)
        if op in TRUTH_TESTS and _newer(self.scope, self.statement, node):
            return Node(TRUTH_TESTS[op], args, at=node.at)
        match op:
            case "and" | "or":
                other = "or" if op == "and" else "and"
                return _flattened(Node(other, tuple(map(self._opposite, args)), at=node.at))
            case "xor":
                if not self._turns(args[0]) and self._turns(args[1]):
                    return node.with_args(args[0], self._opposite(args[1]))
                return node.with_args(self._opposite(args[0]), args[1])
            case "true" | "false":
                return Node("false" if op == "true" else "true", at=node.at)
            case "like":
                return Node("not like", args, at=node.at)
            case "not like":
                return Node("like", args, at=node.at)
        return Node("not", (node,), at=node.at)

    def _turns(self, node: Node) -> bool:
        """Whether the server negates it without a NOT around it; a column it does not."""
        if node.op in TRUTH_TESTS:
            return _newer(self.scope, self.statement, node)
        return node.op in _TURNING

    def _opposite(self, node: Node) -> Node:
        """The negation of an operand of AND, OR and XOR: there NOT NOT x is x."""
        return node.args[0] if node.op == "not" else self._negated(node)


def _newer(scope: Scope, statement: str, node: Node) -> bool:
    """Whether this is MariaDB 11.8, not 10.x; which of them 11.0 to 11.7 follow is not known."""
    target = scope.target
    if target.mariadb_from(11, 0) and not target.mariadb_from(11, 8):
        raise Unsupported(statement, node.at, f"how {target} prints this is not known")
    return target.mariadb_from(11, 8)


def _flattened(node: Node) -> Node:
    args: list[Node] = []
    for arg in node.args:
        if arg.op == node.op:
            args.extend(arg.args)
        else:
            args.append(Node("<>", (arg, ZERO), at=arg.at) if arg.op == "column" else arg)
    return node.with_args(*args)


class Printer:
    """A kept tree as text."""

    def __init__(self, scope: Scope, statement: str) -> None:
        self.scope = scope
        self.statement = statement

    def text(self, node: Node, at_least: int = 0) -> str:
        """The node, in parentheses if it binds looser than ``at_least``."""
        if node.op == "not" and node.args[0].op == "column":
            node = Node("=", (node.args[0], ZERO))
        level = _PRECEDENCE.get(node.op)
        if level is None:
            return self._operand(node)
        text = self._operation(node, level)
        return f"({text})" if level < at_least else text

    def _operation(self, node: Node, level: int) -> str:
        op, args = node.op, node.args
        if op in ("and", "or"):
            return f" {op} ".join(self.text(arg, level) for arg in args)
        first = self.text(args[0], level)
        match op:
            case "neg" | "~" | "not":
                return {"neg": "-", "not": "!"}.get(op, op) + first
            case "between" | "not between":
                first, low, high = (self.text(args[i], level + (i == 0)) for i in range(3))
                return f"{first} {op} {low} and {high}"
            case "in" | "not in":
                return f"{first} {op} ({','.join(map(self.text, args[1:]))})"
            case "like" | "not like" if len(args) > 2:
                pair = node.with_args(*args[:2])
                return f"{self._operation(pair, level)} escape {self.text(args[2])}"
            case "+interval" | "-interval":
                return f"{first} {op[0]} interval {self.text(args[1])} {node.text}"
            case "collate":
                return f"{first} collate {node.text}"
        if len(args) == 1:
            return f"{first} {op}"
        return f"{first} {_SPELLED.get(op, op)} {self.text(args[1], level + 1)}"

    def _operand(self, node: Node) -> str:
        args = [self.text(arg) for arg in node.args]
        if not args and node.op != "call":
            return self._leaf(node)
        match node.op:
            case "trim":
                return f"trim({node.text or 'both'} {args[0]} from {args[1]})"
            case "case" if node.text.startswith("operand"):
                args[0] = self.text(node.args[0], _TIGHTEST)
        text = function_text(node, args)
        if text is None:
            raise Unsupported(self.statement, node.at, f"MariaDB has no {node.op}")
        return text

    def _leaf(self, node: Node) -> str:
        match node.op:
            case "column":
                return quoted_name(node.text)
            case "string":
                return self._string(node)
            case "hex":
                return f"X'{node.text}'" if node.charset else "0x" + node.text
            case "null":
                return "NULL"
            case "true" | "false":
                return "1" if node.op == "true" else "0"
        return node.text

    def _string(self, node: Node) -> str:
        if node.charset not in ("", "utf8mb3"):
            reason = "how a string with a character set is printed is not known"
            raise Unsupported(self.statement, node.at, reason)
        text = string_literal(node.text)
        if "\t" in text and _newer(self.scope, self.statement, node):
            return text.replace("\t", "\\t")
        return text


_NUMERIC_CASTS = ("char", "signed", "unsigned", "decimal", "double", "float")


_TESTING_CALLS = names("json_contains json_contains_path json_exists json_overlaps json_valid")


def in_parentheses(node: Node) -> bool:
    """Whether DEFAULT prints this tree in parentheses: operators, tests, casts to most types."""
    if node.op == "call":
        return node.text in _TESTING_CALLS
    if node.op == "cast":
        return node.text.startswith(_NUMERIC_CASTS)
    return node.op in _PRECEDENCE or node.op == "case"
