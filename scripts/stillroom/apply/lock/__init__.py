"""The lock that lets one deployer at a time work on a database."""
