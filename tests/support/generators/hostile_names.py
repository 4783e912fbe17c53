"""Names that a server takes, and that break what is careless with quotes, lines and terminals."""

from __future__ import annotations

# Whatever runs one of them as a command makes this file.
CANARY = "canary"
PARTS = {
    "backtick": "a`b",
    "single quote": "a'b",
    "double quote": 'a"b',
    "both quotes": "a'b\"c`d",
    "substitution": f"a$(touch {CANARY})",
    "backticked command": f"a`touch {CANARY}`",
    "separator": f"a; touch {CANARY}",
    "comment": "a -- b",
    "hash": "a # b",
    "percent": "50% of %s %(x)s",
    "colon": "a:b :c",
    "backslash": "a\\b\\'c",
    "dollar": "a$HOME",
    "exclamation": "a!b",
    "comma": "t,P=23118",
    "braces": "a{b}{}",
    "newline": "a\nb",
    "escape": "a\x1b[31mred",
    "line separator": "a\u2028b",
    "right to left": "a\u202eb",
    "letters": "größe_表",
    "digit first": "1st",
    "keyword": "class",
    "reserved": "select",
    "longest": "x" * 64,
}


def hostile_names() -> dict[str, str]:
    """The names by what is hostile about them; each has 64 characters at most."""
    assert all(len(name) <= 64 for name in PARTS.values())
    return dict(PARTS)
