"""Print the statements of an upgrade."""

import sys

from stillroom.cli import main

raise SystemExit(main(["sql", *sys.argv[1:]]))
