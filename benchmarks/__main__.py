"""Run benchmarks: all of them, or those that are named."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks


def main(names: list[str]) -> int:
    """Run the benchmarks ``names``; without names, all that need nothing but this machine."""
    known = sorted(
        info.name for info in pkgutil.iter_modules(benchmarks.__path__) if info.name[0] != "_"
    )
    if unknown := set(names) - set(known):
        print(f"no benchmark is named {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    for name in names or known:
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"\n{name}: {str(module.__doc__).splitlines()[0]}", flush=True)
        module.main()
    return 0


raise SystemExit(main(sys.argv[1:]))
