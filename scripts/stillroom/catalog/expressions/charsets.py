"""The character sets of strings once the server has resolved an expression.

A string is converted to the character set of what it is compared or joined with, and the
introducer before it changes along. A CHECK is printed before this happens.
"""

from __future__ import annotations

from typing import NamedTuple

from stillroom.catalog.errors import Unsupported
from stillroom.catalog.expressions.scope import Scope
from stillroom.catalog.expressions.tree import COMPARISONS, Node, names

BINARY = "binary"
_EXPLICIT, _IMPLICIT, _SYSTEM, _COERCIBLE, _NUMERIC, _IGNORABLE = range(6)
_WIDTH = {"utf8mb4": 2, "utf8mb3": 1}

# Operands that are brought to one character set, as a slice.
_JOINED = {
    op: slice(None)
    for op in (*COMPARISONS, "in", "not in", "like", "not like", "regexp", "not regexp")
}
_JOINED |= {op: slice(None) for op in ("between", "not between")}
_JOINED_CALLS = {
    "concat": slice(None),
    "concat_ws": slice(None),
    "ifnull": slice(None),
    "coalesce": slice(None),
    "nullif": slice(None),
    "greatest": slice(None),
    "least": slice(None),
    "field": slice(None),
    "find_in_set": slice(None),
    "strcmp": slice(None),
    "replace": slice(None),
    "locate": slice(0, 2),
    "if": slice(1, None),
    "elt": slice(1, None),
    "lpad": slice(0, None, 2),
    "rpad": slice(0, None, 2),
    "insert": slice(0, None, 3),
}
# Functions whose first argument is not converted, but the others to it.
_FIRST_DECIDES = names("insert lpad replace rpad")
# Functions that make text of a constant number which they put into another text, or look for.
_PARTS = {*_FIRST_DECIDES, "locate"}
_OF_DIGITS = (BINARY, "latin1")  # where a number needs no conversion
# Functions that return a string like their first argument.
_ALIKE = names(
    "lcase left lower ltrim quote repeat reverse right rtrim substr substring_index trim ucase "
    "upper"
)
_BINARY_CALLS = names(
    "aes_decrypt aes_encrypt compress from_base64 inet6_aton uncompress unhex uuid_to_bin"
)
_TEXT_CALLS = names(
    "bin_to_uuid conv date_format dayname export_set format hex inet6_ntoa inet_ntoa md5 monthname "
    "sha sha2 soundex space time_format to_base64"
)
_JSON_CALLS = names(
    "json_array json_extract json_insert json_keys json_merge_patch json_merge_preserve "
    "json_object json_remove json_replace json_search json_set"
)
_JSON_TEXT_CALLS = names("json_pretty json_quote json_type json_unquote")
_NUMBER_CALLS = names("field find_in_set locate strcmp")
_COMPARING_CALLS = names("field find_in_set nullif strcmp")
_SYSTEM_CALLS = names("charset collation current_user database user")


class _Charset(NamedTuple):
    name: str
    strength: int  # smaller is stronger


def resolved(tree: Node, scope: Scope, statement: str) -> Node:
    """The tree with the character set of every string as the server leaves it."""
    return _Resolver(scope, statement).resolved(tree)


class _Resolver:
    def __init__(self, scope: Scope, statement: str) -> None:
        self.scope = scope
        self.statement = statement
        self._numeric = _Charset(scope.charset, _NUMERIC)

    def resolved(self, node: Node) -> Node:
        args = [self.resolved(arg) for arg in node.args]
        for group in self._groups(node, args):
            if self.scope.target.mysql and node.text in _PARTS:
                self._make_texts(args, group, node)
            self._convert(args, group, node)
        return node.with_args(*args)

    def _groups(self, node: Node, args: list[Node]) -> list[list[int]]:
        """The operands, by position, that share a character set."""
        positions = list(range(len(args)))
        if node.op == "case":
            return case_groups(node.text, positions)
        if node.op == "call" and node.text in _JOINED_CALLS:
            return [positions[_JOINED_CALLS[node.text]]]
        return [positions[_JOINED[node.op]]] if node.op in _JOINED else []

    def _make_texts(self, args: list[Node], group: list[int], parent: Node) -> None:
        """Turn constant numbers and moments into strings of the character set of the other text."""
        places = group[:1] if parent.text == "locate" else group[1:]
        texts = {place: _text(args[place]) for place in places}
        if all(text is None for text in texts.values()):
            return
        members = [args[i] for i in group]
        target = self._common(members if parent.text == "locate" else members[:1], parent)
        if target.name in _OF_DIGITS:
            return
        for place, text in texts.items():
            if text == "" and self._charset(args[place]).strength == _NUMERIC:
                raise self._unknown(args[place])
            if text:
                args[place] = Node("string", text=text, charset=target.name, at=args[place].at)

    def _convert(self, args: list[Node], group: list[int], parent: Node) -> None:
        """Bring the operands at these positions to one character set."""
        members = [args[i] for i in group]
        if self.scope.target.mariadb:
            return self._compare(members, parent)
        if not any(arg.op == "string" or _constant(arg) for arg in members):
            return None
        if any(arg.op == "row" for arg in members):
            return self._check_rows(members, parent)
        if parent.op in _JOINED or parent.text in _COMPARING_CALLS:
            self._check_places(members)
        first_decides = parent.op == "call" and parent.text in _FIRST_DECIDES
        target = self._common(members[:1] if first_decides else members, parent)
        if target.strength == _NUMERIC:
            return None
        if target.name == BINARY and not self._to_binary(parent, members):
            return None
        if parent.text == "field" or parent.op in ("in", "not in"):
            self._check_pairs(members, parent)
        if any(map(_constant, members)) and (first_decides or self._differ(members)):
            raise self._unknown(parent)
        first, last = (0, 1) if parent.text == "locate" else (int(first_decides), len(group))
        for i in group[first:last]:
            args[i] = self._brought(args[i], target)
        return None

    def _differ(self, members: list[Node]) -> bool:
        """Whether these are texts of more than one character set."""
        charsets = [self._charset(member) for member in members]
        texts = {charset.name for charset in charsets if charset.strength < _NUMERIC}
        return len(texts - {BINARY}) > 1

    def _brought(self, arg: Node, target: _Charset) -> Node:
        if arg.op == "string":
            return self._converted(arg, target.name)
        if _constant(arg) and self._charset(arg).name != target.name:
            raise self._unknown(arg)
        return arg

    def _to_binary(self, parent: Node, members: list[Node]) -> bool:
        """Whether strings become binary ones beside such."""
        if parent.op in (*COMPARISONS, "in", "between") or parent.text in ("concat", "concat_ws"):
            return True
        if parent.text in ("insert", "locate", "lpad", "rpad"):
            return False
        if any(arg.op == "string" and arg.charset != BINARY for arg in members):
            raise self._unknown(parent)
        return False

    def _compare(self, members: list[Node], parent: Node) -> None:
        """MariaDB prints what it converts, except for strings; refuse it then."""
        if any(arg.op == "row" for arg in members):
            return self._check_rows(members, parent)
        strings = [arg for arg in members if arg.op != "hex"]
        if not strings:
            return None
        target = self._common(strings, parent)
        if target.strength >= _NUMERIC or target.name == BINARY:
            return None
        for arg in members:
            if arg.op == "string":
                self._converted(arg, target.name)
            elif arg.op == "hex" or (
                self._charset(arg).strength < _NUMERIC and self._charset(arg).name != target.name
            ):
                raise self._unknown(arg)
        return None

    def _check_pairs(self, members: list[Node], parent: Node) -> None:
        """Where each is compared with the first alone, only that one may differ from strings."""
        others = {self._charset(m) for m in members[1:] if m.op != "string"}
        strange = {c.name for c in others if c.strength < _NUMERIC} - {self.scope.charset}
        if strange or (members[0].op == "string" and others):
            raise self._unknown(parent)
        if others and self._charset(members[0]).name != self.scope.charset:
            raise self._unknown(parent)

    def _check_places(self, members: list[Node]) -> None:
        """A place in a text is joined with others as a text is, but compared as a number."""
        for arg in members:
            if arg.text == "locate" and self._charset(arg).name != self.scope.charset:
                raise self._unknown(arg)

    def _check_rows(self, members: list[Node], parent: Node) -> None:
        leaves = {leaf.name for member in members for leaf in self._leaves(member)}
        if not leaves <= {self.scope.charset}:
            raise self._unknown(parent)

    def _common(self, members: list[Node], parent: Node) -> _Charset:
        target, *others = map(self._charset, members)
        for charset in others:
            target = self._stronger(target, charset, parent)
        return target

    def _leaves(self, node: Node) -> list[_Charset]:
        leaves = [leaf for leaf in node.walk() if not leaf.args]
        return [c for c in map(self._charset, leaves) if c.strength < _NUMERIC]

    def _converted(self, string: Node, charset: str) -> Node:
        if string.charset == BINARY:
            return string
        if not string.text.isascii() and charset not in _WIDTH and charset != BINARY:
            raise self._unknown(string)
        return Node("string", text=string.text, charset=charset, at=string.at)

    def _stronger(self, one: _Charset, other: _Charset, parent: Node) -> _Charset:
        if one.name == other.name or one.strength >= _NUMERIC or other.strength >= _NUMERIC:
            return min(one, other, key=lambda charset: charset.strength)
        if BINARY in (one.name, other.name):
            binary, text = (one, other) if one.name == BINARY else (other, one)
            return binary if binary.strength <= text.strength else text
        if one.strength != other.strength:
            return min(one, other, key=lambda charset: charset.strength)
        wider = max(one, other, key=lambda charset: _WIDTH.get(charset.name, 0))
        if _WIDTH.get(one.name, 0) == _WIDTH.get(other.name, 0):
            raise self._unknown(parent)
        return wider

    def _charset(self, node: Node) -> _Charset:
        match node.op:
            case "column":
                shape = self.scope.columns[self.scope.column(node.text)]
                if shape.kind == "bit":
                    raise self._unknown(node)
                return _Charset(shape.charset, _IMPLICIT) if shape.charset else self._numeric
            case "string":
                return _Charset(node.charset or self.scope.charset, _COERCIBLE)
            case "null":
                return _Charset(BINARY, _IGNORABLE)
            case "collate":
                return _Charset(node.text.partition("_")[0], _EXPLICIT)
            case "convert":
                return _Charset(node.text, _IMPLICIT)
            case "cast":
                charset = "utf8mb4" if node.text == "json" else node.text.partition(" charset ")[2]
                return _Charset(charset, _IMPLICIT) if charset else self._numeric
            case "case":
                return self._joined(node, case_groups(node.text, list(range(len(node.args))))[-1])
            case "call":
                return self._of_call(node)
        return self._of_other(node)

    def _of_other(self, node: Node) -> _Charset:
        if node.op in ("hex", "json_value"):
            raise self._unknown(node)
        return self._charset(node.args[1]) if node.op == "trim" else self._numeric

    def _of_call(self, node: Node) -> _Charset:
        name = node.text
        if self.scope.target.mariadb and (name in _SYSTEM_CALLS or name == "uuid"):
            return self._numeric  # ASCII, which MariaDB does not convert
        if name in _ALIKE:
            return self._charset(node.args[0])
        if name == "locate" and self.scope.target.mysql:
            return self._charset(node.args[1])
        if name in _JOINED_CALLS and name not in _NUMBER_CALLS:
            joined = self._joined(node, list(range(len(node.args)))[_JOINED_CALLS[name]])
            if name in _FIRST_DECIDES and joined.name != self._charset(node.args[0]).name:
                raise self._unknown(node)
            return joined
        json_text = _COERCIBLE if self.scope.target.mysql else _IMPLICIT
        for calls, charset in (
            (_BINARY_CALLS, _Charset(BINARY, _COERCIBLE)),
            (_TEXT_CALLS, _Charset(self.scope.charset, _COERCIBLE)),
            (_JSON_CALLS, _Charset("utf8mb4", _IMPLICIT)),
            (_JSON_TEXT_CALLS, _Charset("utf8mb4", json_text)),
            (_SYSTEM_CALLS, _Charset("utf8mb3", _SYSTEM)),
            ({"uuid"}, _Charset("utf8mb3", _COERCIBLE)),
        ):
            if name in calls:
                return charset
        return self._numeric

    def _joined(self, node: Node, group: list[int]) -> _Charset:
        return self._common([node.args[i] for i in group], node)

    def _unknown(self, node: Node) -> Unsupported:
        reason = "which character set this gets is not known"
        return Unsupported(self.statement, node.at, reason)


def case_groups(shape: str, positions: list[int]) -> list[list[int]]:
    """What a CASE compares (with an operand), and what it returns."""
    compared = [positions[0]] if shape.startswith("operand") else []
    rest = positions[len(compared) :]
    last = [rest.pop()] if shape.endswith("else") else []
    returned = rest[1::2] + last
    return [compared + rest[::2], returned] if compared else [returned]


def _text(node: Node) -> str | None:
    """The text of a constant that is none; "" if only the server can tell, None for all else."""
    match node.op:
        case "true" | "false":
            return str(int(node.op == "true"))
        case "number":
            return "" if "e" in node.text.lower() else node.text
        case "neg" if _text(node.args[0]):
            return f"-{_text(node.args[0])}"
        case "temporal":
            return node.text.partition("'")[2].rstrip("'")
        case "string" | "collate" | "convert" | "hex" | "row":
            return None
    return "" if _constant(node) else None


def _constant(node: Node) -> bool:
    """An operation on constants, which the server computes to convert it."""
    return bool(node.args) and not any(
        leaf.op == "column" or (leaf.op == "call" and not leaf.args) for leaf in node.walk()
    )
