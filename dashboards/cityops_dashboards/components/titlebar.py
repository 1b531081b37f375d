"""The wall's title bar: clock, name of the city and mode, one light for all data; the ways on stand in a menu."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from cityops_dashboards.access import viewer
from cityops_dashboards.access.ways import WALL, Destination, by_purpose, ways
from cityops_dashboards.addresses import Address
from cityops_dashboards.components.attributes import attributes
from cityops_dashboards.components.who import who
from cityops_dashboards.texts import text


def titlebar(address: Address) -> html.Header:
    """Return the title bar; the clock, the mode and the ages are filled by the page's scripts."""
    lang = address.lang
    return html.Header(
        [
            html.Div([html.Div(className="clock-time"), html.Div(className="clock-date")], className="clock"),
            html.Div(
                [
                    html.H1(text(lang, "wall.title")),
                    html.Div(id="scene-title", className="scene-title"),
                ],
                className="name",
            ),
            html.Div(
                [html.Div(id="mode", className="modes"), html.Div(id="as-of", className="as-of"), _ways(address)],
                className="status",
            ),
        ],
        className="titlebar",
        **attributes(data_slot="head"),
    )


def _ways(address: Address) -> html.Details:
    """Return the menu of the ways to the other pages, with the person whose they are; a display has the first two."""
    switches = html.Div([language_switch(address), theme_switch(address.lang)], className="ways-links")
    rows = menu_rows(address, by_purpose([one for one in ways() if one.path != WALL]))
    own = who(address) if viewer.is_person() else []
    return menu(address.lang, [switches, *rows, *own])


def menu_rows(address: Address, rows: Sequence[tuple[str, Sequence[Destination]]]) -> list[html.Div]:
    """Return the rows of a menu, each with what its pages are for."""
    return [
        html.Div([html.Span(text(address.lang, purpose)), *page_links(address, pages)], className="ways-links")
        for purpose, pages in rows
    ]


def menu(lang: str, parts: Sequence[Component]) -> html.Details:
    """Return a menu that opens by its mark."""
    mark = html.Summary("≡", title=text(lang, "title.more"), className="ways-mark")
    return html.Details([mark, html.Div(parts, className="ways-menu")], className="ways")


def page_links(address: Address, pages: Sequence[Destination]) -> list[html.A]:
    """Return links to these pages."""
    return [
        html.A(
            text(address.lang, one.words),
            href=address.to(viewer.wall() if one.path == WALL else one.path),
            className="button",
        )
        for one in pages
    ]


def language_switch(address: Address) -> html.A:
    """Return the link to this view in the other language; the script keeps parameters chosen since."""
    other = "en" if address.lang == "zh" else "zh"
    return html.A(
        text(address.lang, "title.language"),
        href=address.altered(lang=other if other == "en" else None),
        className="button language",
        lang=other,
    )


def theme_switch(lang: str) -> html.Button:
    """Return the button that changes between dark and light, as the key T does."""
    return html.Button(text(lang, "title.theme"), className="button", **attributes(data_turn="theme"))
