"""Parse an expression: text in, tree out, names checked against the scope."""

from __future__ import annotations

from collections.abc import Callable

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import DDLError
from stillroom.catalog.expressions import functions
from stillroom.catalog.expressions.operands import Operands
from stillroom.catalog.expressions.scope import Scope
from stillroom.catalog.expressions.tree import COMPARISONS, Node
from stillroom.catalog.parser.lexer import Kind

_REGEXP = ("REGEXP", "RLIKE")
# Binary operators, loosest first, and how the tree spells them.
_BIT_LEVELS: tuple[dict[str, str], ...] = (
    {"|": "|"},
    {"&": "&"},
    {"<<": "<<", ">>": ">>"},
    {"+": "+", "-": "-"},
    {"*": "*", "/": "/", "%": "%", "MOD": "%", "DIV": "DIV"},
    {"^": "^"},
)
_ADDITION = 3
_COMPARED = {symbol: symbol for symbol in COMPARISONS} | {"!=": "<>"}
_SIGNS = (("-", "neg"), ("~", "~"))
_SYMBOLIC = {"&&": "AND", "||": "OR"}


def parse(text: str, scope: Scope) -> Node:
    """The tree of ``text``, columns spelled as the table spells them."""
    return _Parser(text, scope).whole()


class _Parser(Operands):
    """Operators, loosest first."""

    def whole(self) -> Node:
        # The grammar of a partition function has no truth values.
        tree = self.bits() if self.scope.usage == "partition" else self.expression()
        if self.token.kind is not Kind.END:
            self.wrong()
        _check_rows(tree, mariadb=self.scope.target.mariadb)
        return tree

    def expression(self) -> Node:
        return self._joined("OR", lambda: self._joined("XOR", self._conjunction))

    def _conjunction(self) -> Node:
        return self._joined("AND", self._negation)

    def _joined(self, word: str, operand: Callable[[], Node]) -> Node:
        left = operand()
        while self._at_logical(word):
            at = self.take().start
            left = Node(word.lower(), (left, operand()), at=at)
        return left

    def _at_logical(self, word: str) -> bool:
        if self.token.value == "||" and self.pipes_join:
            return False
        return self.at(word) or (
            self.token.kind is Kind.SYMBOL and _SYMBOLIC.get(self.token.value) == word
        )

    def _negation(self) -> Node:
        at = self.token.start
        if self.accept("NOT"):
            return Node("not", (self._negation(),), at=at)
        return self.comparison()

    def comparison(self) -> Node:
        left = self._predicate()
        while True:
            at = self.token.start
            if self.accept("IS"):
                left = self._is(left, at)
            elif self.token.kind is Kind.SYMBOL and self.token.value in _COMPARED:
                op = _COMPARED[self.take().value]
                if self.at("ANY") or self.at("ALL") or self.at("SOME"):
                    raise self.scope.refused_subquery()
                left = Node(op, (left, self._predicate()), at=at)
            else:
                return left

    def _is(self, left: Node, at: int) -> Node:
        word = "is not " if self.accept("NOT") else "is "
        if self.accept("NULL") or self.accept("UNKNOWN"):
            return Node(word + "null", (left,), at=at)
        if not (self.at("TRUE") or self.at("FALSE")):
            self.wrong()
        node = Node(word + self.take().value.lower(), (left,), at=at)
        compared = self.token.kind is Kind.SYMBOL and self.token.value in _COMPARED
        if self.mysql and (compared or self.at("IS")):
            self.wrong()
        return node

    def _predicate(self) -> Node:
        left = self.bits()
        while True:
            at = self.token.start
            negated = self.at("NOT") and self.peek().value in ("IN", "BETWEEN", "LIKE", *_REGEXP)
            if negated:
                self.take()
            node = self._one_predicate(left, at)
            if node is None:
                return left
            left = Node("not", (node,), at=at) if negated else node
            if self.mysql:
                return left

    def _one_predicate(self, left: Node, at: int) -> Node | None:
        if self.accept("IN"):
            return Node("in", (left, *self.items()), at=at)
        if self.accept("BETWEEN"):
            low = self.bits() if self.mysql else self._predicate()
            self.expect("AND")
            return Node("between", (left, low, self._predicate()), at=at)
        if self.accept("SOUNDS", "LIKE"):
            sounds = [functions.call("soundex", side, at=at) for side in (left, self.bits())]
            return Node("=", tuple(sounds), at=at)
        if self.accept("LIKE"):
            pattern = self.simple() if self.mysql else self.bits()
            escape = (self._escape(),) if self.accept("ESCAPE") else ()
            return Node("like", (left, pattern, *escape), at=at)
        if self.token.kind is Kind.WORD and self.token.value in _REGEXP:
            self.take()
            return Node("regexp", (left, self.bits()), at=at)
        if self.mysql and self.at("MEMBER"):
            self.take()
            self.accept("OF")
            self.expect("(")
            array = self.simple()
            self.expect(")")
            return Node("member of", (left, array), at=at)
        return None

    def _escape(self) -> Node:
        if self.token.kind is not Kind.STRING:
            raise self.unsupported("ESCAPE with anything but a string is not known", self.token)
        node = self.simple()
        if not self.mysql and any(self.token.value in level for level in _BIT_LEVELS):
            raise self.unsupported("ESCAPE with an operation is not known", self.token)
        return node

    def bits(self, level: int = 0) -> Node:
        if level == len(_BIT_LEVELS):
            return self._concatenation()
        left = self.bits(level + 1)
        while (
            self.token.kind in (Kind.SYMBOL, Kind.WORD) and self.token.value in _BIT_LEVELS[level]
        ):
            token = self.take()
            op = _BIT_LEVELS[level][token.value]
            if level == _ADDITION and self.at("INTERVAL") and not self.interval_function():
                self.take()
                left = self._tighter(self.shifted(op, left, token.start))
            else:
                left = Node(op, (left, self.bits(level + 1)), at=token.start)
        return left

    def shifted(self, sign: str, moment: Node, at: int) -> Node:
        count = self.expression()
        return Node(f"{sign}interval", (moment, count), self.unit(), at=at)

    def _tighter(self, left: Node) -> Node:
        """After a shifted moment, operators that bind tighter than + take all of it."""
        for level in range(_ADDITION + 1, len(_BIT_LEVELS)):
            while self.token.value in _BIT_LEVELS[level] and self.token.kind is not Kind.STRING:
                token = self.take()
                op = _BIT_LEVELS[level][token.value]
                left = Node(op, (left, self.bits(level + 1)), at=token.start)
        return left

    def _concatenation(self) -> Node:
        parts = [self.simple()]
        at = self.token.start
        while self.pipes_join and self.accept("||"):
            parts.append(self.simple())
        return functions.call("concat", *parts, at=at) if len(parts) > 1 else parts[0]

    def simple(self) -> Node:
        token = self.token
        if self.accept("+"):
            return self.simple()
        if self.accept("!"):
            if self.mysql and self.at("!") and self.token.start == token.end:
                raise self.unsupported("MySQL reads !! as one !", token)
            return Node("not", (self.simple(),), at=token.start)
        if self.accept("BINARY"):
            return Node("cast", (self.simple(),), "char charset binary", at=token.start)
        for sign, op in _SIGNS:
            if self.accept(sign):
                return Node(op, (self.simple(),), at=token.start)
        return self._postfixed(self.primary())

    def _postfixed(self, node: Node) -> Node:
        while True:
            at = self.token.start
            if self.accept("COLLATE"):
                name = self.take()
                if name.kind not in (Kind.WORD, Kind.NAME, Kind.STRING):
                    self.wrong()
                node = Node("collate", (node,), name.value.lower(), at=at)
            elif self.mysql and node.op == "column" and (self.at("->") or self.at("->>")):
                node = self._json_path(node)
            else:
                return node

    def _json_path(self, column: Node) -> Node:
        arrow = self.take()
        if self.token.kind is not Kind.STRING:
            self.wrong()
        node = functions.call("json_extract", column, self.string(), at=arrow.start)
        if arrow.value == "->>":
            node = functions.call("json_unquote", node, at=arrow.start)
        return node


_CALCULATED = ("+", "-", "*", "/", "%", "DIV")
_BITWISE = ("|", "&", "^", "<<", ">>")


def _check_rows(node: Node, *, mariadb: bool) -> None:
    """Errors for a row where one value is wanted, or a row with another number of columns."""
    rows = any(arg.op == "row" for arg in node.args)
    if rows and node.op in (*COMPARISONS, "in"):
        first, *others = node.args
        for other in others:
            if mariadb and (first.op == "row") != (other.op == "row"):
                raise DDLError(er.MARIADB_CANNOT_CAST, _illegal(node))
            _check_columns(first, other)
    elif rows and node.op != "row":
        if mariadb and node.op in _CALCULATED:
            raise DDLError(er.MARIADB_CANNOT_CAST, _illegal(node))
        if mariadb and node.op in _BITWISE:
            raise DDLError(er.MARIADB_CANNOT_CAST_ONE, _illegal(node))
        raise DDLError(er.OPERAND_COLUMNS, "Operand should contain 1 column(s)")
    for arg in node.args:
        _check_rows(arg, mariadb=mariadb)


def _check_columns(first: Node, other: Node) -> None:
    """Error 1241 if two rows have not as many columns, at any depth."""
    columns, others = (node.args if node.op == "row" else () for node in (first, other))
    if len(columns) != len(others):
        count = len(columns) or 1
        raise DDLError(er.OPERAND_COLUMNS, f"Operand should contain {count} column(s)")
    for left, right in zip(columns, others, strict=True):
        _check_columns(left, right)


def _illegal(node: Node) -> str:
    return f"Illegal parameter data types for operation '{node.op}'"
