"""Reads the words of a SHOW statement from the left."""

from __future__ import annotations

from dataclasses import dataclass

from stillroom.catalog.parser.lexer import Kind, Token


@dataclass
class Words:
    """The rest of a SHOW statement, read from the left."""

    tokens: list[Token]
    position: int = 0

    def peek(self) -> Token:
        """The next token, which stays."""
        return self.tokens[self.position]

    def take(self) -> Token:
        """The next token, which is read."""
        token = self.tokens[self.position]
        self.position += token.kind is not Kind.END
        return token

    def accept(self, *words: str) -> bool:
        """Whether the next token is one of ``words``; it is read then."""
        accepted = self.peek().kind is Kind.WORD and self.peek().value in words
        if accepted:
            self.take()
        return accepted

    def name(self) -> str:
        """A name, without quotes."""
        token = self.take()
        return token.text if token.kind is Kind.WORD else token.value

    def qualified(self) -> tuple[str | None, str]:
        """A schema, or None, and a name."""
        first = self.name()
        if self.peek().value != ".":
            return None, first
        self.take()
        return first, self.name()

    def rest(self) -> list[Token]:
        """What has not been read."""
        return self.tokens[self.position : -1]
