"""The two cookies of a browser: the session of a person, signed, and the token of a display, good for a year."""

from contextlib import suppress
from datetime import datetime

from fastapi import Request, Response
from itsdangerous import BadSignature, Signer

from cityops.clock import utc_now

SESSION, DISPLAY = "cityops_session", "cityops_display"

LONGEST_S = 400 * 24 * 3600
"""Browsers keep no cookie for longer."""


class Cookies:
    """Writes and reads the cookies.

    A display's token stands in its cookie as it is: it is 256 random bits that only the API can judge, and a wall
    must not lose it when the dashboard starts with another secret.
    """

    def __init__(self, secret: str) -> None:
        self._signer = Signer(secret, salt=SESSION)

    def tokens(self, request: Request) -> list[str]:
        """Return the tokens that a browser shows, a person's before the display's; what is forged is left out."""
        found = []
        with suppress(BadSignature):
            found.append(self._signer.unsign(request.cookies.get(SESSION, "")).decode())
        display = request.cookies.get(DISPLAY, "")
        return [*found, display] if display.startswith("display_") else found

    def signed(self, token: str) -> str:
        """Return a session's token as it stands in the cookie."""
        return self._signer.sign(token).decode()

    def keep_session(self, request: Request, answer: Response, token: str, expires_at: datetime) -> None:
        """Have the browser keep a session until it ends."""
        lasts = int((expires_at - utc_now()).total_seconds())
        _set(request, answer, SESSION, self.signed(token), lasts)

    def end_session(self, answer: Response) -> None:
        """Have the browser forget the session."""
        answer.delete_cookie(SESSION, httponly=True, samesite="lax")

    def keep_display(self, request: Request, answer: Response, token: str) -> None:
        """Have the browser keep a display's token."""
        _set(request, answer, DISPLAY, token, LONGEST_S)


def is_display(request: Request) -> bool:
    """Tell whether a browser is that of a display, whether or not its token is still good."""
    return DISPLAY in request.cookies


def _set(request: Request, answer: Response, name: str, value: str, lasts_s: int) -> None:
    # Lax and not Strict: a link in a message opens the page signed in; what changes something is checked at the door.
    secure = request.url.scheme == "https"
    answer.set_cookie(name, value, max_age=min(lasts_s, LONGEST_S), httponly=True, samesite="lax", secure=secure)
