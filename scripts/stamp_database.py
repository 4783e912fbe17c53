"""Say which revision the database is at, without running any."""

import sys

from stillroom.cli import main

raise SystemExit(main(["stamp", *sys.argv[1:]]))
