"""docs/architecture.md names the rooms that there are, in their order, and files that exist."""

from __future__ import annotations

import re
import tomllib

from tests.support.projects import ROOT

ENGINE = ROOT / "scripts" / "stillroom"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROOMS = re.findall(r"^\| `([\w./]+)` \|", PAGE, re.MULTILINE)


def test_every_room_has_one_line() -> None:
    there = [f"{path.name}/" for path in ENGINE.iterdir() if any(path.glob("*"))]
    there = [name for name in there if name != "__pycache__/"]
    there += [path.name for path in ENGINE.glob("*.py") if path.name != "__init__.py"]
    assert sorted(ROOMS) == sorted(there)


def test_the_rooms_stand_in_the_order_of_the_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (
        contract["layers"]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["name"] == "lower rooms never import higher ones"
    )
    floors = {
        name: number
        for number, layer in enumerate(reversed(layers))
        for name in re.findall(r"\w+", layer)
    }
    named = [room.removesuffix("/").removesuffix(".py") for room in ROOMS]
    assert set(floors) == set(named) - {"schemas", "templates"}
    heights = [floors[name] for name in named if name in floors]
    assert heights == sorted(heights)


def test_every_file_that_is_named_exists() -> None:
    ways = PAGE.split("\n## Rooms\n")[1]
    named = set(re.findall(r"`((?:\w+/)*\w+\.py)`", ways)) - {"env.py"}
    assert len(named) > 40
    assert [name for name in sorted(named) if not (ENGINE / name).is_file()] == []


def test_there_are_four_ways_and_each_is_short() -> None:
    ways = PAGE.split("\n## ")[2:]
    assert len(ways) == 4
    assert all(len(way.splitlines()) <= 30 for way in ways)
