"""Makes tables: columns, options, partitions and checks."""
