"""The rows that a history itself puts into its tables."""
