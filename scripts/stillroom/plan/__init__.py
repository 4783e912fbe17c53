"""What an upgrade or downgrade is going to do: statements, cost and loss of data."""
