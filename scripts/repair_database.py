"""Show a half-applied revision, and decide about its statements."""

import sys

from stillroom.cli import main

raise SystemExit(main(["repair", *sys.argv[1:]]))
