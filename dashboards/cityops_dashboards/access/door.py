"""The dashboard's door: in front of every page, stream, file and Dash route; only what is declared public is open."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from fastapi import Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from cityops import reference
from cityops.domain.access import Permission
from cityops.domain.regions import holds
from cityops_dashboards.access import cookies
from cityops_dashboards.access.paths import PAST, STREAM, PathKind, is_for_scripts, is_open, kind_of
from cityops_dashboards.access.viewer import ApiAwayError, ApiBusyError, Viewer, asks_for, looking, theme
from cityops_dashboards.addresses import LIGHT, Address, regions_in
from cityops_dashboards.forms import plain
from cityops_dashboards.pages.district.page import code_in
from cityops_dashboards.scenes.shelf import asked
from cityops_dashboards.texts import name, text

INSIDE = "cityops.inside"
"""Key of an ASGI scope that the dashboard makes itself; a server fills scopes from a connection and knows it not."""

AGAIN_S = 15
_SAFE = {"GET", "HEAD"}


class Door:
    """Lets nobody in who is not known, and nothing that another site's page asks for in a known one's name."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its viewer, or answer it here; web sockets, which no page uses, are closed."""
        if scope["type"] == "lifespan" or INSIDE in scope:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(1008)(scope, receive, send)
        else:
            await self._answer(Request(scope, receive), send)

    async def _answer(self, request: Request, send: Send) -> None:
        asks_for(Address.parse("", request.url.query).theme)
        turned_away = _turned_away(request)
        if turned_away is not None:
            await turned_away(request.scope, request.receive, send)
            return
        if is_open(request.url.path):
            await self.app(request.scope, request.receive, send)
            return
        found = await _admitted(request)
        if isinstance(found, Response):
            await found(request.scope, request.receive, send)
            return
        with looking(found):
            await self.app(request.scope, request.receive, send)


def is_foreign(request: Request) -> bool:
    """Tell whether another site's page asks; following its link to one of our pages is no such thing.

    Browsers send `Sec-Fetch-Site` over https and to the own machine, and `Origin` with whatever may change something;
    what changes something and comes with neither is refused too.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"} and not _follows_link(request)
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc != request.headers.get("host")
    return request.method not in _SAFE


def _turned_away(request: Request) -> Response | None:
    """Return the answer to who is refused before it is asked who that is."""
    seconds = request.app.state.rates.wait_of_stranger(request)
    if seconds:
        return _too_often(request, seconds)
    if is_foreign(request):
        return _problem(403, "Another site's page asked for this; open the dashboard itself.")
    return None


def _too_often(request: Request, seconds: int) -> Response:
    strangers = request.app.state.rates.strangers
    told = strangers.told("Your address, where nobody is signed in,", seconds)
    answer: Response = _problem(429, told)
    if _wants_page(request):
        answer = plain.notice(Address.parse("", request.url.query).lang, "too_often", 429, again_s=AGAIN_S)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _follows_link(request: Request) -> bool:
    visits = (
        request.headers.get("sec-fetch-mode") == "navigate" and request.headers.get("sec-fetch-dest") == "document"
    )
    return visits and request.method in _SAFE and not is_for_scripts(request.url.path)


async def _admitted(request: Request) -> Viewer | Response:
    state = request.app.state
    try:
        for token in state.cookies.tokens(request):
            if found := await state.viewers.find(token, request):
                answer = refused(request, found)
                if answer is not None and answer.status_code == 403:
                    report(request, found, Address.parse(request.url.path, request.url.query))
                return answer or found
    except ApiBusyError:
        return _later(request, "often", 429, "You ask too often; try again a little later.")
    except ApiAwayError:
        return _later(
            request, "away", 503, "The API does not answer; nothing is wrong with the request. Try again soon."
        )
    return _stranger(request)


@dataclass(frozen=True, slots=True)
class PageRefusal:
    """Why somebody who is known may not see what stands at an address."""

    key: str
    """`no_screens` (the role sees none), `region` (outside the area or scene) or `scene` (not the display's page)."""
    detail: str
    region: str = ""


def shut(address: Address, viewer: Viewer) -> PageRefusal | None:
    """Return why a known viewer may not see what stands at an address, of pages or for them; None if it may."""
    if not viewer.subject.may(Permission.STATE_READ):
        return PageRefusal("no_screens", text(address.lang, "refused.no_screens"))
    region = outside(address, viewer)
    if region:
        return PageRefusal("region", f"Region {region} lies outside your area.", region)
    if viewer.scene and not is_for_scripts(address.path) and address.path != viewer.scene:
        return PageRefusal("scene", f"This display shows {viewer.scene} alone; this belongs to {address.path}.")
    return None


def refused(request: Request, viewer: Viewer) -> Response | None:
    """Return the refusal of what a known viewer may not see, or the way to its own part; None where it may."""
    address = Address.parse(request.url.path, request.url.query)
    if address.path == "/" and viewer.wall != "/" and "region" not in address.query:
        return _led(address, viewer)
    refusal = shut(address, viewer)
    if refusal:
        is_page = not is_for_scripts(address.path)
        return _page_of(refusal, address.lang, viewer) if is_page else _problem(403, refusal.detail)
    return None


def _led(address: Address, viewer: Viewer) -> Response:
    """Return the way to the own part: a display keeps what its address says, such as that scenes rotate."""
    kept = address.query if viewer.scene else {}
    return RedirectResponse(address.to(viewer.home, **kept), 303, {"Cache-Control": "no-store"})


def _page_of(refusal: PageRefusal, lang: str, viewer: Viewer) -> Response:
    if refusal.key == "no_screens":
        return plain.notice(lang, "refused.role", 403)
    if refusal.key == "region":
        return plain.outside(lang, name_of(lang, refusal.region), viewer.subject, viewer.part)
    title, sentence = text(lang, "refused.scene"), text(lang, "refused.scene_why")
    return plain.refusal(lang, title, sentence, viewer.home, _scene(lang, viewer.home))


def report(request: Request, viewer: Viewer, address: Address) -> None:
    """Have it written down that a viewer was refused what stands at an address."""
    host = request.client.host if request.client else None
    request.app.state.refusals.report(viewer, address.path, outside(address, viewer), host)


def outside(address: Address, viewer: Viewer) -> str | None:
    """Return a region that a page or stream shows if it lies outside the viewer's scope, or is not its scene's."""
    bounds = viewer.bounds if is_for_scripts(address.path) or viewer.scene == "/" else ()
    for region in _regions(address):
        inside = not bounds or any(holds(bound, region) for bound in bounds)
        if not viewer.subject.scope.touches(region) or not inside:
            return region
    return None


def _regions(address: Address) -> list[str]:
    if address.path == "/":
        return [asked(address.query).region or reference.CITY_CODE]
    if address.path in PAST:
        return [address.query.get("region", reference.CITY_CODE)]
    if address.path == STREAM:
        return sorted(regions_in(address.query.get("region", reference.CITY_CODE)))
    if not address.path.startswith("/districts/"):
        return []
    code, street = code_in(address.path), address.query.get("street", "")
    return [street if holds(code, street) else code]


def _scene(lang: str, path: str) -> str:
    """Return what is shown at a display's path, in words."""
    pages = {"/": "nav.wall", "/data": "nav.data"}
    return (
        text(lang, pages[path]) if path in pages else name_of(lang, (_regions(Address.parse(path, "")) or [path])[0])
    )


def name_of(lang: str, code: str) -> str:
    """Return a region's name in a language, its code where there is none such."""
    return next((name(lang, one) for one in reference.regions() if one.code == code), code)


def _stranger(request: Request) -> Response:
    kind = "display" if cookies.is_display(request) else "session"
    if not _wants_page(request):
        return _problem(401, "Nobody is signed in, or the session or display address has ended.", kind=kind)
    lang = Address.parse("", request.url.query).lang
    if kind == "display":
        return plain.notice(lang, "display.ended", 401, again_s=AGAIN_S)
    onward = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    kept = ("lang=en&" if lang == "en" else "") + (f"theme={LIGHT}&" if theme() == LIGHT else "")
    return RedirectResponse(f"/sign-in?{kept}next={quote(onward, safe='/')}", 303, {"Cache-Control": "no-store"})


def _later(request: Request, key: str, status: int, detail: str) -> Response:
    """Return the answer to who cannot be told now who it is: a page that tries again, or a problem."""
    if _wants_page(request):
        return plain.notice(Address.parse("", request.url.query).lang, key, status, again_s=AGAIN_S)
    return _problem(status, detail, headers={"Retry-After": "5"})


def _wants_page(request: Request) -> bool:
    path = request.url.path
    return kind_of(path) is PathKind.FORM or (request.method in _SAFE and not is_for_scripts(path))


def _problem(status: int, detail: str, *, headers: dict[str, str] | None = None, **more: str) -> JSONResponse:
    body = {"type": "about:blank", "status": status, "detail": detail} | more
    kept = {"Cache-Control": "no-store"} | (headers or {})
    return JSONResponse(body, status, kept, media_type="application/problem+json")
