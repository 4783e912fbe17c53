"""Print a table as SHOW CREATE TABLE does."""
