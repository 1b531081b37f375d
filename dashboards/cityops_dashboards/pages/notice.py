"""What stands where there is no page, or where a page failed: a sentence and the way back."""

from dash import html

from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.components.pagebar import pagebar
from cityops_dashboards.texts import text


def layout(address: Address, sentence: str) -> html.Div:
    """Return a page that says `sentence` and links to the wall."""
    home = html.A(text(address.lang, "notice.back"), href=address.to(viewer.wall()), className="button is-strong")
    ways = [home] if viewer.opens("/") else []
    return html.Div(
        [pagebar(address, []), html.Main([html.H1(sentence), *ways], className="notice")],
        className="page",
    )
