"""Read the tokens of an expression; the rules that the modules of its grammar share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NoReturn

from stillroom.catalog.errors import Unsupported, syntax_error
from stillroom.catalog.expressions.scope import Scope
from stillroom.catalog.expressions.tree import Node, names
from stillroom.catalog.parser.lexer import Kind, Token, tokenize

_UNITS = names(
    "MICROSECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR SECOND_MICROSECOND "
    "MINUTE_MICROSECOND MINUTE_SECOND HOUR_MICROSECOND HOUR_SECOND HOUR_MINUTE DAY_MICROSECOND "
    "DAY_SECOND DAY_MINUTE DAY_HOUR YEAR_MONTH"
)


class Reader:
    """A position in the tokens of one expression."""

    def __init__(self, text: str, scope: Scope) -> None:
        self.text = text
        self.scope = scope
        self.family = scope.target.family
        self.mysql = scope.target.mysql
        self.tokens = tokenize(text, scope.target, scope.sql_mode)
        self.next = 0
        modes = scope.sql_mode
        self.pipes_join = "PIPES_AS_CONCAT" in modes or "ANSI" in modes
        if "HIGH_NOT_PRECEDENCE" in modes or "IGNORE_SPACE" in modes or "ANSI" in modes:
            raise self.unsupported("expressions under this sql_mode are not known", self.token)

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.next]

    def peek(self, count: int = 1) -> Token:
        """The token that is so many behind the next one."""
        return self.tokens[min(self.next + count, len(self.tokens) - 1)]

    def take(self) -> Token:
        """The next token; the reader moves behind it."""
        token = self.token
        self.next += 1
        return token

    def at(self, *values: str) -> bool:
        """Whether the next tokens are these words or symbols."""
        for place, value in enumerate(values, self.next):
            token = self.tokens[place]  # END is no word, so this never runs past it
            if token.value != value or token.kind not in (Kind.WORD, Kind.SYMBOL):
                return False
        return True

    def accept(self, *values: str) -> bool:
        """Whether these words or symbols come next; if so, the reader moves behind them."""
        matches = self.at(*values)
        if matches:
            self.next += len(values)
        return matches

    def expect(self, value: str) -> None:
        """Move behind this word or symbol. Error 1064 if another comes next."""
        if not self.accept(value):
            self.wrong()

    def wrong(self) -> NoReturn:
        """Raise error 1064 at the next token."""
        raise syntax_error(self.scope.target.product, self.text, self.token.start)

    def unsupported(self, reason: str, at: Token | int) -> Unsupported:
        """The error for what the catalog does not know, to be raised."""
        return Unsupported(self.text, at if isinstance(at, int) else at.start, reason)

    def unit(self) -> str:
        """A unit of time, such as DAY_HOUR, in lower case."""
        unit = self.take().value.removeprefix("SQL_TSI_")
        if unit not in _UNITS:
            self.next -= 1
            self.wrong()
        return unit.lower()

    def interval_function(self) -> bool:
        """Whether INTERVAL opens the function of that name: a list in its parentheses."""
        if self.peek().value != "(":
            return False
        depth = 0
        for token in self.tokens[self.next + 1 :]:
            if token.kind is Kind.SYMBOL:
                depth += {"(": 1, ")": -1}.get(token.value, 0)
                if depth == 0:
                    return False
                if depth == 1 and token.value == ",":
                    return True
        return False


class Grammar(Reader, ABC):
    """The rules that operators, operands and functions of a syntax of their own call."""

    @abstractmethod
    def expression(self) -> Node:
        """Any expression."""

    @abstractmethod
    def comparison(self) -> Node:
        """An expression without AND, OR, XOR and NOT outside parentheses."""

    @abstractmethod
    def bits(self) -> Node:
        """An expression of arithmetic."""

    @abstractmethod
    def simple(self) -> Node:
        """An operand with its signs and COLLATE."""

    @abstractmethod
    def shifted(self, sign: str, moment: Node, at: int) -> Node:
        """``moment`` moved by the count and the unit that follow an INTERVAL."""
