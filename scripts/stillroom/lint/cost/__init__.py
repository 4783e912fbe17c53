"""What a DDL statement costs on a filled table: how the server does it, and whom it keeps out."""

from stillroom.lint.cost.classify import cost
from stillroom.lint.cost.model import Algorithm, Cost, Lock

__all__ = ["Algorithm", "Cost", "Lock", "cost"]
