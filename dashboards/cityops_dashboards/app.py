"""The dashboard as one ASGI application: pages by Dash, the push stream, map data, and a proper 404 for the rest."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import httpx
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from cityops.client import Client
from cityops.domain.channels import VideoGateway
from cityops.domain.events.evidence import LARGEST_BYTES
from cityops.headers import GuardedApp, page_policy
from cityops_dashboards import exports, maps
from cityops_dashboards.access import viewer
from cityops_dashboards.access.cookies import Cookies
from cityops_dashboards.access.door import INSIDE, Door
from cityops_dashboards.access.rates import Rates
from cityops_dashboards.access.refusals import Refusals
from cityops_dashboards.forms import account, accounts, audit, credentials, form, sign_in, single_sign_on
from cityops_dashboards.forms.single_sign_on import SingleSignOn
from cityops_dashboards.live import stream
from cityops_dashboards.live.hub import Hub
from cityops_dashboards.pages import relay
from cityops_dashboards.pages.case import page as case
from cityops_dashboards.pages.channels import page as channels
from cityops_dashboards.pages.conflicts import page as conflicts
from cityops_dashboards.pages.desk import handovers
from cityops_dashboards.pages.desk import page as desk
from cityops_dashboards.pages.device import page as device
from cityops_dashboards.pages.filling import filled as filling_sheet
from cityops_dashboards.pages.filling import page as filling
from cityops_dashboards.pages.indicators import page as indicators
from cityops_dashboards.pages.load import page as load
from cityops_dashboards.pages.modes import page as modes
from cityops_dashboards.pages.platform import page as platform
from cityops_dashboards.pages.reports import page as reports
from cityops_dashboards.pages.resources import page as resources
from cityops_dashboards.pages.statistics import page as statistics
from cityops_dashboards.pages.targets import page as targets
from cityops_dashboards.pages.todo import page as todo
from cityops_dashboards.pages.views import page as views
from cityops_dashboards.pages.vital_signs import page as vital_signs
from cityops_dashboards.router import install_pages

SHOWN = (
    *(stream, maps, exports, relay),
    *(todo, case, desk, device, handovers, modes, load, statistics, platform, channels),
    *(filling, filling_sheet),
    *(vital_signs, indicators),
    *(conflicts, targets, reports, resources, views),
)
FORMS = (sign_in, single_sign_on, account, credentials, audit, accounts)
"""The last of them says of what stands nowhere below their addresses that it is not there."""


class _Dashboard(GuardedApp):
    """The dashboard's server, through which a photo of a case may pass as large as the API takes it."""

    body_limits: ClassVar = {relay.UPLOADS: LARGEST_BYTES}


def create_app(
    api_url: str,
    api_key: str = "",
    secret: str = "",
    sign_on: SingleSignOn | None = None,
    gateway: VideoGateway | None = None,
) -> FastAPI:
    """Return the application that shows what the API at `api_url` says; it starts without the API being there.

    Parameters
    ----------
    api_key
        For the states that all screens share; everything else is asked for with the viewer's own token.
    secret
        Signs the session cookies; empty means a new one, and with it everybody signs in again.
    sign_on
        Who vouches for people; None: they have passwords alone.
    gateway
        What plays video channels: the page of them, and no other, may show it in frames.
    """
    client = Client(api_url, viewer.token, retries=0)  # screens ask again by themselves

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.hub = Hub(api_url, api_key)
        async with app.state.hub.running(), exports.upstream(api_url) as app.state.upstream:
            app.state.viewers = viewer.Viewers(app.state.upstream)
            app.state.refusals = Refusals(app.state.upstream)
            await _wake(app)
            yield
        client.close()

    # FastAPI's own documentation pages load scripts from another host.
    server = _Dashboard(title="cityops dashboard", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    server.state.cookies = Cookies(secret or secrets.token_urlsafe(32))
    server.state.rates = Rates()
    server.state.sign_on = sign_on
    for part in (*SHOWN, *FORMS):
        server.include_router(part.router)
    server.add_exception_handler(form.FlawedFormError, form.on_flawed)
    server.policy = page_policy(install_pages(server, client))
    server.state.framing = f"{server.policy}; frame-src {gateway.origin}" if gateway else server.policy
    server.add_middleware(Door)  # last, and so around all others, Dash's among them
    return server


async def _wake(app: FastAPI) -> None:
    """Ask for the layout once: only then does Dash look for its assets, which a deep page asked for first needs."""

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, INSIDE: True}, receive, send)

    transport = httpx.ASGITransport(inside)
    async with httpx.AsyncClient(transport=transport, base_url="http://dashboard") as visitor:
        await visitor.get("/_dash-layout")
