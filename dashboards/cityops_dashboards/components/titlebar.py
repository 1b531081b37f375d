"""The wall's title bar: clock, name of the city and mode, one light for all data; the ways on stand in a menu."""

from dash import html

from cityops.domain.access import Permission
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.components.attributes import attributes
from cityops_dashboards.components.who import who
from cityops_dashboards.texts import text

_NEEDS = {
    "/desk": Permission.ALARM_READ,
    "/todo": Permission.EVENT_HANDLE,
    "/statistics": Permission.EVENT_READ,
    "/platform": Permission.PLATFORM_READ,
    "/channels": Permission.CHANNEL_READ,
}


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
    known = viewer.current()
    pages = page_links(address, "/desk", "/todo", "/statistics", "/platform", "/channels", "/data")
    links = html.Div([language_switch(address), theme_switch(address.lang), *pages], className="ways-links")
    own = who(address) if known and known.kind == "session" else []
    mark = html.Summary("≡", title=text(address.lang, "title.more"), className="ways-mark")
    return html.Details([mark, html.Div([links, *own], className="ways-menu")], className="ways")


def page_links(address: Address, *paths: str) -> list[html.A]:
    """Return links to pages, those that the viewer may open."""
    words = {
        "/": "nav.wall",
        "/data": "nav.data",
        "/desk": "desk.title",
        "/todo": "todo.title",
        "/statistics": "statistics.title",
        "/platform": "platform.title",
        "/channels": "channels.title",
    }
    return [
        html.A(
            text(address.lang, words[path]),
            href=address.to(viewer.wall() if path == "/" else path),
            className="button",
        )
        for path in paths
        if viewer.opens(path) and _serves(path)
    ]


def _serves(path: str) -> bool:
    """Tell whether a page serves the viewer: those of acting are for people who see alarms or cases."""
    known = viewer.current()
    return path not in _NEEDS or (known is not None and known.kind == "session" and viewer.may(_NEEDS[path]))


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
