"""Pages that need no script and no sign-in: signing in, refusals, and what a display is told; plain HTML as text."""

from dataclasses import dataclass
from html import escape

from fastapi.responses import HTMLResponse

from cityops.domain.access import Subject
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.texts import text

_FRAME = """<!DOCTYPE html>
<html lang="{html_lang}" data-theme="{theme}">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{refresh}<title>{title} · cityops</title>
<link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
<link rel="stylesheet" href="/assets/css/00_tokens.css">
<link rel="stylesheet" href="/assets/css/plain.css">
</head>
<body class="plain">
<header><span class="plain-city">{city}</span> <span class="plain-product">{product}</span></header>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>"""


@dataclass(frozen=True, slots=True)
class LastTrouble:
    """What went wrong at the last try."""

    key: str
    status: int
    detail: str = ""
    """The API's or the provider's own words, for whoever is asked for help."""


def sign_in(
    lang: str, onward: str, *, login: str = "", trouble: LastTrouble | None = None, sign_on: bool = False
) -> HTMLResponse:
    """Return the form; `onward` is where to go after it, `sign_on` offers the single sign-on too."""
    words = {key: escape(text(lang, f"signin.{key}")) for key in ("login", "password", "submit", "help")}
    alert = _alert(lang, trouble) if trouble else ""
    single = escape(text(lang, "signin.sso"))
    instead = f'<p><a class="plain-button" href="{_href(lang, onward, "/oidc")}">{single}</a></p>' if sign_on else ""
    other = "en" if lang == "zh" else "zh"
    body = f"""{alert}<form method="post" action="{_href(lang, onward)}">
<label for="login">{words["login"]}</label>
<input id="login" name="login" value="{escape(login)}" autocomplete="username" required{_focus(not login)}>
<label for="password">{words["password"]}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required{_focus(bool(login))}>
<button type="submit">{words["submit"]}</button>
</form>
{instead}
<p class="plain-quiet">{words["help"]}</p>
<p><a href="{_href(other, onward)}" lang="{other}">{escape(text(lang, "title.language"))}</a></p>"""
    return _page(lang, text(lang, "signin.title"), body, trouble.status if trouble else 200)


def _focus(here: bool) -> str:
    """Return the attribute that puts the cursor into a field: into the first that is still to be filled."""
    return " autofocus" if here else ""


def sign_out(lang: str) -> HTMLResponse:
    """Return the form that ends a session."""
    button = escape(text(lang, "nav.sign_out"))
    action = _kept(lang).to("/sign-out")
    body = f'<form method="post" action="{action}"><button type="submit">{button}</button></form>'
    return _page(lang, text(lang, "signin.out"), body, 200)


def become_display(lang: str, path: str, label: str) -> HTMLResponse:
    """Return the question whether this browser is to be a display; `path` is the display's address."""
    action, button = escape(_kept(lang).to(path)), escape(text(lang, "display.ask.go"))
    body = f"""<p>{escape(text(lang, "display.ask.text", label=label))}</p>
<form method="post" action="{action}"><button type="submit">{button}</button></form>"""
    return _page(lang, text(lang, "display.ask.title"), body, 200)


def outside(lang: str, place: str, subject: Subject, home: str) -> HTMLResponse:
    """Return the refusal of a region outside the viewer's area: names both and leads to the area."""
    area = viewer.area(lang, subject.scope)
    sentence = text(lang, "refused.area", area=area, role=viewer.role(lang, subject))
    return refusal(lang, text(lang, "refused.region", region=place), sentence, home, area)


def refusal(lang: str, title: str, sentence: str, home: str, link: str) -> HTMLResponse:
    """Return a refusal with the way back."""
    target = escape(_kept(lang).to(home))
    to = escape(text(lang, "refused.go", area=link))
    body = f'<p>{escape(sentence)}</p>\n<p><a class="plain-button" href="{target}">{to}</a></p>'
    return _page(lang, title, body, 403)


def notice(lang: str, key: str, status: int, *, again_s: int | None = None) -> HTMLResponse:
    """Return a page that says `key.title` and `key.text`, and loads itself again after `again_s` seconds."""
    return _page(lang, text(lang, f"{key}.title"), f"<p>{escape(text(lang, f'{key}.text'))}</p>", status, again_s)


def _alert(lang: str, trouble: LastTrouble) -> str:
    detail = f'<br><span lang="en">{escape(trouble.detail)}</span>' if trouble.detail else ""
    return f'<div class="plain-alert" role="alert">{escape(text(lang, trouble.key))}{detail}</div>'


def _href(lang: str, onward: str, below: str = "") -> str:
    return escape(_kept(lang).to(f"/sign-in{below}", next=onward))


def _kept(lang: str) -> Address:
    """Return what links keep: language and theme."""
    return Address("", {"lang": lang, "theme": viewer.theme()})


def _page(lang: str, title: str, body: str, status: int, again_s: int | None = None) -> HTMLResponse:
    page = _FRAME.format(
        html_lang="en" if lang == "en" else "zh-CN",
        theme=viewer.theme(),
        refresh=f'<meta http-equiv="refresh" content="{again_s}">\n' if again_s else "",
        title=escape(title),
        city=escape(text(lang, "wall.title")),
        product=escape(text(lang, "product")),
        body=body,
    )
    return HTMLResponse(page, status, {"Cache-Control": "no-store"})
