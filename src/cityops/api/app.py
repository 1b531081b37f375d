"""The API as one application: routes, errors, and the engine it reads through."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import APIRouter, FastAPI

from cityops.api import health, metrics, platform, problems, regions, state
from cityops.api.city import TICK_S, City
from cityops.api.ticks import OncePerTick
from cityops.store.engine import make_engine

PREFIX = "/api/v1"
_ROUTERS: tuple[APIRouter, ...] = (state.router, regions.router, metrics.router, platform.router)


def create_app(database_url: str) -> FastAPI:
    """Return the application that answers from this database; nothing is read before the first request."""
    engine = make_engine(database_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        engine.dispose()

    app = FastAPI(
        title="cityops",
        version="1",
        summary="The state of a city: indicators with their age and coverage, devices, events.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # their pages load scripts from another host, and the room has no internet
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.city = City(engine)
    app.state.states = OncePerTick(partial(state.serialised_state, app.state.city), TICK_S)
    for router in _ROUTERS:
        app.include_router(router, prefix=PREFIX)
    app.include_router(health.router)
    problems.install(app)
    return app
