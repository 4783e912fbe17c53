"""Compares the models with a replayed history: what differs, and whether that can be told."""

from stillroom.drift.check import check
from stillroom.drift.difference import Difference
from stillroom.drift.verdict import CANNOT_TELL, CLEAN, DRIFT, Verdict

__all__ = ["CANNOT_TELL", "CLEAN", "DRIFT", "Difference", "Verdict", "check"]
