"""Shows what an upgrade or downgrade will do: statements, cost and loss of data."""
