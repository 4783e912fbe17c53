"""Parse functions with a syntax of their own, such as CAST, EXTRACT and TRIM."""

from __future__ import annotations

from collections.abc import Callable

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import DDLError
from stillroom.catalog.expressions import functions
from stillroom.catalog.expressions.reader import Grammar
from stillroom.catalog.expressions.tree import Node
from stillroom.catalog.parser.lexer import Kind
from stillroom.catalog.quoting import quoted_name


def _cast(parser: Grammar, at: int) -> Node:
    value = parser.expression()
    parser.expect("AS")
    kind = _type(parser)
    if parser.mysql and parser.accept("ARRAY"):
        if parser.scope.usage != "key":
            raise DDLError(
                er.NOT_SUPPORTED_YET,
                "This version of MySQL doesn't yet support 'Use of CAST( .. AS .. ARRAY) "
                "outside of functional index in CREATE(non-SELECT)/ALTER TABLE or in general "
                "expressions'",
            )
        kind = kind.partition(" charset ")[0] + " array"
    parser.expect(")")
    return Node("cast", (value,), kind, at=at)


def _convert(parser: Grammar, at: int) -> Node:
    value = parser.expression()
    if parser.accept("USING"):
        charset = parser.take().value.lower()
        parser.expect(")")
        return Node("convert", (value,), {"utf8": "utf8mb3"}.get(charset, charset), at=at)
    parser.expect(",")
    kind = _type(parser)
    parser.expect(")")
    return Node("cast", (value,), kind, at=at)


def _type(parser: Grammar) -> str:
    """The type of a CAST as both print it."""
    token = parser.take()
    word = token.value
    match word:
        case "SIGNED" | "UNSIGNED":
            _ = parser.accept("INTEGER") or parser.accept("INT")
            return word.lower()
        case "INT" | "INTEGER" if not parser.mysql:
            return "signed"
        case "DATE" | "DOUBLE" | "FLOAT":
            return word.lower()
        case "YEAR" | "JSON" if parser.mysql:
            return word.lower()
        case "REAL" if parser.mysql:
            return "double"
        case "DATETIME" | "TIME":
            return word.lower() + _size(parser)
        case "DECIMAL" | "DEC":
            return "decimal" + _precision(parser)
        case "CHAR" | "CHARACTER" | "NCHAR" | "BINARY":
            return _char_type(parser, word)
    raise parser.unsupported(f"a cast to {token.text} is not known", token)


def _size(parser: Grammar) -> str:
    if not parser.accept("("):
        return ""
    number = parser.take()
    parser.expect(")")
    return f"({int(number.value)})" if number.kind is Kind.NUMBER else parser.wrong()


def _precision(parser: Grammar) -> str:
    if not parser.accept("("):
        return "(10,0)"
    digits, scale = parser.take().value, "0"
    if parser.accept(","):
        scale = parser.take().value
    parser.expect(")")
    return f"({int(digits)},{int(scale)})" if (digits + scale).isdigit() else parser.wrong()


def _char_type(parser: Grammar, word: str) -> str:
    size = _size(parser)
    charset = {"BINARY": "binary", "NCHAR": "utf8mb3"}.get(word, parser.scope.charset)
    if parser.accept("CHARACTER", "SET") or parser.accept("CHARSET"):
        charset = parser.take().value.lower()
    return f"char{size} charset {'utf8mb3' if charset == 'utf8' else charset}"


def _extract(parser: Grammar, at: int) -> Node:
    unit = parser.unit()
    parser.expect("FROM")
    value = parser.expression()
    parser.expect(")")
    return Node("extract", (value,), unit, at=at)


def _trim(parser: Grammar, at: int) -> Node:
    where = ""
    for word in ("LEADING", "TRAILING", "BOTH"):
        if parser.accept(word):
            where = word.lower()
    if where and parser.at("FROM") and parser.mysql:
        raise parser.unsupported("TRIM of blanks at one end is not known", parser.token)
    args = [] if parser.at("FROM") else [parser.expression()]
    if parser.accept("FROM"):
        args.append(parser.expression())
    parser.expect(")")
    if len(args) == 1:  # MariaDB has functions of their own for blanks
        short = {"leading": "ltrim", "trailing": "rtrim"}.get(where, "trim")
        return functions.call(short, *args, at=at)
    return Node("trim", tuple(args), where, at=at)


def _substring(parser: Grammar, at: int) -> Node:
    args = [parser.expression()]
    if parser.accept("FROM"):
        args.append(parser.expression())
        if parser.accept("FOR"):
            args.append(parser.expression())
    else:
        while parser.accept(","):
            args.append(parser.expression())
    parser.expect(")")
    if len(args) not in (2, 3):
        parser.wrong()
    return functions.call("substr", *args, at=at)


def _position(parser: Grammar, at: int) -> Node:
    needle = parser.bits()
    parser.expect("IN")
    haystack = parser.expression()
    parser.expect(")")
    return functions.call("locate", needle, haystack, at=at)


def _date_add(parser: Grammar, sign: str, at: int, days: bool = False) -> Node:
    moment = parser.expression()
    parser.expect(",")
    if parser.at("INTERVAL") and not parser.interval_function():
        parser.take()
        node = parser.shifted(sign, moment, at)
    elif days:
        node = Node(f"{sign}interval", (moment, parser.expression()), "day", at=at)
    else:
        parser.wrong()
    parser.expect(")")
    return node


def _timestampadd(parser: Grammar, at: int) -> Node:
    unit = parser.unit()
    parser.expect(",")
    count = parser.expression()
    parser.expect(",")
    moment = parser.expression()
    parser.expect(")")
    return Node("+interval", (moment, count), unit, at=at)


def _timestampdiff(parser: Grammar, at: int) -> Node:
    unit = parser.unit()
    parser.expect(",")
    first = parser.expression()
    parser.expect(",")
    second = parser.expression()
    parser.expect(")")
    return Node("timestampdiff", (first, second), unit.upper(), at=at)


def _char(parser: Grammar, at: int) -> Node:
    args = [parser.expression()]
    while parser.accept(","):
        args.append(parser.expression())
    if parser.at("USING"):
        raise parser.unsupported("char(… using …) is not known", parser.token)
    parser.expect(")")
    return functions.call("char", *args, at=at)


def _json_value(parser: Grammar, at: int) -> Node:
    args = [parser.expression()]
    parser.expect(",")
    args.append(parser.expression())
    returning = " returning char(512)"
    if parser.accept("RETURNING"):
        returning = " returning " + _returned(parser)
    for word in ("EMPTY", "ERROR"):
        for action in ("NULL", "ERROR"):
            if parser.accept(action, "ON", word):
                returning += f" {action.lower()} on {word.lower()}"
    parser.expect(")")
    return Node("json_value", tuple(args), returning, at=at)


def _returned(parser: Grammar) -> str:
    if parser.accept("CHAR"):
        return "char" + _size(parser)
    return _type(parser)


def _sequence_call(parser: Grammar, function: str, at: int) -> Node:
    node = sequence_value(parser, function, at)
    parser.expect(")")
    return node


def sequence_value(parser: Grammar, function: str, at: int) -> Node:
    """``schema.sequence`` as the argument of a function, printed with its schema."""
    if parser.scope.usage == "check":
        raise parser.scope.refused_subquery()
    if parser.scope.usage != "default":
        raise parser.scope.refused_function(function)
    names = [parser.take()]
    while parser.accept("."):
        names.append(parser.take())
    if len(names) > 2 or any(name.kind not in (Kind.WORD, Kind.NAME) for name in names):
        parser.wrong()
    path = [name.value if name.kind is Kind.NAME else name.text for name in names]
    if len(path) == 1:
        path.insert(0, parser.scope.schema)
    return Node("sequence", text=f"{function}({quoted_name(*path)})", at=at)


# Each stands behind the opening parenthesis, at the offset of its name, and takes the closing one.
SPECIAL: dict[str, Callable[[Grammar, int], Node]] = {
    "adddate": lambda parser, at: _date_add(parser, "+", at, days=True),
    "cast": _cast,
    "char": _char,
    "convert": _convert,
    "date_add": lambda parser, at: _date_add(parser, "+", at),
    "date_sub": lambda parser, at: _date_add(parser, "-", at),
    "extract": _extract,
    "position": _position,
    "subdate": lambda parser, at: _date_add(parser, "-", at, days=True),
    "substr": _substring,
    "substring": _substring,
    "timestampadd": _timestampadd,
    "timestampdiff": _timestampdiff,
    "trim": _trim,
}
MARIADB_SPECIAL = SPECIAL | {
    "lastval": lambda parser, at: _sequence_call(parser, "lastval", at),
    "nextval": lambda parser, at: _sequence_call(parser, "nextval", at),
}
MYSQL_SPECIAL = SPECIAL | {"json_value": _json_value}
