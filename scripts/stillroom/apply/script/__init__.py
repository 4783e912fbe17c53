"""Writes upgrades as a script for a database client, which may be interrupted and run again.

It keeps the journal that an upgrade of Stillroom keeps, by procedures that it makes and drops;
each can go on where the other was cut off.
"""

from stillroom.apply.script.procedures import drop_procedures

__all__ = ["drop_procedures"]
