"""The revisions of a history: their graph and their source."""
