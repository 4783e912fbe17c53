"""Bring the database up to date."""

import sys

from stillroom.cli import main

raise SystemExit(main(["migrate", *sys.argv[1:]]))
