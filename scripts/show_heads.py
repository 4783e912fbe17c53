"""Show the newest revision."""

import sys

from stillroom.cli import main

raise SystemExit(main(["heads", *sys.argv[1:]]))
