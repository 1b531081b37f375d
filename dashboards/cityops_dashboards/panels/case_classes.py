"""Kinds of cases by how many were reported today."""

from dash import html

from cityops_dashboards.components.panel import panel
from cityops_dashboards.texts import text


def case_classes(lang: str) -> html.Section:
    """Return the panel, empty until the first state comes."""
    return panel(
        text(lang, "panel.case_classes"),
        html.Div(id="case_classes", className="tallies"),
        name="case-classes",
        aside=html.Div(text(lang, "case_classes.today"), className="panel-aside"),
    )
