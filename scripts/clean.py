"""Remove the virtual environment and all caches; no data."""

from stillroom.commands.clean import main

raise SystemExit(main())
