"""Predicts what a revision will do: the cost of its statements, and the rules on them."""
