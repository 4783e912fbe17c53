"""Start a private MariaDB or MySQL for development."""

import sys

from stillroom.cli import main

raise SystemExit(main(["db-start", *sys.argv[1:]]))
