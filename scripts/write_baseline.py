"""Accept today's differences between the models and the revisions."""

import sys

from stillroom.cli import main

raise SystemExit(main(["baseline", *sys.argv[1:]]))
