"""The command of pt-online-schema-change, and what is read from its output."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from stillroom.apply.ddl.copy_tool import Job
from stillroom.apply.ddl.pt_osc import PtOsc
from stillroom.catalog import Target

SECRET = 'pass"word\\ # ä'
JOB = Job("shop", "orders", "MODIFY n BIGINT")


def tool(target: str = "mariadb 10.11", **query: str) -> PtOsc:
    url = sa.URL.create("mysql+pymysql", "root", SECRET, "db1", 3307, "shop", query)
    return PtOsc(url, Target.parse(target), 25, 600.0)


def test_the_password_is_in_a_file_of_ours_alone_and_gone_afterwards() -> None:
    with tool().command(JOB) as command:
        assert not [word for word in command if "pass" in word]
        file = Path(command[1].removeprefix("--defaults-file="))
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.read_text() == (
            '[client]\nhost="db1"\nport="3307"\nuser="root"\npassword="pass\\"word\\\\ # ä"\n'
        )
    assert not file.parent.exists()


def test_a_socket_and_tls() -> None:
    with tool(unix_socket="/run/s", ssl_ca="/ca.pem").command(JOB) as command:
        text = Path(command[1].removeprefix("--defaults-file=")).read_text()
    assert 'host="localhost"' in text
    assert 'socket="/run/s"\nssl-ca="/ca.pem"' in text


@pytest.mark.parametrize(
    ("target", "asked"), [("mariadb 10.11", False), ("mysql 8.0", False), ("mysql 9.7", True)]
)
def test_explain_in_the_old_format(target: str, asked: bool) -> None:
    with tool(target).command(JOB) as command:
        assert any("explain_format=TRADITIONAL" in word for word in command) is asked


def test_it_leaves_the_swap_to_us() -> None:
    with tool().command(JOB) as command:
        assert {"--no-swap-tables", "--no-drop-new-table", "--no-drop-triggers"} <= set(command)
        assert "--alter=MODIFY n BIGINT" in command
        assert "--new-table-name=_orders_stillroom_new" in command
        assert command[-1] == "D=shop,t=orders"


def test_progress() -> None:
    assert tool().percent("Copying `shop`.`orders`:  45% 00:12 remain") == 45
    assert tool().percent("Creating triggers...") is None


def test_names_of_triggers_end_where_those_of_servers_do() -> None:
    left = tool().leftovers(Job("shop", "orders")).triggers
    assert left == ("pt_osc_shop_orders_del", "pt_osc_shop_orders_upd", "pt_osc_shop_orders_ins")
    assert all(len(name) <= 64 for name in tool().leftovers(Job("s" * 40, "t" * 40)).triggers)


@pytest.mark.parametrize("name", ["t,P=23118", "a=b", "a b", "`id`", "a.b", "$(id)", "a;b", ""])
def test_names_that_mean_something_else_to_it(name: str) -> None:
    assert tool().can_name(JOB)
    assert not tool().can_name(Job("shop", name))
    assert not tool().can_name(Job(name, "orders"))
