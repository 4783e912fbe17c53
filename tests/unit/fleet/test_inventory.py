"""Which databases a fleet has, from each source, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from stillroom.errors import SettingsError, StillroomError
from stillroom.fleet import inventory
from stillroom.fleet.inventory import Member
from stillroom.project import settings as settings_

TEMPLATE = "mysql+pymysql://app:${FLEET_PASSWORD}@${host}:3307/${name}"


def members(
    folder: Path, fleet: str, lines: str = "", environment: Mapping[str, str] | None = None
) -> list[Member]:
    (folder / "alembic.ini").write_text(
        f"[alembic]\nscript_location = alembic\n[stillroom]\nfleet = {fleet}\n"
        f"fleet_url = {TEMPLATE}\n"
    )
    (folder / "tenants.txt").write_text(lines)
    (folder / ".env").write_text(
        "".join(f"{name}={value}\n" for name, value in (environment or {}).items())
    )
    return inventory.read(settings_.load(folder))


def test_urls_and_names_in_one_file(tmp_path: Path) -> None:
    lines = (
        "# all of them\n"
        "mysql+pymysql://root@db1/shop_1 order=2\n\n"
        "shop_2 host=db2 group=canary plan=gold\n"
    )
    secret = "p@ss:/w%rd?#"
    first, second = members(tmp_path, "tenants.txt", lines, {"FLEET_PASSWORD": f"'{secret}'"})
    assert (first.name, first.group, first.host) == ("shop_2", "canary", "db2:3307")
    assert first.url.password == secret
    assert first.url.database == "shop_2"
    assert first.labels == {"host": "db2", "plan": "gold"}
    assert (second.name, second.host, second.place) == ("db1/shop_1", "db1", "tenants.txt:2")
    assert secret not in f"{first}{first!r}"


def test_command_and_function(tmp_path: Path) -> None:
    lines = "mysql+pymysql://root@db1/shop_1\nmysql+pymysql://root@db1/shop_2 group=canary\n"
    by_command = members(tmp_path, "command: cat tenants.txt", lines)
    assert [member.name for member in by_command] == ["db1/shop_1", "db1/shop_2"]
    (tmp_path / "tenants.py").write_text(
        "def listed():\n"
        "    return [{'url': 'mysql+pymysql://root@db1/shop_1', 'group': 'canary'},\n"
        "            'mysql+pymysql://root@db1/shop_2']\n"
    )
    by_function = members(tmp_path, "function: tenants:listed")
    assert [member.group for member in by_function] == ["canary", ""]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("", "the fleet has no database"),
        ("# none yet\n", "the fleet has no database"),
        (
            "mysql+pymysql://a@db/x\nmysql+pymysql://b@DB:3306/x\n",
            "tenants.txt:2: 'DB:3306/x' is the same database as 'db/x'",
        ),
        ("shop_1 host=db\nshop_1 host=db2\n", "two databases have the name 'shop_1'"),
        ("shop_1 host=db\nshop_1 host=db\n", "tenants.txt:2: 'shop_1' is named twice"),
        ("shop_1 host=db canary\n", "tenants.txt:1: 'canary' is not of the form name=value"),
        ("shop_1\n", "tenants.txt:1: nothing says what ${host} stands for"),
        ("mysql+pymysql://root@db:port/x\n", "tenants.txt:1: this is not a URL"),
        ("mysql+pymysql://root@db/\n", "tenants.txt:1: a database of a fleet is one of"),
        ("postgresql://root@db/x\n", "tenants.txt:1: a database of a fleet is one of"),
        ("shop_1 host=db order=first\n", "tenants.txt:1: order is 'first'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, lines: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        members(tmp_path, "tenants.txt", lines, {"FLEET_PASSWORD": "x"})
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("fleet", "told"),
    [
        ("missing.txt", "the databases of the fleet cannot be read"),
        ("command: echo broken >&2; exit 3", "ended with exit code 3: broken"),
        (
            "command: echo mysql://u:s3cret@db/x >&2; exit 3",
            "ended with exit code 3: mysql://u:***@db/x",
        ),
        ("function: no_such_module:listed", "ModuleNotFoundError"),
        ("function: nonsense", "'nonsense' is not of the form module:name"),
        ("query: SELECT 1", "no database is set that the query could ask"),
    ],
)
def test_source_that_does_not_answer(tmp_path: Path, fleet: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        members(tmp_path, fleet)
    assert told in str(refused.value)


def test_shards_share_a_fleet_out(tmp_path: Path) -> None:
    lines = "".join(f"mysql+pymysql://root@db/shop_{number}\n" for number in range(10))
    fleet = members(tmp_path, "tenants.txt", lines)
    shares = [inventory.shard(fleet, f"{number}/3") for number in (1, 2, 3)]
    assert sorted(member.name for share in shares for member in share) == [
        member.name for member in fleet
    ]
    for text in ("0/3", "4/3", "1", "a/b"):
        with pytest.raises(StillroomError):
            inventory.shard(fleet, text)
