"""Character sets and collations: which exist, which are defaults, how wide a character is."""

from __future__ import annotations

from functools import cache

from stillroom.catalog.target import Target

# character set: bytes of its widest character, default collation, its other collations
_CHARSETS = """
armscii8 1 general_ci bin
ascii 1 general_ci bin
big5 2 chinese_ci bin
binary 1 -
cp1250 1 general_ci bin croatian_ci czech_cs polish_ci
cp1251 1 general_ci bin bulgarian_ci general_cs ukrainian_ci
cp1256 1 general_ci bin
cp1257 1 general_ci bin lithuanian_ci
cp850 1 general_ci bin
cp852 1 general_ci bin
cp866 1 general_ci bin
cp932 2 japanese_ci bin
dec8 1 swedish_ci bin
eucjpms 3 japanese_ci bin
euckr 2 korean_ci bin
gb18030 4 chinese_ci bin unicode_520_ci
gb2312 2 chinese_ci bin
gbk 2 chinese_ci bin
geostd8 1 general_ci bin
greek 1 general_ci bin
hebrew 1 general_ci bin
hp8 1 english_ci bin
keybcs2 1 general_ci bin
koi8r 1 general_ci bin
koi8u 1 general_ci bin
latin1 1 swedish_ci bin danish_ci general_ci general_cs german1_ci german2_ci spanish_ci
latin2 1 general_ci bin croatian_ci czech_cs hungarian_ci
latin5 1 turkish_ci bin
latin7 1 general_ci bin estonian_cs general_cs
macce 1 general_ci bin
macroman 1 general_ci bin
sjis 2 japanese_ci bin
swe7 1 swedish_ci bin
tis620 1 thai_ci bin
ucs2 2 general_ci bin general_mysql500_ci
ujis 3 japanese_ci bin
utf16 4 general_ci bin
utf16le 4 general_ci bin
utf32 4 general_ci bin
utf8mb3 3 general_ci bin general_mysql500_ci tolower_ci
utf8mb4 4 general_ci bin
"""
_UNICODE = frozenset(["ucs2", "utf16", "utf32", "utf8mb3", "utf8mb4"])
_UCA = """
    croatian czech danish esperanto estonian german2 hungarian icelandic latvian lithuanian persian
    polish roman romanian sinhala slovak slovenian spanish spanish2 swedish turkish unicode
    unicode_520 vietnamese
"""
_UCA_MARIADB = ["croatian_mysql561", "myanmar", "unicode_nopad", "unicode_520_nopad"]
_UCA1400 = """
    icelandic latvian romanian slovenian polish estonian spanish swedish turkish czech danish
    lithuanian slovak spanish2 roman persian esperanto hungarian sinhala german2 vietnamese croatian
"""
_UCA0900 = """
    bg bs cs da de_pb eo es es_trad et gl hr hu is la lt lv mn_cyrl nb nn pl ro ru sk sl sr_latn sv
    tr vi
"""


@cache
def _rows() -> dict[str, tuple[int, str, tuple[str, ...]]]:
    rows = {}
    for line in _CHARSETS.split("\n"):
        if line:
            name, width, default, *others = line.split()
            rows[name] = (int(width), default, tuple(others))
    return rows


@cache
def charset_name(target: Target, name: str) -> str | None:
    """The name that the server itself uses, or None for a character set that it lacks."""
    if name in ("utf8", "utf8mb3"):
        return "utf8mb3"
    if name not in _rows() or (name == "gb18030" and target.mariadb):
        return None
    return name


def widest_character(charset: str) -> int:
    """Bytes of the widest character."""
    return _rows()[charset][0]


@cache
def loses_characters(old: str | None, new: str | None) -> bool:
    """Whether ``old`` has characters that ``new`` lacks; True where that is not known."""
    if old == new or None in (old, new):
        return False
    wide = ("utf8mb4", "utf16", "utf16le", "utf32", "gb18030")
    if new in wide or old == "ascii":
        return False
    return not (new == "utf8mb3" and old not in wide)


def primary_collation(charset: str, target: Target) -> str:
    """The collation compiled in as the default of a character set."""
    if charset == "binary":
        return "binary"
    if charset == "utf8mb4" and target.mysql:
        return "utf8mb4_0900_ai_ci"
    return f"{charset}_{_rows()[charset][1]}"


@cache
def default_collation(charset: str, target: Target) -> str:
    """The collation that CHARACTER SET alone means on a server with default settings."""
    if charset in _UNICODE and target.mariadb_from(11, 5):
        return f"{charset}_uca1400_ai_ci"
    return primary_collation(charset, target)


def collation_charset(collation: str) -> str:
    """The character set that a collation is for: the first part of its name."""
    return collation.partition("_")[0]


@cache
def collation_name(target: Target, name: str, charset: str | None) -> str | None:
    """The full name of a collation, or None if the server lacks it.

    ``charset`` completes MariaDB's short names, such as ``uca1400_ai_ci``.
    """
    if name.startswith("uca1400_") and target.mariadb_from(10, 10):
        if charset is None or charset not in _UNICODE:
            return None
        name = f"{charset}_{name}"
    if name.startswith("utf8_"):
        name = "utf8mb3_" + name[5:]
    if name == "binary":
        return name
    known = _collations(target, collation_charset(name))
    return name if name in known else None


@cache
def _collations(target: Target, charset: str) -> frozenset[str]:
    if charset_name(target, charset) != charset:
        return frozenset()
    _, default, others = _rows()[charset]
    endings = {default, *others}
    if charset in _UNICODE:
        endings |= {f"{language}_ci" for language in _UCA.split()}
        endings |= _newer_endings(target, charset)
    if target.mariadb:
        stem, _, case = default.rpartition("_")
        endings |= {"nopad_bin", f"{stem}_nopad_{case}"}
        endings -= {"tolower_ci"}
    return frozenset(f"{charset}_{ending}" for ending in endings)


def _newer_endings(target: Target, charset: str) -> set[str]:
    if target.mariadb:
        endings = {f"{language}_ci" for language in _UCA_MARIADB} | {"thai_520_w2"}
        if target.mariadb_from(10, 10):
            languages = ["", *(f"{language}_" for language in _UCA1400.split())]
            endings |= {
                f"uca1400_{language}{pad}{accents}_{case}"
                for language in languages
                for pad in ("", "nopad_")
                for accents in ("ai", "as")
                for case in ("ci", "cs")
            }
        return endings
    if charset != "utf8mb4":
        return set()
    endings = {
        f"{language}_0900_{ending}"
        for language in _UCA0900.split()
        for ending in ("ai_ci", "as_cs")
    }
    return endings | {
        "0900_ai_ci",
        "0900_as_ci",
        "0900_as_cs",
        "0900_bin",
        "ja_0900_as_cs",
        "ja_0900_as_cs_ks",
        "zh_0900_as_cs",
    }
