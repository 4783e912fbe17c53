"""Fail when the models need a revision that does not exist."""

import sys

from stillroom.cli import main

raise SystemExit(main(["check", *sys.argv[1:]]))
