"""Headers of every answer of API, HTTP ingest and dashboard: what a browser may do with it, and no more."""

import re
from collections.abc import Iterable, Mapping
from typing import ClassVar

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cityops.limits import RequestLimits

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Policy of answers that are data: opened in a browser they load, run and embed nothing."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page_policy(script_hashes: Iterable[str]) -> str:
    """Return the policy of pages that load from their own address alone.

    Parameters
    ----------
    script_hashes
        Of the scripts that stand in the page itself, quoted: `'sha256-…'`. No other such script runs, and none may
        make code of text (`eval`).
    """
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self'", *script_hashes)),
            "style-src 'self' 'unsafe-inline'",  # Plotly and AG Grid write their style sheets into the page
            "img-src 'self' data: blob:",
            "font-src 'self' data:",  # AG Grid's icons
            "worker-src 'self' blob:",  # MapLibre starts its workers from a blob
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


POSITION = "Cityops-Position"
"""Of a state: of two answers, the one with the greater number is the later one, whichever API gave it."""


class SecurityHeaders:
    """Adds the headers to each answer as it begins; its body passes untouched, so that streams stay streams."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self.app = app
        self.headers = HEADERS | {"Content-Security-Policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a header that the application sets itself stays."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


BODY_LIMIT = 1_048_576
"""Largest body of a request, in bytes, where none is declared: a callback of Dash has a few thousand."""


class GuardedApp(FastAPI):
    """FastAPI whose requests are bounded, and whose every answer has the headers: also Starlette's own 500."""

    policy = NOTHING
    body_limit = BODY_LIMIT
    body_limits: ClassVar[Mapping[re.Pattern[str], int]] = {}
    """Of single addresses, by all of their path."""

    def build_middleware_stack(self) -> ASGIApp:
        """Return the application with all its middleware, the bounds around it, and the headers around these."""
        bounded = RequestLimits(super().build_middleware_stack(), self.body_limit, self.body_limits)
        return SecurityHeaders(bounded, self.policy)
