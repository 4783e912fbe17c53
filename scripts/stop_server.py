"""Stop the private server; the data stay."""

import sys

from stillroom.cli import main

raise SystemExit(main(["db-stop", *sys.argv[1:]]))
