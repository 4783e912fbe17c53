"""Reads the items behind SELECT or RETURNING: what a statement gives back."""

from __future__ import annotations

from dataclasses import dataclass

from stillroom.catalog.parser.lexer import Kind, Token

_CLAUSES = frozenset(
    ("FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "UNION", "FOR", "LOCK", "INTO")
)
_VALUES = frozenset(("END", "NULL", "TRUE", "FALSE"))  # words that end an expression
_QUALIFIED = 3  # tokens of table.column


@dataclass(frozen=True)
class Item:
    """One item. ``column`` is set where it is a plain column, with or without a table's name."""

    tokens: tuple[Token, ...]
    alias: str | None
    column: str | None

    def name(self, sql: str) -> str:
        """What the server calls it: the alias, the column, or the expression as written."""
        if self.alias is not None:
            return self.alias
        if self.column is not None:
            return self.column
        return sql[self.tokens[0].start : self.tokens[-1].end]


def items(tokens: list[Token]) -> list[Item]:
    """The items up to the next clause of the same depth."""
    listed: list[Item] = []
    taken: list[Token] = []
    depth = 0
    for token in tokens:
        word = token.value if token.kind is not Kind.STRING else ""
        ends = token.kind is Kind.END or (token.kind is Kind.WORD and word in _CLAUSES)
        if depth == 0 and (ends or word in (",", ")")):
            if taken:
                listed.append(_item(taken))
            if word != ",":
                break
            taken = []
            continue
        depth += {"(": 1, ")": -1}.get(word, 0)
        if taken or word not in ("DISTINCT", "ALL"):
            taken.append(token)
    return listed


def text_of(token: Token) -> str:
    """A name as written, without quotes."""
    return token.text if token.kind is Kind.WORD else token.value


def _item(tokens: list[Token]) -> Item:
    alias = None
    body = tokens
    if len(tokens) > 1 and _may_name(tokens[-1]):
        before = tokens[-2]
        if before.kind is Kind.WORD and before.value == "AS":
            alias, body = text_of(tokens[-1]), tokens[:-2]
        elif tokens[-1].text.upper() in _VALUES:
            pass
        elif before.kind is not Kind.SYMBOL or before.value == ")":
            alias, body = text_of(tokens[-1]), tokens[:-1]
    plain = [token for token in body if token.value != "."]
    dots = len(body) - len(plain)
    is_column = (
        all(_may_name(token) and token.kind is not Kind.STRING for token in plain)
        and dots == len(plain) - 1
        and len(plain) <= _QUALIFIED
    )
    return Item(tuple(tokens), alias, text_of(body[-1]) if is_column else None)


def _may_name(token: Token) -> bool:
    return token.kind in (Kind.WORD, Kind.NAME, Kind.STRING)


_COMPARING = frozenset(("DISTINCT", "UNION", "GROUP", "HAVING", "INTERSECT", "EXCEPT", "USING"))
_BEFORE_SUBQUERY = frozenset(("FROM", "JOIN", ",", "EXISTS"))


def only_passed_on(tokens: list[Token], columns: set[str] | frozenset[str]) -> bool:
    """Whether a statement only gives the values of ``columns`` (in lower case) back.

    So it is if their names, and the names that they get by AS, are nowhere but among the plain
    items behind a SELECT, and nothing compares whole rows.
    """
    if not columns:
        return True
    words = [token.value if token.kind is Kind.WORD else "" for token in tokens]
    by_position = any(
        before == "BY" and after.kind is Kind.NUMBER
        for before, after in zip(words, tokens[1:], strict=False)
    )
    if by_position or not _COMPARING.isdisjoint(words) or words[0] not in ("SELECT", "INSERT"):
        return False
    names = set(columns)
    lists = []
    for position, word in enumerate(words):
        if word == "SELECT":
            inner = position > 1 and tokens[position - 1].value == "("
            if inner and tokens[position - 2].value not in _BEFORE_SUBQUERY:
                return False
            lists += items(tokens[position + 1 :])
    passed = 0
    while True:
        plain = [item for item in lists if item.column and item.column.lower() in names]
        aliases = {item.alias.lower() for item in plain if item.alias}
        if aliases <= names:
            break
        names |= aliases
    for item in plain:
        passed += sum(_named(token, names) for token in item.tokens)
    return passed == sum(_named(token, names) for token in tokens)


def _named(token: Token, names: set[str]) -> bool:
    return token.kind in (Kind.WORD, Kind.NAME) and token.value.lower() in names
