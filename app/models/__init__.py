"""The tables. Every module in this package, at any depth, is part of the migrations."""
