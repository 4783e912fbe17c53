"""Compute the bounds of partitions, which the servers store as constants."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import Unsupported
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import PartitionBounds
from stillroom.catalog.parser.lexer import Kind, tokenize
from stillroom.catalog.parser.syntax import Raw
from stillroom.catalog.quoting import quoted_string
from stillroom.catalog.table_expressions import Formulas
from stillroom.catalog.types.dates import datetime_text

_DAYS_BEFORE = 365  # the days of the year 0, which Python does not count
_UTC = ("+00:00", "UTC")


def bound_text(raw: Raw, partition: str, formulas: Formulas, *, columns: bool) -> str:
    """One bound as it is printed; of COLUMNS it may be a string or a date, else a number."""
    text = raw.text
    if text.upper() == "NULL":
        return "NULL"
    if columns:
        literal = _literal(text, formulas)
        if literal is not None:
            return literal
        if text.startswith("("):
            return _row(raw, partition, formulas)
    return str(_Evaluation(raw, partition, formulas).number())


def _literal(text: str, formulas: Formulas) -> str | None:
    """A string, or a DATE, TIME or TIMESTAMP literal, printed as a string."""
    tokens = tokenize(text, formulas.target, formulas.session.sql_mode)[:-1]
    if len(tokens) == 2 and tokens[0].value in ("DATE", "TIME", "TIMESTAMP"):
        tokens = tokens[1:]
    if len(tokens) == 1 and tokens[0].kind is Kind.STRING:
        return quoted_string(tokens[0].value)
    return None


def _row(raw: Raw, partition: str, formulas: Formulas) -> str:
    """``(1,'x')``: the values of several columns."""
    tokens = tokenize(raw.text, formulas.target, formulas.session.sql_mode)[:-1]
    values, start, depth = [], tokens[0].end, 0
    for token in tokens:
        if token.kind is Kind.SYMBOL and token.text in "()":
            depth += 1 if token.text == "(" else -1
        if (token.text == "," and depth == 1) or depth == 0:
            part = Raw(raw.text[start : token.start].strip(), raw.position + start)
            values.append(bound_text(part, partition, formulas, columns=True))
            start = token.end
    return f"({','.join(values)})"


class _Evaluation:
    """The value of a constant expression."""

    def __init__(self, raw: Raw, partition: str, formulas: Formulas) -> None:
        self.raw = raw
        self.partition = partition
        self.formulas = formulas

    def number(self) -> int:
        """A whole number. Errors 1564, 1566 and 1697 as the servers raise them."""
        # The room of expressions is large, and few statements have any.
        from stillroom.catalog.expressions.syntax import parse
        from stillroom.catalog.expressions.tree import Node

        def value(node: Node) -> int:
            if node.op == "number" and node.text.isdigit():
                return int(node.text)
            if node.op == "neg":
                return -value(node.args[0])
            if node.op in _ARITHMETIC:
                left, right = map(value, node.args)
                return _ARITHMETIC[node.op](left, right)
            if node.op == "call" and node.args and node.args[0].op in ("string", "temporal"):
                return self._call(node.text, node.args[0].text)
            if node.op in ("string", "hex", "number"):
                raise refusal(er.VALUES_IS_NOT_INT_TYPE, self.partition)
            if node.op in ("/", "column"):
                raise refusal(er.PARTITION_FUNCTION_IS_NOT_ALLOWED)
            raise self._unsupported("a partition bound like this is not supported")

        scope = self.formulas.scope("partition", (), self.partition)
        return value(parse(self.raw.text, scope))

    def _call(self, name: str, text: str) -> int:
        literal = text.partition("'")[2].rstrip("'") if "'" in text else text
        moment = datetime_text(literal, 0)
        if moment is None or moment.startswith("0000") or "-00" in moment[:10]:
            raise self._unsupported("a date like this in a partition bound is not supported")
        when = datetime.datetime.fromisoformat(moment)
        days = when.toordinal() + _DAYS_BEFORE
        seconds = when.hour * 3600 + when.minute * 60 + when.second
        match name:
            case "to_days":
                return days
            case "to_seconds":
                return days * 86400 + seconds
            case "year" | "month":
                return int(getattr(when, name))
            case "dayofmonth":
                return when.day
            case "unix_timestamp":
                if self.formulas.session.variables.get("time_zone") not in _UTC:
                    reason = (
                        "UNIX_TIMESTAMP depends on the server's time zone: SET time_zone = "
                        "'+00:00' first, or write the number"
                    )
                    raise self._unsupported(reason)
                return int(when.replace(tzinfo=datetime.UTC).timestamp())
        raise self._unsupported(f"{name} in a partition bound is not supported")

    def _unsupported(self, reason: str) -> Unsupported:
        return Unsupported(self.formulas.statement, self.raw.position, reason)


_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
}


def check_bounds(method: str, definitions: Sequence[PartitionBounds]) -> None:
    """Errors 1481, 1493 and 1495: ranges rise, and a value is in one list alone."""
    if method.startswith("RANGE"):
        _check_ranges(definitions)
    elif method.startswith("LIST"):
        seen: set[str] = set()
        for part in definitions:
            for value in listed(part):
                if value in seen:
                    raise refusal(er.MULTIPLE_DEF_CONST_IN_LIST_PART)
                seen.add(value)


def _check_ranges(definitions: Sequence[PartitionBounds]) -> None:
    last: int | None = None
    for place, part in enumerate(definitions):
        if "MAXVALUE" in part.values and "," not in part.values:
            if place + 1 < len(definitions):
                raise refusal(er.PARTITION_MAXVALUE)
            return
        bound = upper_bound(part)
        if bound is not None and last is not None and bound <= last:
            raise refusal(er.RANGE_NOT_INCREASING)
        last = bound


def upper_bound(part: PartitionBounds) -> int | None:
    """The bound of a range, if it is one number."""
    inside = part.values.partition("(")[2].rstrip(")")
    return int(inside) if inside.lstrip("-").isdigit() else None


def listed(part: PartitionBounds) -> list[str]:
    """The values of a list that are numbers or NULL."""
    inside = part.values.partition("(")[2].removesuffix(")")
    if "(" in inside or "'" in inside:
        return []
    return inside.split(",") if inside else []
