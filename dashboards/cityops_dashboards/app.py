"""The dashboard as one ASGI application: pages by Dash, the push stream, map data, and a proper 404 for the rest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dash import Dash
from fastapi import FastAPI

from cityops_dashboards import routes, stream
from cityops_dashboards.hub import Hub
from cityops_dashboards.router import install_pages


def create_app(api_url: str) -> FastAPI:
    """Return the application that shows what the API at `api_url` says; it starts without the API being there."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.hub = Hub(api_url)
        async with app.state.hub.running():
            yield

    # FastAPI's own documentation pages load scripts from another host.
    server = FastAPI(title="cityops dashboard", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    server.include_router(stream.router)
    server.include_router(routes.router)
    dash = Dash(
        __package__,
        server=server,
        assets_folder="assets",
        suppress_callback_exceptions=True,  # each page brings its own parts
        update_title="",
        title="cityops",
        include_assets_files=True,
        serve_locally=True,
    )
    install_pages(dash, server)
    return server
