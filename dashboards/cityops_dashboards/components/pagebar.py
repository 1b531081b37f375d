"""The bar on top of the pages for a desk or a phone: where we are, age of the data, ways to the other pages."""

from collections.abc import Sequence

from dash import html

from cityops_dashboards.access import viewer
from cityops_dashboards.access.ways import SHOWN, in_menu, ways
from cityops_dashboards.addresses import Address
from cityops_dashboards.components.titlebar import language_switch, menu, menu_rows, page_links, theme_switch
from cityops_dashboards.components.who import who
from cityops_dashboards.texts import text


def pagebar(address: Address, trail: Sequence[tuple[str, str | None]]) -> html.Header:
    """Return the bar; `trail` is the path down from the city as (name, address), the last without an address."""
    city = (text(address.lang, "city"), address.to(viewer.wall()) if viewer.opens("/") else None)
    others = menu_rows(address, in_menu())
    steps = [html.Li(html.A(step, href=href) if href else html.Span(step)) for step, href in (city, *trail)]
    return html.Header(
        [
            html.Nav(html.Ol(steps), className="trail"),
            html.Div(id="as-of", className="as-of"),
            html.Div(
                [
                    *page_links(address, [one for one in ways() if one.path in SHOWN]),
                    language_switch(address),
                    theme_switch(address.lang),
                    *([menu(address.lang, others)] if others else []),
                ],
                className="pagebar-links",
            ),
            *who(address),
            html.Div(id="banner", className="banner", role="alert"),
        ],
        className="pagebar",
    )
