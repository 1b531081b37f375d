"""The dashboard as one ASGI application: pages by Dash, the push stream, map data, and a proper 404 for the rest."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from cityops.client import Client
from cityops.headers import GuardedApp, page_policy
from cityops_dashboards import (
    account,
    admin,
    admin_audit,
    admin_credentials,
    exports,
    forms,
    routes,
    sign_in,
    single_sign_on,
    stream,
    viewer,
)
from cityops_dashboards.cookies import Cookies
from cityops_dashboards.door import INSIDE, Door
from cityops_dashboards.hub import Hub
from cityops_dashboards.rates import Rates
from cityops_dashboards.refusals import Refusals
from cityops_dashboards.router import install_pages
from cityops_dashboards.single_sign_on import SingleSignOn


def create_app(api_url: str, api_key: str = "", secret: str = "", sign_on: SingleSignOn | None = None) -> FastAPI:
    """Return the application that shows what the API at `api_url` says; it starts without the API being there.

    Parameters
    ----------
    api_key
        For the states that all screens share; everything else is asked for with the viewer's own token.
    secret
        Signs the session cookies; empty means a new one, and with it everybody signs in again.
    sign_on
        Who vouches for people; None: they have passwords alone.
    """
    client = Client(api_url, viewer.token)

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
    server = GuardedApp(title="cityops dashboard", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    server.state.cookies = Cookies(secret or secrets.token_urlsafe(32))
    server.state.rates = Rates()
    server.state.sign_on = sign_on
    for part in (stream, routes, exports, sign_in, single_sign_on, account, admin_credentials, admin_audit, admin):
        server.include_router(part.router)
    server.add_exception_handler(forms.FlawedFormError, forms.on_flawed)
    server.policy = page_policy(install_pages(server, client))
    server.add_middleware(Door)  # last, and so around all others, Dash's among them
    return server


async def _wake(app: FastAPI) -> None:
    """Ask for the layout once: only then does Dash look for its assets, which a deep page asked for first needs."""

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, INSIDE: True}, receive, send)

    transport = httpx.ASGITransport(inside)
    async with httpx.AsyncClient(transport=transport, base_url="http://dashboard") as visitor:
        await visitor.get("/_dash-layout")
