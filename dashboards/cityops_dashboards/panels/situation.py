"""The situation: the strip that says in a sentence what is wrong, where, how bad, and who is there; with facts."""

from dash import html

from cityops_dashboards.components.attributes import attributes


def situation() -> html.Section:
    """Return the strip, empty until the first state comes."""
    return html.Section(id="situation", className="situation is-calm", **attributes(data_slot="sit"))
