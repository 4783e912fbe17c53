"""The code and statements that messages of the linter show."""
