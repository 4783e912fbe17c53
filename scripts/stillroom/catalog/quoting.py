"""Quotes names and strings in SQL as the servers do, and reads them back."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"""'(?:[^'\\]|\\.|'')*' | `(?:[^`]|``)*` | "((?:[^"]|"")*)\"""", re.S | re.X)
_ESCAPES = str.maketrans({"\\": "\\\\", "\0": "\\0", "'": "''", "\n": "\\n", "\r": "\\r"})


def quoted_name(*path: str) -> str:
    """A name between backticks; of several, the path to it: ```schema`.`table```."""
    return ".".join("`" + name.replace("`", "``") + "`" for name in path)


def unquoted_name(text: str) -> str:
    """The name that ``quoted_name`` quoted; any other text as it is."""
    return text[1:-1].replace("``", "`") if text[:1] == "`" else text


def quoted_string(value: str) -> str:
    """A string literal as SHOW CREATE TABLE escapes it."""
    return "'" + value.translate(_ESCAPES) + "'"


def with_backticks(definition: str) -> str:
    """The definition of a table or view as a session without ANSI_QUOTES gets it."""
    if '"' not in definition:
        return definition
    return _QUOTED.sub(
        lambda match: match[0] if match[1] is None else quoted_name(match[1].replace('""', '"')),
        definition,
    )


def with_double_quotes(definition: str) -> str:
    """The definition of a table or view as a session with ANSI_QUOTES gets it."""
    return _QUOTED.sub(
        lambda match: (
            '"' + unquoted_name(match[0]).replace('"', '""') + '"'
            if match[0].startswith("`")
            else match[0]
        ),
        definition,
    )
