"""What rules measure: narrowed columns, row sizes, the table that was meant."""
