"""Rules on how a revision is made, rather than on one statement."""
