"""Scripts of DDL answered by a catalog as real servers have answered them."""

import pytest

from tests.support import catalog_cases


@pytest.mark.parametrize(
    ("script", "target"),
    [
        pytest.param(script, target, id=f"{script.stem}-{target}")
        for script, target in catalog_cases.answers()
    ],
)
def test_the_catalog_answers_as_the_server_did(script, target):
    assert catalog_cases.replayed(script, target) == catalog_cases.recorded(script, target)


def test_every_script_is_answered_by_both_families():
    for script in catalog_cases.scripts():
        targets = {target for path, target in catalog_cases.answers() if path == script}
        assert {"mariadb-10.11", "mariadb-11.8", "mysql-9.7"} <= targets, script.name
