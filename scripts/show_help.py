"""Print the targets of the Makefile and what they do."""

import re
from pathlib import Path

makefile = Path(__file__).parents[1].joinpath("Makefile").read_text(encoding="utf-8")
for target, text in re.findall(r"^([a-z-]+):[^#\n]*## (.*)$", makefile, re.MULTILINE):
    print(f"make {target:<10} {text}")
