"""Runs a verb: `python -m stillroom VERB`."""

from stillroom.cli import main

raise SystemExit(main())
