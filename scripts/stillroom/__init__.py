"""The workshop around Alembic: safe schema migrations for MySQL and MariaDB.

An old Python must be able to parse this file, or nobody would be told that it is too old.
"""

import sys

__version__ = "0.1.0"

if sys.version_info < (3, 11):  # noqa: UP036  # whoever runs a checkout has not read pyproject.toml
    sys.stderr.write(
        f"Stillroom needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}\n"
        "    Choose another one: make install PYTHON=python3.11\n"
    )
    raise SystemExit(2)
