"""Take the database back to a revision."""

import sys

from stillroom.cli import main

raise SystemExit(main(["downgrade", *sys.argv[1:]]))
