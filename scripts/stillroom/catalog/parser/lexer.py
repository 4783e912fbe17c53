"""Cut SQL text into tokens as MySQL and MariaDB do."""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import NamedTuple

from stillroom.catalog.errors import syntax_error
from stillroom.catalog.target import Target


class Kind(Enum):
    """What a token is."""

    WORD = "word"  # a keyword or an unquoted identifier; which one, the grammar decides
    NAME = "name"  # a quoted identifier
    STRING = "string"
    NATIONAL = "national string"  # N'…'
    NUMBER = "number"
    HEX = "hexadecimal"  # 0x… or x'…'
    BIT = "bits"  # 0b… or b'…'
    VARIABLE = "variable"  # @user or @@system
    SYMBOL = "symbol"
    END = "end"  # behind the last token


class Token(NamedTuple):
    """One token of a statement.

    ``text`` is the source slice ``[start:end]``. ``value`` is what it means: the upper-case
    word, the name or string without quotes and escapes, the digits of a HEX or BIT, else
    the text itself.
    """

    kind: Kind
    text: str
    value: str
    start: int
    end: int


# Digits, letters, "_", "$" and all that is not ASCII, as what it is not: a range up to U+10FFFF
# takes `re` a hundred times as long to compile.
_WORD = r"[^\x00-\#%-/:-@\[-^`{-\x7f]"
_TOKEN = re.compile(
    rf"""
    \s*(?:
      (?P<space>\Z)
    | (?P<comment>\#[^\n]*|--(?=[\s\x00-\x1f]|\Z)[^\n]*|/\*(?!!|M!)(?s:.*?)\*/)
    | (?P<executable>/\*M?!(?P<version>\d{{5,6}})?)
    | (?P<end_executable>\*/)
    | (?P<hex>0x[0-9A-Fa-f]+(?!{_WORD})|[xX]'[0-9A-Fa-f]*')
    | (?P<bit>0b[01]+(?!{_WORD})|[bB]'[01]*')
    | (?P<number>(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+(?!{_WORD})|\d+(?!{_WORD}))
    | (?P<national>[nN](?='))
    | (?P<word>{_WORD}+)
    | (?P<quote>['"`])
    | (?P<variable>@@(?:{_WORD}|\.)+|@(?:{_WORD}|\.)+|@(?=['"`]))
    | (?P<symbol><=>|->>|:=|<<|>>|<=|>=|<>|!=|&&|\|\||->|[^\s'"`])
    )""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def tokenize(text: str, target: Target, sql_mode: frozenset[str] = frozenset()) -> list[Token]:
    """The tokens of ``text``, closed by one END. Comments are gone, executable ones opened.

    Raises DDLError 1064 for a quote or a comment that is never closed.
    """
    return _Lexer(text, target, sql_mode).tokens()


class _Lexer:
    def __init__(self, text: str, target: Target, sql_mode: frozenset[str]) -> None:
        self.text = text
        self.target = target
        self.escapes = "NO_BACKSLASH_ESCAPES" not in sql_mode
        self.ansi_quotes = "ANSI_QUOTES" in sql_mode or "ANSI" in sql_mode
        self.open_comment: int | None = None

    def tokens(self) -> list[Token]:
        tokens: list[Token] = []
        text = self.text
        position, end = 0, len(text)
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None:  # only an unclosed comment matches nothing
                raise syntax_error(self.target.product, text, position)
            if match.lastgroup == "word":  # most are
                start, position = match.span("word")
                word = text[start:position]
                tokens.append(Token(Kind.WORD, word, word.upper(), start, position))
            else:
                position = self._take(match, tokens)
        if self.open_comment is not None:
            raise syntax_error(self.target.product, self.text, self.open_comment)
        tokens.append(Token(Kind.END, "", "", end, end))
        return tokens

    def _take(self, match: re.Match[str], tokens: list[Token]) -> int:
        """Append what was matched, if it is a token, and return where to go on."""
        group = match.lastgroup or ""
        start, end = match.span(group)
        text = self.text[start:end]
        match group:
            case "space" | "comment":
                return end
            case "number":
                tokens.append(Token(Kind.NUMBER, text, text, start, end))
            case "hex" | "bit":
                kind = Kind.HEX if group == "hex" else Kind.BIT
                tokens.append(Token(kind, text, text[2:].rstrip("'"), start, end))
            case "quote" | "national" | "variable":
                token = self._quoted_or_variable(group, start, end)
                tokens.append(token)
                return token.end
            case "executable":
                return self._open_executable(match, start, end)
            case "end_executable" if self.open_comment is not None:
                self.open_comment = None
            case _:
                return self._symbol(text, start, tokens)
        return end

    def _symbol(self, text: str, start: int, tokens: list[Token]) -> int:
        if self.text.startswith("/*", start):
            raise syntax_error(self.target.product, self.text, start)
        if text == "*/":  # no comment is open: a product, divided
            text = "*"
        tokens.append(Token(Kind.SYMBOL, text, text, start, start + len(text)))
        return start + len(text)

    def _quoted_or_variable(self, group: str, start: int, end: int) -> Token:
        text = self.text[start:end]
        if group == "variable":
            if text != "@":
                return Token(Kind.VARIABLE, text, text.lower(), start, end)
            value, end = self._quoted(end)
            return Token(Kind.VARIABLE, self.text[start:end], "@" + value.lower(), start, end)
        opening = start if group == "quote" else end
        value, end = self._quoted(opening)
        quote = self.text[opening]
        if quote == "`" or (quote == '"' and self.ansi_quotes):
            kind = Kind.NAME
        else:
            kind = Kind.STRING if group == "quote" else Kind.NATIONAL
        return Token(kind, self.text[start:end], value, start, end)

    def _quoted(self, opening: int) -> tuple[str, int]:
        """The value of the quoted text that opens there, and the offset behind it."""
        quote = self.text[opening]
        identifier = quote == "`" or (quote == '"' and self.ansi_quotes)
        escapes = self.escapes and not identifier
        body = _body(quote, escapes).match(self.text, opening + 1)
        if body is None or self.text[body.end() : body.end() + 1] != quote:
            raise syntax_error(self.target.product, self.text, opening)
        return unescape(body.group(), quote, backslashes=escapes), body.end() + 1

    def _open_executable(self, match: re.Match[str], start: int, end: int) -> int:
        """Go on inside the comment if this server runs it, else behind it."""
        version = match.group("version")
        mariadb_only = self.text.startswith("/*M", start)
        if self._runs(mariadb_only, int(version) if version else None):
            self.open_comment = start
            return end
        depth = 1
        for edge in _COMMENT_EDGE.finditer(self.text, end):
            depth += 1 if edge.group() == "/*" else -1
            if depth == 0:
                return edge.end()
        raise syntax_error(self.target.product, self.text, start)

    def _runs(self, mariadb_only: bool, version: int | None) -> bool:
        if mariadb_only and not self.target.mariadb:
            return False
        if version is None:
            return True
        # MariaDB skips what MySQL 5.7 to 9 would run: it never had those versions.
        if self.target.mariadb and not mariadb_only and 50700 <= version <= 99999:
            return False
        return version <= self.target.version_number


@cache
def _body(quote: str, escapes: bool) -> re.Pattern[str]:
    """What may stand between two quotes."""
    if escapes:
        return re.compile(rf"(?s:[^{quote}\\]|\\.|{quote}{quote})*")
    return re.compile(rf"(?:[^{quote}]|{quote}{quote})*")


def unescape(body: str, quote: str, *, backslashes: bool = True) -> str:
    r"""What the text between two quotes means. ``\%`` and ``\_`` stay as they are."""
    if backslashes and "\\" in body:
        parts = re.split(r"(\\.)", body, flags=re.DOTALL)
        return "".join(
            _ESCAPE.sub(_escaped, part) if part.startswith("\\") else part.replace(quote * 2, quote)
            for part in parts
        )
    return body.replace(quote * 2, quote)


def _escaped(match: re.Match[str]) -> str:
    character = match.group(1)
    if character in "%_":
        return match.group()
    return _ESCAPES.get(character, character)
