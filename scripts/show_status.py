"""Show where the database is, what is to come, and what is wrong."""

import sys

from stillroom.cli import main

raise SystemExit(main(["status", *sys.argv[1:]]))
