"""Tell what the staged revisions will do to rows, running code and busy tables: a git hook."""

import sys

from stillroom.cli import main

raise SystemExit(main(["lint-revisions", *sys.argv[1:]]))
