"""The wall's title bar: clock, name of the city, age of the data, health of the sources, ways on, who looks."""

from dash import html

from cityops.domain.access import Permission
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.components.who import who
from cityops_dashboards.texts import text

_NEEDS = {
    "/desk": Permission.ALARM_READ,
    "/todo": Permission.EVENT_HANDLE,
    "/statistics": Permission.EVENT_READ,
}


def titlebar(address: Address) -> html.Header:
    """Return the title bar; the clock and the ages are filled by the page's scripts."""
    lang = address.lang
    return html.Header(
        [
            html.Div([html.Div(className="clock-time"), html.Div(className="clock-date")], className="clock"),
            html.Div(
                [html.H1(text(lang, "wall.title")), html.Div(id="scene-title", className="scene-title")],
                className="name",
            ),
            html.Div(
                [html.Div(id="as-of", className="as-of"), html.Div(_ways(address), className="ways")],
                className="status",
            ),
            html.Div(id="banner", className="banner", role="alert"),
        ],
        className="titlebar",
    )


def _ways(address: Address) -> list[html.Div]:
    """Return the ways to the other pages; a person's name stands below them, a display's nowhere."""
    known = viewer.current()
    pages = page_links(address, "/desk", "/todo", "/statistics", "/data")
    links = html.Div([*pages, language_switch(address)], className="ways-links")
    return [links, *(who(address) if known and known.kind == "session" else [])]


def page_links(address: Address, *paths: str) -> list[html.A]:
    """Return links to pages, those that the viewer may open."""
    words = {
        "/": "nav.wall",
        "/data": "nav.data",
        "/desk": "desk.title",
        "/todo": "todo.title",
        "/statistics": "statistics.title",
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
