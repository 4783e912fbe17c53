"""Holds what the verbs say to programs against the schemas in the package."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import fastjsonschema

# Those that tell what goes on, with an object in each line.
LINES = {"upgrade": "events", "downgrade": "events", "resume": "events", "fleet": "fleet"}


@cache
def _validator(name: str) -> Any:
    text = resources.files("stillroom").joinpath("schemas", f"{name}.json").read_text("utf-8")
    return fastjsonschema.compile(json.loads(text), use_default=False)


def valid(verb: str, text: str) -> Any:
    """What a verb has said, if that is as its schema says. Lines come as a list."""
    if verb not in LINES:
        return _validator(verb)(json.loads(text))
    return [_validator(LINES[verb])(json.loads(line)) for line in text.splitlines()]
