"""The API's files under the dashboard's own address: `GET /export/…` passes them on as they come, piece by piece.

A browser thus needs no other host than the dashboard's, and a file of any length costs no memory here.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from cityops.client import bearer
from cityops.limits import problem
from cityops_dashboards.access import viewer
from cityops_dashboards.access.rates import Rates

CONNECT_S, SILENCE_S = 5.0, 120.0
"""How long the API may take to be reached, and to say the next thing."""

FILES = {"series", "events", "alarms", "devices", "readings", "rates", "sources"}
PASSED = (
    *("content-type", "content-disposition", "cache-control", "content-security-policy", "etag", "retry-after"),
    *("cityops-rows-expected", "x-frame-options"),
)

router = APIRouter()


@asynccontextmanager
async def upstream(api_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Give the connection to the API that the exports go through."""
    timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
    async with httpx.AsyncClient(base_url=api_url, timeout=timeout) as client:
        yield client


class Relay(StreamingResponse):
    """An answer of the API on its way to a browser.

    When the API breaks off, so does this answer, without the end that would make a part look like the whole; when the
    browser goes away, the API is told.
    """

    def __init__(self, answer: httpx.Response) -> None:
        headers = {name: answer.headers[name] for name in PASSED if name in answer.headers}
        super().__init__(answer.aiter_raw(), answer.status_code, headers)
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer and close the API's, whatever happens."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._answer.aclose()


@router.get("/export/{what}", include_in_schema=False)
@router.get("/export/{what}.csv", include_in_schema=False)  # the nearest is the first to be asked
async def export(request: Request, what: str) -> Response:
    """Pass on the API's export of the same name and parameters to whoever may have it, or its refusal."""
    if what not in FILES:
        raise HTTPException(404)
    seconds = _wait(request)
    if seconds:
        told = request.app.state.rates.files.told("Whoever is signed in here", seconds)
        return problem(429, "Too many files", told, {"Retry-After": str(seconds)})
    client: httpx.AsyncClient = request.app.state.upstream
    shown = bearer(viewer.token()) | viewer.forwarded(request)
    address = f"/api/v1/export/{what}?{request.url.query}"
    asked = client.build_request("GET", address, headers={"Accept-Encoding": "identity"} | shown)
    try:
        return Relay(await client.send(asked, stream=True))
    except httpx.HTTPError as error:
        detail = (
            f"The API does not answer ({type(error).__name__}); nothing is wrong with the request. Try again soon."
        )
        return problem(503, "The API is away", detail, {"Retry-After": "5"})


def _wait(request: Request) -> int:
    rates: Rates = request.app.state.rates
    known = viewer.current()
    assert known is not None  # the door lets nobody else in
    return rates.wait_for_file(known)
