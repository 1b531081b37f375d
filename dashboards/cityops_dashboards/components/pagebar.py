"""The bar on top of the pages for a desk or a phone: where we are, age of the data, ways to the other pages."""

from collections.abc import Sequence

from dash import html

from cityops_dashboards import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.components.titlebar import language_switch, password_hint
from cityops_dashboards.forms import offered
from cityops_dashboards.texts import text


def pagebar(address: Address, trail: Sequence[tuple[str, str | None]]) -> html.Header:
    """Return the bar; `trail` is the path down from the city as (name, address), the last without an address."""
    lang = address.lang
    city = (text(lang, "city"), address.to("/"))
    steps = [html.Li(html.A(step, href=href) if href else html.Span(step)) for step, href in (city, *trail)]
    return html.Header(
        [
            html.Nav(html.Ol(steps), className="trail"),
            html.Div(id="as-of", className="as-of"),
            html.Div(
                [
                    html.A(text(lang, "nav.wall"), href=address.to("/"), className="button"),
                    html.A(text(lang, "nav.data"), href=address.to("/data"), className="button"),
                    language_switch(address),
                ],
                className="pagebar-links",
            ),
            *_who(address),
            html.Div(id="banner", className="banner", role="alert"),
        ],
        className="pagebar",
    )


def _who(address: Address) -> list[html.Div]:
    known, lang = viewer.current(), address.lang
    if known is None:
        return []
    role, area = viewer.role(lang, known.subject), viewer.area(lang, known.subject.scope)
    out = html.A(text(lang, "nav.sign_out"), href=address.to("/sign-out"), className="button")
    words = f"{known.name} · {role} · {area}"
    parts = [html.A(words, href=address.to("/account"), className="who-words", title=area), *password_hint(address)]
    if offered(known):
        parts.append(html.A(text(lang, "nav.admin"), href=address.to("/admin"), className="button"))
    return [html.Div([*parts, *([out] if known.kind == "session" else [])], className="who")]
