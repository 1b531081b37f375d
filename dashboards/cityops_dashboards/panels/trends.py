"""The panel of trends: rows of words, and one chart whose bands lie beside them."""

from datetime import timedelta

from dash import dcc, html

from cityops.clock import utc_now
from cityops_dashboards import theme
from cityops_dashboards.components.panel import panel
from cityops_dashboards.figures.trends import AXIS_PX, small_multiples
from cityops_dashboards.texts import text


def trends(lang: str, rows: int, height_px: int) -> html.Section:
    """Return the panel, empty until the first state comes; `height_px` are shared by so many rows."""
    row_px = height_px // rows
    nothing = utc_now() - timedelta(days=1), 900, [None] * 97
    figure = small_multiples([nothing] * rows, row_px)
    chart = dcc.Graph(
        id="trends",
        figure=figure,
        config=theme.graph_config(lang),
        className="trend-graph",
        style={"height": f"{rows * row_px + AXIS_PX}px"},
    )
    words = html.Div(id="trend-rows", className="trend-rows")
    body = html.Div([words, chart], className="trends-body", style={"--trend-row": f"{row_px}px"})
    return panel(text(lang, "panel.trends"), body, name="trends")
