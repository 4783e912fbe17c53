"""The report on a pull request: what its revisions change, cost and lose, and what was found."""
