"""The headlines: tiles with a number each; which ones stands in `display`."""

from dash import html


def headlines() -> html.Div:
    """Return the place of the tiles, empty until the first state comes."""
    return html.Div(id="headlines", className="headlines")
