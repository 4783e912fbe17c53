"""Print the statements to come, running none."""

import sys

from stillroom.cli import main

raise SystemExit(main(["plan", *sys.argv[1:]]))
