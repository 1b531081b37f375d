"""The cookies of a browser: a person's session, a display's token, and a single sign-on that has begun."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from fastapi import Request, Response
from itsdangerous import BadData, BadSignature, Signer, URLSafeTimedSerializer

from cityops.clock import utc_now

SESSION, DISPLAY, ERRAND = "cityops_session", "cityops_display", "cityops_sign_on"
HOST = "__Host-"
"""Before the names where TLS is spoken: a browser then takes the cookie from this host alone, and from no neighbour
under the same domain."""

LONGEST_S = 400 * 24 * 3600
"""Browsers keep no cookie for longer."""

ERRAND_S = 600
"""A single sign-on must be done in this time."""
ERRAND_PATH = "/sign-in/oidc"


class Cookies:
    """Writes and reads the cookies.

    A display's token stands in its cookie as it is: it is 256 random bits that only the API can judge, and a wall
    must not lose it when the dashboard starts with another secret.
    """

    def __init__(self, secret: str) -> None:
        self._signer = Signer(secret, salt=SESSION)
        self._errands = URLSafeTimedSerializer(secret, salt=ERRAND)

    def tokens(self, request: Request) -> list[str]:
        """Return the tokens that a browser shows, a person's before the display's; what is forged is left out."""
        found = []
        with suppress(BadSignature):
            found.append(self._signer.unsign(_shown(request, SESSION)).decode())
        display = _shown(request, DISPLAY)
        return [*found, display] if display.startswith("display_") and display.isascii() else found

    def signed(self, token: str) -> str:
        """Return a session's token as it stands in the cookie."""
        return self._signer.sign(token).decode()

    def keep_session(self, request: Request, answer: Response, token: str, expires_at: datetime) -> None:
        """Have the browser keep a session until it ends."""
        lasts = int((expires_at - utc_now()).total_seconds())
        _set(request, answer, SESSION, self.signed(token), lasts)

    def end_session(self, request: Request, answer: Response) -> None:
        """Have the browser forget the session."""
        _set(request, answer, SESSION, "", 0)

    def keep_display(self, request: Request, answer: Response, token: str) -> None:
        """Have the browser keep a display's token."""
        _set(request, answer, DISPLAY, token, LONGEST_S)

    def keep_errand(self, request: Request, answer: Response, errand: dict[str, str]) -> None:
        """Have the browser keep what a single sign-on must come back with."""
        _set(request, answer, ERRAND, str(self._errands.dumps(errand)), ERRAND_S, ERRAND_PATH)

    def errand(self, request: Request) -> dict[str, Any] | None:
        """Return what `keep_errand` had the browser keep; None if that is nothing, forged or too long ago."""
        with suppress(BadData):
            errand: dict[str, Any] = self._errands.loads(_shown(request, ERRAND), max_age=ERRAND_S)
            return errand
        return None

    def end_errand(self, request: Request, answer: Response) -> None:
        """Have the browser forget the single sign-on: it comes back once."""
        _set(request, answer, ERRAND, "", 0, ERRAND_PATH)


def is_display(request: Request) -> bool:
    """Tell whether a browser is that of a display, whether or not its token is still good."""
    return _named(request, DISPLAY) in request.cookies


def _named(request: Request, name: str) -> str:
    return f"{HOST}{name}" if request.url.scheme == "https" else name


def _shown(request: Request, name: str) -> str:
    return request.cookies.get(_named(request, name), "")


def _set(request: Request, answer: Response, name: str, value: str, lasts_s: int, path: str = "/") -> None:
    # Lax and not Strict: a link in a message opens the page signed in; what changes something is checked at the door.
    secure, named = request.url.scheme == "https", _named(request, name)
    path = "/" if secure else path  # as the prefix demands
    lasts_s = min(lasts_s, LONGEST_S)
    answer.set_cookie(named, value, max_age=lasts_s, path=path, httponly=True, samesite="lax", secure=secure)
