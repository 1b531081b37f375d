"""The wall's title bar: clock, name of the city, age of the data, health of the sources, language switch."""

from dash import html

from cityops_dashboards import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.texts import text


def titlebar(address: Address) -> html.Header:
    """Return the title bar; the clock and the ages are filled by the page's scripts."""
    lang = address.lang
    return html.Header(
        [
            html.Div([html.Div(className="clock-time"), html.Div(className="clock-date")], className="clock"),
            html.Div(
                [html.H1(text(lang, "wall.title")), html.Div(text(lang, "product"), className="product")],
                className="name",
            ),
            html.Div(
                [
                    *password_hint(address),
                    html.Div(id="as-of", className="as-of"),
                    html.A(text(lang, "nav.data"), href=address.to("/data"), className="button"),
                    language_switch(address),
                ],
                className="status",
            ),
            html.Div(id="banner", className="banner", role="alert"),
        ],
        className="titlebar",
    )


def password_hint(address: Address) -> list[html.A]:
    """Return the link to the form for a password of one's own, for those whose password somebody else has set."""
    known = viewer.current()
    if known is None or not known.interim_password:
        return []
    return [html.A(text(address.lang, "account.hint"), href=address.to("/account"), className="button is-strong")]


def language_switch(address: Address) -> html.A:
    """Return the link to this view in the other language; the script keeps parameters chosen since."""
    other = "en" if address.lang == "zh" else "zh"
    return html.A(
        text(address.lang, "title.language"),
        href=address.altered(lang=other if other == "en" else None),
        className="button language",
        lang=other,
    )
