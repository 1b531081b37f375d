"""The panel: a titled part of a page, the same everywhere."""

from typing import Any

from dash import html

from cityops_dashboards.components.attributes import attributes


def panel(title: str, *children: Any, name: str, aside: Any = None) -> html.Section:
    """Return a part with its title; `name` becomes its class and slot, `aside` stands at the right of the title."""
    head = html.Div([html.H2(title), aside], className="panel-head") if aside is not None else html.H2(title)
    return html.Section([head, *children], className=f"panel {name}", **attributes(data_slot=name))
