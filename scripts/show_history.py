"""List all revisions."""

import sys

from stillroom.cli import main

raise SystemExit(main(["history", *sys.argv[1:]]))
