"""Print the tables at a revision, from a replay."""

import sys

from stillroom.cli import main

raise SystemExit(main(["schema", *sys.argv[1:]]))
