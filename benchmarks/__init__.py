"""Measurements. Each prints a table of ratios against the alternative, from one run."""

import sys
from pathlib import Path

# The engine needs no installation.
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
