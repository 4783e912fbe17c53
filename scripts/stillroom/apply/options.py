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
    ``max_blocking_rows``: of a table that a statement may keep writers out of; ``allow_lock``:
    of whatever table. ``lock_wait``: seconds that a statement waits for a table, and others
    behind it; ``lock_limit``: seconds after which it is not tried again.
    Changes in batches wait while more than ``max_load`` statements run on the server (0: they
    do not look), or one of ``replicas``, URLs, is more than ``max_lag`` seconds behind; after
    ``pause_limit`` seconds of that they give up. ``online_ddl``: the program that copies what
    would keep writers out, "pt-osc" or none.
    """

    lock_timeout: float = 300.0
    target: str | None = None
    long_transaction: float = 10.0
    merge: bool = True
    max_blocking_rows: int = 100_000
    allow_lock: bool = False
    lock_wait: float = 1.0
    lock_limit: float = 600.0
    max_load: int = 25
    max_lag: float = 5.0
    replicas: tuple[str, ...] = ()
    pause_limit: float = 3600.0
    online_ddl: Literal["", "pt-osc"] = ""
