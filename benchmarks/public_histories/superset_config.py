"""What Apache Superset needs to be told to migrate: for compare.py."""

import os

SECRET_KEY = "not a secret: nothing is served"  # noqa: S105
SQLALCHEMY_DATABASE_URI = os.environ["SUPERSET_URL"]
