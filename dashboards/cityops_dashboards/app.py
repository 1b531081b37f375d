"""The dashboard as one ASGI application: pages by Dash, the push stream, map data, and a proper 404 for the rest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from cityops.client import Client
from cityops.headers import GuardedApp, page_policy
from cityops_dashboards import exports, routes, stream
from cityops_dashboards.hub import Hub
from cityops_dashboards.router import install_pages


def create_app(api_url: str, api_key: str = "") -> FastAPI:
    """Return the application that shows what the API at `api_url` says; it starts without the API being there."""
    client = Client(api_url, api_key)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.hub = Hub(api_url, api_key)
        async with app.state.hub.running(), exports.upstream(api_url, api_key) as app.state.upstream:
            await _wake(app)
            yield
        client.close()

    # FastAPI's own documentation pages load scripts from another host.
    server = GuardedApp(title="cityops dashboard", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    server.include_router(stream.router)
    server.include_router(routes.router)
    server.include_router(exports.router)
    server.policy = page_policy(install_pages(server, client))
    return server


async def _wake(app: FastAPI) -> None:
    """Ask for the layout once: only then does Dash look for its assets, which a deep page asked for first needs."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://dashboard") as visitor:
        await visitor.get("/_dash-layout")
