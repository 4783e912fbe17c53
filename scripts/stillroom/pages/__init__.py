"""The schema and its history as one HTML page, which needs no network."""
