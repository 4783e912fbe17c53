"""What a caller may choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["upgrade", "downgrade", "resume"]


@dataclass(frozen=True)
class Options:
    """``lock_timeout``: seconds to wait for another deployer. ``target``: the server that the
    revisions are for, as ``mariadb 10.11``; None for any. ``long_transaction``: seconds after
    which somebody's open transaction is worth a word. ``merge``: whether several ALTERs of one
    table in a row are sent as one, where that gives the same table and costs less.
    """

    lock_timeout: float = 300.0
    target: str | None = None
    long_transaction: float = 10.0
    merge: bool = True
