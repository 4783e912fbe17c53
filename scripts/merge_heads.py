"""Join the heads of the history."""

import sys

from stillroom.cli import main

raise SystemExit(main(["merge", *sys.argv[1:]]))
