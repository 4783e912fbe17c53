"""Run the revisions up to head, or to another one."""

import sys

from stillroom.cli import main

raise SystemExit(main(["upgrade", *sys.argv[1:]]))
