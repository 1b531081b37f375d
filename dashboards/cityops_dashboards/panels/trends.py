"""The panel of trends: rows of words, and one chart whose bands lie beside them."""

from datetime import timedelta

from dash import dcc, html

from cityops.clock import utc_now
from cityops_dashboards import display, theme
from cityops_dashboards.components.panel import panel
from cityops_dashboards.figures.trends import AXIS_PX, small_multiples
from cityops_dashboards.texts import text


def trends(lang: str, row_px: int) -> html.Section:
    """Return the panel, empty until the first state comes; rows are `row_px` high."""
    nothing = utc_now() - timedelta(days=1), 900, [None] * 97
    figure = small_multiples([nothing] * len(display.TRENDS), row_px)
    chart = dcc.Graph(
        id="trends",
        figure=figure,
        config=theme.graph_config(lang),
        className="trend-graph",
        style={"height": f"{len(display.TRENDS) * row_px + AXIS_PX}px"},
    )
    body = html.Div([html.Div(id="trend-rows", className="trend-rows"), chart], className="trends-body")
    return panel(text(lang, "panel.trends"), body, name="trends")
