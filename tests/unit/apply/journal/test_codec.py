"""Values in the journal and back."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillroom.apply.journal.codec import Unrecordable, digest, pack, unpack

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.binary(),
    st.decimals(allow_nan=False), st.datetimes(), st.dates(), st.times(), st.timedeltas(),
    st.sets(st.text()),
)  # fmt: skip


@settings(max_examples=30)
@given(st.lists(st.lists(VALUES)))
def test_rows_come_back_as_they_were(rows: list[list[object]]) -> None:
    assert unpack(pack(rows)) == rows


def test_types_come_back() -> None:
    row = [Decimal("1.50"), datetime(2026, 1, 2, 3), date(2026, 1, 2), time(3), timedelta(1), b"\0"]
    assert [type(value) for value in unpack(pack(row))] == [type(value) for value in row]


def test_what_cannot_come_back_is_refused() -> None:
    with pytest.raises(Unrecordable, match="UUID"):
        pack([uuid.uuid4()])


def test_digest_tells_parameters_apart() -> None:
    assert digest({"a": 1}) == digest({"a": 1})
    assert digest({"a": 1}) != digest({"a": "1"})
    assert digest((uuid.UUID(int=1),)) != digest((uuid.UUID(int=2),))
