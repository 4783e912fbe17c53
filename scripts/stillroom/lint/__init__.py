"""What a revision will do before it runs: the cost of its statements, and the rules on them."""
