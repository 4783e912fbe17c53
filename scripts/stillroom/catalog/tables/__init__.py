"""Build tables: columns, options, partitions and CHECKs."""
