"""Write the revision that the models need."""

import sys

from stillroom.cli import main

raise SystemExit(main(["revision", *sys.argv[1:]]))
