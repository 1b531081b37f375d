"""The panel: a titled box, the same on every page."""

from typing import Any

from dash import html


def panel(title: str, *children: Any, name: str, aside: Any = None) -> html.Section:
    """Return a box with its title; `name` becomes its class, `aside` stands at the right of the title."""
    head = html.Div([html.H2(title), aside], className="panel-head") if aside is not None else html.H2(title)
    return html.Section([head, *children], className=f"panel {name}")
