"""Parse operands: literals, columns, function calls, CASE."""

from __future__ import annotations

import re

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import DDLError
from stillroom.catalog.expressions import calls, functions
from stillroom.catalog.expressions.reader import Grammar
from stillroom.catalog.expressions.tree import Node, names
from stillroom.catalog.parser.lexer import Kind, Token

_CONSTANTS = {"NULL": "null", "TRUE": "true", "FALSE": "false"}
# Words of the grammar that no unquoted column can have for a name.
_RESERVED = names(
    "AND AS BETWEEN BINARY BY CASE CHECK COLLATE CONVERT CREATE CROSS DEFAULT DELETE DESC ASC "
    "DISTINCT DIV DROP ELSE EXISTS FOR FOREIGN FROM GROUP HAVING IN INDEX INSERT INTERVAL INTO IS "
    "JOIN KEY LEFT LIKE LIMIT LOCK MATCH MOD NOT ON OR ORDER PRIMARY RANGE READ REFERENCES REGEXP "
    "RENAME REPLACE RIGHT RLIKE SELECT SET TABLE THEN TO UNION UNIQUE UPDATE USING VALUES WHEN "
    "WHERE WITH WRITE XOR"
)
_SEQUENCE_VALUES = {"NEXT": "nextval", "PREVIOUS": "lastval"}  # before VALUE FOR
_TEMPORAL = {
    "DATE": re.compile(r"\d{4}-\d\d-\d\d"),
    "TIME": re.compile(r"\d\d:\d\d:\d\d(?:\.\d{1,6})?"),
    "TIMESTAMP": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?"),
}
_ODBC = {"D": "DATE", "T": "TIME", "TS": "TIMESTAMP"}


class Operands(Grammar):
    """The grammar of operands; that of operators builds on it."""

    def primary(self) -> Node:
        """An operand without signs."""
        token = self.token
        match token.kind:
            case Kind.WORD:
                return self._word()
            case Kind.STRING | Kind.NATIONAL:
                return self.string()
            case Kind.NUMBER:
                self.take()
                return Node("number", text=_number(token.value), at=token.start)
            case Kind.HEX | Kind.BIT:
                return self._hex()
            case Kind.NAME:
                return self._column()
            case Kind.VARIABLE:
                if self.scope.target.mariadb and self.scope.usage != "check":
                    raise self.unsupported("variables in expressions are not known", token)
                raise self.scope.refused_variable(token.text)
        if self.at("("):
            items = self.items()
            return items[0] if len(items) == 1 else Node("row", tuple(items), at=token.start)
        self.expect("{")
        return self._odbc()

    def items(self) -> list[Node]:
        """Expressions between parentheses."""
        self.expect("(")
        if self.at("SELECT"):
            raise self.scope.refused_subquery()
        nodes = [self.expression()]
        while self.accept(","):
            nodes.append(self.expression())
        self.expect(")")
        return nodes

    def _odbc(self) -> Node:
        word = self.take().value
        if word not in _ODBC:
            self.wrong()
        node = self._temporal(_ODBC[word])
        self.expect("}")
        return node

    def string(self) -> Node:
        """A string literal, or several that stand side by side."""
        token = self.take()
        charset = "utf8mb3" if token.kind is Kind.NATIONAL else ""
        value = token.value
        while self.token.kind is Kind.STRING:
            value += self.take().value
        return Node("string", text=value, charset=charset, at=token.start)

    def _introduced(self, charset: str) -> Node:
        start = self.take().start
        known = {"_utf8": "utf8mb3", "_utf8mb3": "utf8mb3"}
        if self.token.kind is not Kind.STRING:
            raise self.unsupported("a character set before a literal like this is not known", start)
        text = self.string().text
        return Node("string", text=text, charset=known.get(charset, charset[1:]), at=start)

    def _hex(self) -> Node:
        token = self.take()
        quoted = self.scope.target.mariadb and token.text[0] in "xX"
        if not token.value or (quoted and not self._is_large()):
            raise self.unsupported("how a literal like this is printed is not known", token)
        digits = token.value.lower()
        if quoted:
            return Node("hex", text=digits, charset="binary", at=token.start)
        if token.kind is Kind.BIT:
            digits = f"{int(digits, 2):0{-(-len(digits) // 8) * 2}x}"
        return Node("hex", text="0" * (len(digits) % 2) + digits, at=token.start)

    def _is_large(self) -> bool:
        """Whether this is the default of a BLOB or TEXT, which is kept as it is written."""
        column = self.scope.columns.get(self.scope.subject)
        return (
            self.scope.usage == "default"
            and column is not None
            and column.kind.endswith(("blob", "text"))
        )

    def _temporal(self, kind: str) -> Node:
        token = self.take()
        if token.kind is not Kind.STRING:
            self.wrong()
        value = token.value + ":00" if re.fullmatch(r"\d\d:\d\d", token.value) else token.value
        if not _TEMPORAL[kind].fullmatch(value):
            raise self.unsupported(f"how this {kind} is printed is not known", token)
        return Node("temporal", text=f"{kind}'{value}'", at=token.start)

    def _word(self) -> Node:
        token, following = self.token, self.peek()
        word = token.value
        if word == "CASE":
            return self._case()
        if word in ("EXISTS", "SELECT"):
            raise self.scope.refused_subquery()
        if following.kind in (Kind.STRING, Kind.HEX, Kind.BIT) and word.startswith("_"):
            return self._introduced(token.text.lower())
        if word == "INTERVAL" and not self.interval_function():
            return self._interval_first()
        if following.kind is Kind.SYMBOL and following.value == "(":
            return self._row() if word == "ROW" else self._call()
        if word in _CONSTANTS:
            self.take()
            return Node(_CONSTANTS[word], at=token.start)
        if word in _TEMPORAL and following.kind is Kind.STRING:
            self.take()
            return self._temporal(word)
        return self._bare_word(token)

    def _bare_word(self, token: Token) -> Node:
        if not self.mysql and token.value in _SEQUENCE_VALUES and self.peek().value == "VALUE":
            self.next += 2
            self.expect("FOR")
            return calls.sequence_value(self, _SEQUENCE_VALUES[token.value], token.start)
        if token.value.lower() in functions.BARE:
            self.take()
            return self._native(token)
        if token.value in _RESERVED:
            self.wrong()
        return self._column()

    def _row(self) -> Node:
        at = self.take().start
        items = self.items()
        if len(items) == 1:
            self.wrong()
        return Node("row", tuple(items), at=at)

    def _interval_first(self) -> Node:
        """``INTERVAL 1 DAY + x``: everything up to a logical operator is x."""
        at = self.take().start
        count = self.expression()
        unit = self.unit()
        self.expect("+")
        return Node("+interval", (self.comparison(), count), unit, at=at)

    def _column(self) -> Node:
        parts = [self.take()]
        while self.accept("."):
            parts.append(self.take())
        if any(part.kind not in (Kind.WORD, Kind.NAME) for part in parts):
            self.wrong()
        at = parts[0].start
        if len(parts) > 1 and _named(parts[-2]) != self.scope.table:
            raise self.unsupported("a column name qualified like this is not known", at)
        written = _named(parts[-1])
        name = self.scope.column(written)
        shape = self.scope.columns[name]
        refusal = self.scope.refused_auto_increment(name) if shape.auto_increment else None
        if refusal:
            raise refusal
        # MySQL prints a CHECK as it was parsed, other expressions as they were resolved.
        printed = written if self.mysql and self.scope.usage == "check" else name
        return Node("column", text=printed, at=at)

    def _call(self) -> Node:
        token, opening = self.token, self.peek()
        name = token.value.lower()
        if name in functions.NO_SPACE and opening.start > token.end:
            raise self.unsupported(f"a space between {name} and ( makes it another function", token)
        if name in functions.AGGREGATES:
            raise self.scope.refused_aggregate(name)
        self.next += 2
        special = (calls.MYSQL_SPECIAL if self.mysql else calls.MARIADB_SPECIAL).get(name)
        if special is not None:
            return special(self, token.start)
        args = self._arguments(token)
        return self._native(token, args)

    def _arguments(self, name: Token) -> tuple[Node, ...]:
        known = functions.ARITIES[self.family].get(name.value.lower())
        if known is None:
            raise self.unsupported(f"the function {name.text} is not known here", name)
        arguments: list[Node] = []
        while not self.at(")") and (not arguments or self.accept(",")):
            arguments.append(self.expression())
        self.expect(")")
        low, high = known
        if not low <= len(arguments) <= high:
            native = name.value.lower()
            raise DDLError(
                er.WRONG_PARAMCOUNT_TO_NATIVE_FCT,
                f"Incorrect parameter count in the call to native function '{native}'",
            )
        return tuple(arguments)

    def _native(self, name: Token, args: tuple[Node, ...] = ()) -> Node:
        local = name.value in ("LOCALTIME", "LOCALTIMESTAMP")
        if local and self.scope.target.mariadb_from(11, 0):
            raise self.unsupported(f"what MariaDB 11 makes of {name.text} is not known", name)
        if self.mysql and self.scope.usage == "key" and name.value in ("TIME", "TIMESTAMP"):
            # It is printed with as many digits of a second as its argument may have.
            raise self.unsupported(f"{name.text} in a key is not known", name)
        return functions.rewritten(self.family, name.value.lower(), args, name.start)

    def _case(self) -> Node:
        at = self.take().start
        args = [] if self.at("WHEN") else [self.expression()]
        shape = "operand" if args else ""
        while self.accept("WHEN"):
            args.append(self.expression())
            self.expect("THEN")
            args.append(self.expression())
        if self.accept("ELSE"):
            shape += " else"
            args.append(self.expression())
        self.expect("END")
        return Node("case", tuple(args), shape, at=at)


def _named(token: Token) -> str:
    return token.value if token.kind is Kind.NAME else token.text


def _number(digits: str) -> str:
    """A number as it is printed: floats as written, others without idle zeros and points."""
    if "e" in digits.lower():
        return digits
    whole, point, fraction = digits.partition(".")
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{fraction}" if point and fraction else whole
