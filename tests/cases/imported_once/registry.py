"""Knows what was registered before, as a registry of metrics does; it is in no project's folder."""

NAMES: set[str] = set()


def register(name: str) -> None:
    if name in NAMES:
        raise ValueError(f"{name} is registered twice")
    NAMES.add(name)
