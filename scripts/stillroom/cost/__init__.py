"""What a DDL statement costs on a filled table: how the server does it, and whom it keeps out."""

from stillroom.cost.classify import cost
from stillroom.cost.model import Algorithm, Cost, Lock

__all__ = ["Algorithm", "Cost", "Lock", "cost"]
