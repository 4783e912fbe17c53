"""Make the virtual environment and install the git hooks. Needs nothing but Python."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  # whoever runs this has not read pyproject.toml
    raise SystemExit("Stillroom needs Python 3.11 or newer: make install PYTHON=python3.11")

from stillroom.commands.install import main

raise SystemExit(main())
