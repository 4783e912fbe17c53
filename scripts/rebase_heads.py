"""Move unpushed revisions behind the other head."""

import sys

from stillroom.cli import main

raise SystemExit(main(["rebase", *sys.argv[1:]]))
