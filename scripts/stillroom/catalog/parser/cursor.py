"""A position in a list of tokens, and the small rules that every clause is made of."""

from __future__ import annotations

from stillroom.catalog.errors import DDLError, Unsupported, syntax_error
from stillroom.catalog.parser.lexer import Kind, Token, tokenize
from stillroom.catalog.parser.reserved_words import reserved_words
from stillroom.catalog.parser.syntax import Raw, TableName
from stillroom.catalog.target import Target


class Cursor:
    """Reads one statement from left to right."""

    def __init__(self, text: str, target: Target, sql_mode: frozenset[str]) -> None:
        self.text = text
        self.target = target
        self.sql_mode = sql_mode
        self.tokens = tokenize(text, target, sql_mode)
        self.index = 0
        self.reserved = reserved_words(target)

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.index]

    @property
    def position(self) -> int:
        """Where the next token begins, in characters."""
        return self.tokens[self.index].start

    @property
    def at_end(self) -> bool:
        """Whether no token is left."""
        return self.tokens[self.index].kind is Kind.END

    def peek(self, count: int = 1) -> Token:
        """The token that is so many behind the next one."""
        return self.tokens[min(self.index + count, len(self.tokens) - 1)]

    def take(self) -> Token:
        """The next token; the cursor moves behind it."""
        token = self.tokens[self.index]
        if token.kind is Kind.END:
            raise self.syntax_error()
        self.index += 1
        return token

    def at(self, *words: str) -> bool:
        """Whether these words or symbols come next."""
        index = self.index
        for word in words:
            token = self.tokens[index]
            if token.value != word or token.kind not in (Kind.WORD, Kind.SYMBOL):
                return False
            index += 1
        return True

    def at_any(self, *words: str) -> bool:
        """Whether the next token is one of these words or symbols."""
        token = self.tokens[self.index]
        return token.value in words and token.kind in (Kind.WORD, Kind.SYMBOL)

    def accept(self, *words: str) -> bool:
        """Whether these words or symbols come next; if so, the cursor moves behind them."""
        if not self.at(*words):
            return False
        self.index += len(words)
        return True

    def accept_any(self, *words: str) -> str | None:
        """The one of these words that comes next, taken; or None."""
        if not self.at_any(*words):
            return None
        return self.take().value

    def expect(self, *words: str) -> None:
        """Move behind these words or symbols. Error 1064 if others come next."""
        for word in words:
            if not self.accept(word):
                raise self.syntax_error()

    def expect_end(self) -> None:
        """Error 1064 unless the statement ends here."""
        self.accept(";")
        if not self.at_end:
            raise self.unsupported("unknown clause")

    def syntax_error(self, position: int | None = None) -> DDLError:
        """Error 1064 at the next token, to be raised."""
        at = self.position if position is None else position
        return syntax_error(self.target.product, self.text, at)

    def unsupported(self, reason: str, position: int | None = None) -> Unsupported:
        """The refusal to understand the next token, to be raised."""
        return Unsupported(self.text, self.position if position is None else position, reason)

    def at_identifier(self) -> bool:
        """Whether a name comes next."""
        token = self.token
        return token.kind is Kind.NAME or (
            token.kind is Kind.WORD and token.value not in self.reserved
        )

    def identifier(self) -> str:
        """A name, quoted or not. Behind a dot even reserved words are names."""
        token = self.token
        after_dot = self.index > 0 and self.tokens[self.index - 1].text == "."
        if not self.at_identifier() and not (after_dot and token.kind is Kind.WORD):
            raise self.syntax_error()
        self.index += 1
        return token.value if token.kind is Kind.NAME else token.text

    def names(self) -> tuple[str, ...]:
        """``(a, b)``"""
        self.expect("(")
        names = [self.identifier()]
        while self.accept(","):
            names.append(self.identifier())
        self.expect(")")
        return tuple(names)

    def column_name(self) -> str:
        """A column, of which only the last part counts: ``t.a``, ``s.t.a``."""
        name = self.identifier()
        while self.accept("."):
            name = self.identifier()
        return name

    def table_name(self) -> TableName:
        """``table`` or ``schema.table``"""
        position = self.position
        self.accept(".")
        name = self.identifier()
        if self.accept("."):
            return TableName(self.identifier(), name, position)
        # The tail of `1a.2b` and of s.1t is lexed as a number or a word; only words are names.
        return TableName(name, None, position)

    def integer(self) -> int:
        """A number without sign or fraction. Error 1064 for anything else."""
        token = self.take()
        if token.kind is Kind.NUMBER and token.text.isdigit():
            return int(token.text)
        if token.kind is Kind.HEX:
            return int(token.value or "0", 16)
        raise self.syntax_error(token.start)

    def at_string(self) -> bool:
        """Whether a string literal comes next."""
        return self.token.kind is Kind.STRING

    def string(self) -> str:
        """The value of a string literal. Error 1064 for anything else."""
        token = self.take()
        if token.kind is not Kind.STRING:
            raise self.syntax_error(token.start)
        return token.value

    def word_or_string(self) -> str:
        """The value of an option such as ENGINE or CHARSET: a word, a name or a string."""
        if self.token.kind in (Kind.WORD, Kind.NAME, Kind.STRING):
            token = self.take()
            return token.text if token.kind is Kind.WORD else token.value
        raise self.syntax_error()

    def raw_parentheses(self) -> Raw:
        """The text between a parenthesis and its partner, which are taken as well."""
        opening = self.position
        self.expect("(")
        start = self.position
        depth = 1
        while depth:
            token = self.token
            if token.kind is Kind.END:
                raise self.syntax_error(opening)
            if token.kind is Kind.SYMBOL and token.text in "()":
                depth += 1 if token.text == "(" else -1
            self.index += 1
        return Raw(self.text[start : self.tokens[self.index - 1].start].rstrip(), start)

    def if_exists(self) -> bool:
        """Whether IF EXISTS comes next; the cursor moves behind it."""
        return self.accept("IF", "EXISTS")

    def if_not_exists(self) -> bool:
        """Whether IF NOT EXISTS comes next; the cursor moves behind it."""
        return self.accept("IF", "NOT", "EXISTS")

    def own_if_exists(self) -> bool:
        """IF EXISTS where MariaDB alone knows it, as inside ALTER TABLE."""
        if self.target.mysql and self.at("IF"):
            raise self.syntax_error()
        return self.if_exists()

    def own_if_not_exists(self) -> bool:
        """IF NOT EXISTS where MariaDB alone knows it."""
        if self.target.mysql and self.at("IF"):
            raise self.syntax_error()
        return self.if_not_exists()
