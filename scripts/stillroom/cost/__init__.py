"""The cost of a DDL statement on a filled table: which algorithm, and whom it locks out."""

from stillroom.cost.classify import cost
from stillroom.cost.model import Algorithm, Cost, Lock

__all__ = ["Algorithm", "Cost", "Lock", "cost"]
