"""The verbs: each module joins rooms and prints, and is run by the command line."""
