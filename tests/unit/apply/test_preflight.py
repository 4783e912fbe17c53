"""Checks before an upgrade that need no server."""

from __future__ import annotations

import pytest

from stillroom.apply.errors import ApplyError
from stillroom.apply.preflight import check_server, missing_privileges, same_code
from stillroom.apply.server import Server

MARIADB = Server("mariadb", "10.11.19", "shop_1", 5, frozenset({"STRICT_TRANS_TABLES"}))
NEEDED = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER"


class NoQuestions:
    """Stands for a connection of which nothing is to be asked."""


@pytest.mark.parametrize(
    ("grants", "missing"),
    [
        (["GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION"], set()),
        (["GRANT USAGE ON *.* TO `u`@`%`", f"GRANT {NEEDED} ON `shop\\_1`.* TO `u`@`%`"], set()),
        (["GRANT USAGE ON *.* TO `u`@`%`", f"GRANT {NEEDED} ON `shop%`.* TO `u`@`%`"], set()),
        ([f"GRANT {NEEDED[:-7]} ON `shop_1`.* TO `u`@`%`"], {"ALTER"}),
        ([f"GRANT {NEEDED} ON `other`.* TO `u`@`%`"], set(NEEDED.split(", "))),
        (["GRANT USAGE ON *.* TO `u`@`%`", "GRANT `deployer` TO `u`@`%`"], set()),
    ],
)
def test_missing_privileges(grants: list[str], missing: set[str]) -> None:
    assert missing_privileges(grants, MARIADB) == missing


@pytest.mark.parametrize("target", ["mysql 9.7", "mariadb 11.8", "mariadb 10.1", "mysql"])
def test_another_target_is_refused(target: str) -> None:
    with pytest.raises(ApplyError, match=f"AP105 the revisions are written for {target}"):
        check_server(MARIADB, NoQuestions(), target)  # type: ignore[arg-type]


def test_a_server_without_strict_mode_is_refused() -> None:
    lax = Server("mysql", "9.7.4", "shop", 5, frozenset({"NO_ZERO_DATE"}))
    with pytest.raises(ApplyError, match="AP103 sql_mode is not strict"):
        check_server(lax, NoQuestions(), "mysql 9.7")  # type: ignore[arg-type]


def test_a_replica_is_refused() -> None:
    replica = Server("mysql", "9.7.4", "shop", 5, frozenset({"TRADITIONAL"}), read_only=True)
    with pytest.raises(ApplyError, match=r"AP109 the server mysql 9\.7\.4 is read-only"):
        check_server(replica, NoQuestions(), None)  # type: ignore[arg-type]


def test_comments_layout_and_docstrings_are_free() -> None:
    before = '"""Add a."""\n\ndef upgrade():\n    op.execute("a")\n'
    assert same_code(before, '"""Add b."""\ndef upgrade():  # why\n  op.execute("a")')
    assert not same_code(before, before.replace('execute("a")', 'execute("b")'))
    assert same_code('"""Only a docstring."""', "# nothing")
