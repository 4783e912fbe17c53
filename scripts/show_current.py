"""Show the revision that the database is at."""

import sys

from stillroom.cli import main

raise SystemExit(main(["current", *sys.argv[1:]]))
