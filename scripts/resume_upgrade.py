"""Finish a half-applied revision."""

import sys

from stillroom.cli import main

raise SystemExit(main(["resume", *sys.argv[1:]]))
