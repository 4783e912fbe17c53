"""Settings of Sphinx for the documentation: `make docs` builds it, with warnings as errors."""

from __future__ import annotations

project = "Stillroom"
author = "The Stillroom authors"
html_title = "Stillroom"
html_theme = "furo"
extensions = ["myst_parser"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]  # sessions have commands and what they print
pygments_style = "friendly"
exclude_patterns = ["README*"]
