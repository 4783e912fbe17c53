"""Draws a diagram in the language of Mermaid, which GitHub and GitLab draw inside Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stillroom.diagram.model import Diagram, Entity, Link, Row, visible

# Mermaid's own limits, as code hosts leave them: they draw nothing beyond.
MOST_CHARACTERS = 50_000
MOST_LINKS = 500
# What is no letter, digit or underscore to Mermaid in the name of an attribute.
_NO_WORD = re.compile(r"[^A-Za-z0-9_\u00c0-\U0010ffff]")
_KEYS = re.compile(r"(PK|FK|UK)\b", re.IGNORECASE)
# These are markup to Mermaid, to HTML or to Markdown; so is the number sign, which escapes them.
_MARKUP = re.compile(r"[#\"&<>%\\`*~;]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def as_mermaid(diagram: Diagram) -> str:
    """The diagram, with fewer columns where the whole of it would be too long for code hosts."""
    for smaller in (diagram, diagram.with_keys_only()):
        text = _drawn(smaller)
        if len(text) <= MOST_CHARACTERS:
            return text
    return _drawn(diagram.with_names_only())


def is_too_large(diagram: Diagram, text: str) -> bool:
    """Whether code hosts refuse to draw it."""
    return len(text) > MOST_CHARACTERS or len(diagram.links) > MOST_LINKS


def _drawn(diagram: Diagram) -> str:
    lines = ["erDiagram", f"    %% {_plain(diagram.title)}"]
    names = {entity.name: _quoted(entity.label) for entity in diagram.entities}
    for entity in diagram.entities:
        lines += _entity(entity, names[entity.name])
    lines += [_link(link, names) for link in diagram.links]
    return "\n".join(lines)


def _entity(entity: Entity, name: str) -> Iterator[str]:
    if not entity.rows:
        yield f"    {name}"
        return
    yield f"    {name} {{"
    yield from (f"        {_row(row)}" for row in entity.rows)
    yield "    }"


def _row(row: Row) -> str:
    name = _word(row.name)
    note = row.note if name == row.name else f"{row.name} {row.note}"
    if row.state:
        note = f"{row.state}: {note}" if note else row.state
    parts = [_word(row.type, brackets=True), name, ", ".join(row.keys)]
    parts.append(_quoted(note) if note else "")
    return " ".join(filter(None, parts))


def _link(link: Link, names: dict[str, str]) -> str:
    child = "|o" if link.unique else "}o"
    parent = "o|" if link.optional else "||"
    label = f"{link.columns} ({link.state})" if link.state else link.columns
    return f"    {names[link.child]} {child}--{parent} {names[link.parent]} : {_quoted(label)}"


def _word(text: str, *, brackets: bool = False) -> str:
    """``text`` as Mermaid takes the type or the name of an attribute: one word."""
    head, bracket, rest = text.partition("(") if brackets else (text, "", "")
    word = _NO_WORD.sub("_", head)
    if bracket:
        inner, _, tail = rest.partition(")")
        word += f"({_NO_WORD.sub('_', inner)}){_NO_WORD.sub('_', tail)}"
    if not word or word[0].isdecimal() or _KEYS.match(word):
        word = f"_{word}"
    return word


def _quoted(text: str) -> str:
    return f'"{_MARKUP.sub(lambda match: f"#{ord(match[0])};", visible(text))}"'


def _plain(text: str) -> str:
    """``text`` as a comment, which Mermaid must not take for one of its directives."""
    return visible(text).replace("{", "(").replace("}", ")")
