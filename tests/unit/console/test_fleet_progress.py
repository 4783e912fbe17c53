"""The line that shows how far an upgrade of a fleet is."""

from __future__ import annotations

from stillroom.console.fleet_progress import FleetProgress
from stillroom.fleet.execution import Outcome
from stillroom.fleet.rollout import WaveBegun


def test_line_of_a_fleet() -> None:
    progress = FleetProgress(1000, began=100.0)
    assert progress.text(100.0, 80) == "0 of 1000 databases: 0 %"
    progress.follow(WaveBegun(2, 3, 100))
    for number in range(249):
        progress.follow(Outcome(f"shop_{number}", 0.1))
    progress.follow(Outcome("shop_249", 0.1, "1062 Duplicate entry"))
    assert progress.text(150.0, 100) == (
        "[2/3] 250 of 1000 databases, 1 failed: 25 %, 5.0 a second, 2 min 30 s to go"
    )
    assert progress.text(150.0, 58) == "[2/3] 250 of 1000 databases, 1 failed: 2 min 30 s to go"
    assert len(progress.text(150.0, 38)) <= 38
    assert progress.text(150.0, 38).startswith("[2/3] 250 of 1000")
