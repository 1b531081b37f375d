"""The rail of the source systems: one item each with its age; only one that is not on time stands out."""

from dash import html

from cityops_dashboards.components.attributes import attributes


def sources() -> html.Div:
    """Return the rail, empty until the first state comes."""
    return html.Div(id="sources", className="rail", **attributes(data_slot="rail"))
