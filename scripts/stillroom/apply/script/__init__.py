"""Upgrades as a script for a person with a client: guarded, so that it may be cut and run again.

It keeps the journal that an upgrade of Stillroom keeps, by procedures that it makes and drops;
each can go on where the other was cut off.
"""

from stillroom.apply.script.lines import Part, parts
from stillroom.apply.script.writer import script

__all__ = ["Part", "parts", "script"]
