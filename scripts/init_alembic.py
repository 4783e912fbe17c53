"""Create what is missing of the Alembic environment."""

import sys

from stillroom.cli import main

raise SystemExit(main(["init", *sys.argv[1:]]))
