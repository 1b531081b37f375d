"""The viewer on a page's bar: who it is, and the ways to its account, to the administration and out."""

from dash import html

from cityops_dashboards.access import viewer
from cityops_dashboards.access.viewer import Viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.components.attributes import attributes
from cityops_dashboards.forms.form import offered
from cityops_dashboards.texts import text


def who(address: Address) -> list[html.Div]:
    """Return the block for the viewer of this request; nothing where there is none."""
    known, lang = viewer.current(), address.lang
    if known is None:
        return []
    parts = [_words(address, known)]
    if offered(known):
        parts.append(html.A(text(lang, "nav.admin"), href=address.to("/admin"), className="button"))
    if known.kind == "session":
        parts.append(html.A(text(lang, "nav.sign_out"), href=address.to("/sign-out"), className="button"))
    return [html.Div(parts, className="who")]


def _words(address: Address, known: Viewer) -> html.A:
    """Return name, role and area; with a mark for those whose password somebody else has set."""
    lang = address.lang
    role, area = viewer.role(lang, known.subject), viewer.area(lang, known.subject.scope)
    words, hint = f"{known.name} · {role} · {area}", text(lang, "account.hint")
    title = f"{words}\n{hint}" if known.interim_password else words
    mark = html.Span("!", className="who-mark", **attributes(role="img", aria_label=hint, title=hint))
    href = address.to("/account") if viewer.opens("/account") else None
    shown = [mark, html.Span(words)] if known.interim_password else [html.Span(words)]
    return html.A(shown, href=href, className="who-words", title=title)
