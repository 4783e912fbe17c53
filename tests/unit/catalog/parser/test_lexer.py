"""The lexer: what is one token, what it means, where it stands."""

import pytest

from stillroom.catalog.errors import DDLError
from stillroom.catalog.parser.lexer import Kind, tokenize
from stillroom.catalog.target import Target

MARIADB = Target.parse("mariadb 10.11")
MYSQL = Target.parse("mysql 9.7")


def values(text, target=MARIADB, sql_mode=()):
    return [token.value for token in tokenize(text, target, frozenset(sql_mode))[:-1]]


def kinds(text, target=MARIADB, sql_mode=()):
    return [token.kind for token in tokenize(text, target, frozenset(sql_mode))[:-1]]


def test_words_names_and_strings_have_values_and_places():
    text = "create `a``b` 'it''s'"
    tokens = tokenize(text, MARIADB)
    assert [(t.kind, t.value) for t in tokens] == [
        (Kind.WORD, "CREATE"),
        (Kind.NAME, "a`b"),
        (Kind.STRING, "it's"),
        (Kind.END, ""),
    ]
    assert all(text[t.start : t.end] == t.text for t in tokens)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"'a\nb\'c\\'", "a\nb'c\\"),
        (r"'100\% \_x'", r"100\% \_x"),
        ("'naïve 中文'", "naïve 中文"),
        ('"a""b"', 'a"b'),
        ("'a\nb'", "a\nb"),
        (r"'\\''x'", r"\'x"),
    ],
)
def test_escapes(text, expected):
    assert values(text) == [expected]


def test_no_backslash_escapes():
    assert values(r"'a\n'", sql_mode=["NO_BACKSLASH_ESCAPES"]) == [r"a\n"]


def test_ansi_quotes_make_a_name():
    assert kinds('"a"') == [Kind.STRING]
    assert kinds('"a"', sql_mode=["ANSI_QUOTES"]) == [Kind.NAME]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12", Kind.NUMBER, "12"),
        ("1.50", Kind.NUMBER, "1.50"),
        (".5e-3", Kind.NUMBER, ".5e-3"),
        ("1e5", Kind.NUMBER, "1e5"),
        ("0xFF", Kind.HEX, "FF"),
        ("x'0a'", Kind.HEX, "0a"),
        ("b'101'", Kind.BIT, "101"),
        ("0b101", Kind.BIT, "101"),
        ("N'x'", Kind.NATIONAL, "x"),
        ("1st", Kind.WORD, "1ST"),
        ("0xZZ", Kind.WORD, "0XZZ"),
        ("表", Kind.WORD, "表"),
        ("@@session.sql_mode", Kind.VARIABLE, "@@session.sql_mode"),
        ("@`my var`", Kind.VARIABLE, "@my var"),
        ("->>", Kind.SYMBOL, "->>"),
    ],
)
def test_one_token(text, kind, value):
    assert [(t.kind, t.value) for t in tokenize(text, MARIADB)[:-1]] == [(kind, value)]


def test_comments_are_left_out():
    assert values("a -- x\n b # y\n c /* z\n */ d --\n e") == ["A", "B", "C", "D", "E"]
    assert values("1--1") == ["1", "-", "-", "1"]


def test_executable_comments_depend_on_the_server():
    text = "a /*!50100 b */ /*!80000 c */ /*M!100100 d */ /*!110000 e */ /*! f */"
    assert values(text, MARIADB) == ["A", "B", "D", "F"]
    assert values(text, MYSQL) == ["A", "B", "C", "F"]
    assert values("/*!100300 a /* b */ c */ d", MYSQL) == ["D"]


@pytest.mark.parametrize("text", ["'abc", "`abc", "a /* b", "a /*!50100 b", "'abc\\'"])
def test_what_is_never_closed_is_an_error(text):
    with pytest.raises(DDLError) as caught:
        tokenize(text, MYSQL)
    assert caught.value.number == 1064
