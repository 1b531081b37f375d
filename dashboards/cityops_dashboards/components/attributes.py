"""HTML attributes that Dash's annotations do not list: those with hyphens in their names, and newer values."""

from typing import Any


def attributes(**values: str) -> dict[str, Any]:
    """Return attributes for a component's call; `data_copy` stands for `data-copy`."""
    return {name.replace("_", "-"): value for name, value in values.items()}
