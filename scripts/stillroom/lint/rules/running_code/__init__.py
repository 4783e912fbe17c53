"""Rules on changes that break the code that runs while the upgrade does."""
