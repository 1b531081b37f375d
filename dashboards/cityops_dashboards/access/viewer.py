"""Who looks at a screen: asked of the API by the token in the browser's cookie, and kept for a few seconds."""

import asyncio
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

import httpx
from fastapi import Request

from cityops import reference
from cityops.client import bearer
from cityops.clock import utc_now
from cityops.domain.access import Permission, Role, Scope, ScopeKind, Subject
from cityops.domain.regions import district_of
from cityops_dashboards.addresses import DARK
from cityops_dashboards.scenes.shelf import of_district
from cityops_dashboards.texts import name, text

KEPT_S = 3.0
"""A viewer that the API has confirmed, or refused, is taken for that this long."""
CONFIRMED_S = 45.0
"""For so long it is enough that the API says elsewhere that a viewer is let in; it notes by minutes who was here."""
AWAY_S = 3600.0
"""While the API is away, whom it confirmed last stays in for this long: what there is to see is old data."""
ANSWER_S = 3.0
"""An API that has not answered by then is away: whoever it let in lately is not to wait for it."""
MOST_KEPT = 10_000


class ApiAwayError(Exception):
    """The API cannot be asked who this is."""


class ApiBusyError(ApiAwayError):
    """The API is there, and was asked too often by this credential or from this address to say who this is."""


MOST_NAMED, NAMED = 6, 3
"""So many districts, streets or departments of an area are named; of more, the first and how many there are."""

_UNITS = frozenset({ScopeKind.DISTRICTS, ScopeKind.STREETS, ScopeKind.DEPARTMENTS})


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person or a display."""

    token: str
    kind: str
    """`session` or `display`."""
    name: str
    """For people to read; the subject's name is the login."""
    subject: Subject
    scene: str | None = None
    """The one page that a display may show, such as `/districts/440105`; None leaves it the choice."""
    expires_at: datetime | None = None
    has_password: bool = False
    """Whether it signs in with one; the others come by the city's single sign-on, or are displays."""
    interim_password: bool = False
    """Whether somebody else has set the password."""

    @property
    def home(self) -> str:
        """Path of the page to begin with: the scene, what waits for a unit that handles cases, or the own part."""
        scope = self.subject.scope
        if self.subject.role is Role.DATA_LIAISON:
            return "/filling"
        if self.scene:
            return self._own_wall or self.scene if self.scene == "/" else self.scene
        if scope.kind in _UNITS and len(scope.codes) == 1 and self.subject.may(Permission.EVENT_HANDLE):
            return "/todo"
        return self._district or "/"

    @property
    def part(self) -> str:
        """Path of the page of the own part of the city: the scene, the own district or street, or the wall."""
        return self.scene or self._district or self.wall

    @property
    def _own_wall(self) -> str | None:
        """Path of the wall of the first district of the scope that has a scene; None where it is of no district."""
        scope = self.subject.scope
        if scope.kind is not ScopeKind.DISTRICTS:
            return None
        return next((f"/?region={code}" for code in sorted(scope.codes) if of_district(code)), None)

    @property
    def own_wall(self) -> str:
        """Path of the wall that tells most: of the own district, else the city's."""
        return self._own_wall or self.wall

    @property
    def bounds(self) -> Collection[str]:
        """The regions that a display may show, each with what lies in it; none: its scope alone says it."""
        if self.scene is None:
            return ()
        if self.scene.startswith("/districts/"):
            return (self.scene.removeprefix("/districts/"),)
        return self.subject.scope.codes if self._own_wall else (reference.CITY_CODE,)

    @property
    def _district(self) -> str | None:
        scope = self.subject.scope
        if scope.kind is ScopeKind.DISTRICTS and len(scope.codes) == 1:
            return f"/districts/{min(scope.codes)}"
        if scope.kind is ScopeKind.STREETS and len(scope.codes) == 1:
            [street] = scope.codes
            return f"/districts/{district_of(street)}?street={street}"
        return None

    @property
    def wall(self) -> str:
        """Path of the city's wall: `/` alone leads whoever has another home there."""
        if self.scene:
            return self._own_wall or "/"
        return "/" if self.home == "/" else f"/?region={reference.CITY_CODE}"


_current: ContextVar[Viewer | None] = ContextVar("viewer", default=None)
_theme: ContextVar[str] = ContextVar("theme", default=DARK)


def asks_for(theme: str) -> None:
    """Remember the theme that this request's address names, for pages that are answered before there is a viewer."""
    _theme.set(theme)


def theme() -> str:
    """Return the theme that this request's address names."""
    return _theme.get()


@contextmanager
def looking(viewer: Viewer) -> Iterator[None]:
    """Answer a request for this viewer while the block runs."""
    before = _current.set(viewer)
    try:
        yield
    finally:
        _current.reset(before)


def current() -> Viewer | None:
    """Return for whom the request is answered; None outside of one."""
    return _current.get()


def token() -> str:
    """Return what to show the API for the viewer of this request; empty, so that it refuses, where there is none."""
    viewer = _current.get()
    return viewer.token if viewer else ""


def key() -> str:
    """Return a name of the viewer of this request that tells nothing of the token: its pages share one line by it."""
    return blake2b(token().encode(), digest_size=8).hexdigest()


def opens(path: str) -> bool:
    """Tell whether the viewer of this request may open a page; a display bound to a scene opens that alone."""
    viewer = _current.get()
    return viewer is None or viewer.scene is None or viewer.scene.partition("?")[0] == path


def wall() -> str:
    """Return the path of the city's wall for the viewer of this request."""
    viewer = _current.get()
    return viewer.wall if viewer else "/"


def own_wall() -> str:
    """Return the path of the wall that tells the viewer of this request most."""
    viewer = _current.get()
    return viewer.own_wall if viewer else "/"


def may(permission: Permission) -> bool:
    """Tell whether to offer the viewer of this request what needs a permission; the API decides in any case."""
    viewer = _current.get()
    return viewer is None or viewer.subject.may(permission)


def is_person() -> bool:
    """Tell whether somebody looks who has signed in, and not whoever stands before a display."""
    viewer = _current.get()
    return viewer is not None and viewer.kind == "session"


def why_sums_only() -> str:
    """Return why a state comes without its cases and devices, if it does: `area`, or `department`.

    A department has no area: the cases dispatched to it stand in its to-do.
    """
    viewer = _current.get()
    return "department" if viewer and viewer.subject.scope.kind is ScopeKind.DEPARTMENTS else "area"


def forwarded(request: Request) -> dict[str, str]:
    """Return the header that tells the API from where a request really came."""
    return {"X-Forwarded-For": request.client.host} if request.client else {}


class Viewers:
    """Asks the API whom a token stands for; many requests with one token cost one question."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._kept: dict[str, tuple[float, Viewer | None]] = {}
        self._asked: dict[str, float] = {}
        """When the API said last of a token itself whom it stands for."""
        self._asking: dict[str, asyncio.Task[Viewer | None]] = {}

    async def find(self, token: str, request: Request) -> Viewer | None:
        """Return the viewer, None where the token is not, or no more, good for anything.

        The API counts unknown tokens by the address that the request came from.

        Raises
        ------
        ApiAwayError
            The API does not answer, or not now (`ApiBusyError`), and has not confirmed the token lately.
        """
        if not token.isascii():  # no header can ask for it
            return None
        since, kept = self._kept.get(token, (float("-inf"), None))
        if time.monotonic() - since < KEPT_S:
            return None if kept and _is_over(kept) else kept
        task = self._asking.get(token)
        if task is None:
            task = self._asking[token] = asyncio.create_task(self._ask(token, forwarded(request)))
            task.add_done_callback(lambda _: self._asking.pop(token, None))
        return await asyncio.shield(task)

    def forget(self, token: str) -> None:
        """Ask the API again the next time."""
        self._kept.pop(token, None)
        self._asked.pop(token, None)

    def confirm(self, viewer: Viewer) -> None:
        """Take a viewer who is let in to be so from now on: the API has just said it elsewhere."""
        _, kept = self._kept.get(viewer.token, (0.0, None))
        asked = self._asked.get(viewer.token, float("-inf"))
        if kept == viewer and time.monotonic() - asked < CONFIRMED_S:
            self._keep(viewer.token, viewer)

    async def _ask(self, token: str, headers: dict[str, str]) -> Viewer | None:
        try:
            answer = await self._client.get("/api/v1/me", headers=bearer(token) | headers, timeout=ANSWER_S)
        except httpx.HTTPError:
            return self._last_known(token)
        since, kept = self._kept.get(token, (0.0, None))
        was_refused = since > 0 and kept is None
        if answer.status_code == 401 or (answer.status_code == 429 and was_refused):
            return self._keep(token, None)
        self._asked[token] = time.monotonic()
        if not answer.is_success:
            return self._last_known(token, ApiBusyError if answer.status_code == 429 else ApiAwayError)
        return self._keep(token, read(token, answer.json()))

    def _keep(self, token: str, viewer: Viewer | None) -> Viewer | None:
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
            self._asked.clear()
        self._kept[token] = time.monotonic(), viewer
        return viewer

    def _last_known(self, token: str, error: type[ApiAwayError] = ApiAwayError) -> Viewer | None:
        since, kept = self._kept.get(token, (float("-inf"), None))
        if kept is None or time.monotonic() - since > AWAY_S:
            raise error
        return None if _is_over(kept) else kept


def read(token: str, me: dict[str, Any]) -> Viewer:
    """Return the viewer that the API's answer on `/api/v1/me` tells of."""
    scope = Scope(ScopeKind(me["scope_kind"]), frozenset(me["scope_codes"]))
    ends = me["expires_at"]
    return Viewer(
        token,
        me["kind"],
        me["display_name"] or me["name"],
        Subject(me["name"], Role(me["role"]), scope),
        me["scene"],
        datetime.fromisoformat(ends) if ends else None,
        me["has_password"],
        me["interim_password"],
    )


def role(lang: str, subject: Subject) -> str:
    """Return the role in words."""
    return text(lang, f"role.{subject.role}")


def area(lang: str, scope: Scope) -> str:
    """Return a scope in words, such as 海珠区."""
    if scope.kind is ScopeKind.CITY:
        return text(lang, "area.city")
    separator = "、" if lang == "zh" else ", "
    names = _names(lang, scope.kind)
    told = [names.get(code, code) for code in sorted(scope.codes)]
    if len(told) > MOST_NAMED:
        return text(
            lang, "area.many", first=separator.join(told[:NAMED]), n=len(told) - (NAMED if lang == "en" else 0)
        )
    return separator.join(told) or text(lang, "area.none")


def _names(lang: str, kind: ScopeKind) -> dict[str, str]:
    if kind in {ScopeKind.DISTRICTS, ScopeKind.STREETS}:
        return {one.code: name(lang, one) for one in reference.regions()}
    file = "departments" if kind is ScopeKind.DEPARTMENTS else "source_systems"
    return {row["code"]: row[f"name_{lang}"] for row in reference.rows(file)}


def _is_over(viewer: Viewer) -> bool:
    return viewer.expires_at is not None and viewer.expires_at <= utc_now()
