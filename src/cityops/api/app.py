"""The API as one application: routes, errors, instruments, and the engine it reads through."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property, partial
from typing import Any, ClassVar

import orjson
from fastapi import Depends, FastAPI, Request, Response
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from cityops import reference
from cityops.api import health, problems, schemas, swagger, telemetry
from cityops.api.access.rates import Rates
from cityops.api.access.refusals import Refusals
from cityops.api.access.strangers import Strangers
from cityops.api.access.usage import Usage
from cityops.api.room import Exports, Room
from cityops.api.routes import (
    accounts,
    alarms,
    audit,
    cases,
    channels,
    credentials,
    device_states,
    devices,
    events,
    evidence,
    exports,
    filling,
    handovers,
    maps,
    metrics,
    modes,
    platform,
    rates,
    regions,
    rejects,
    reports,
    resources,
    sessions,
    single_sign_on,
    standards,
    state,
)
from cityops.api.routes.indicators import (
    air_quality,
    baselines,
    conflicts,
    corrections,
    entries,
    freshness,
    series,
    targets,
    views,
    vital_signs,
)
from cityops.api.standing_by import Aged, StandbyFigures
from cityops.api.state import compose, points, scorecards
from cityops.api.state import vital_signs as signs
from cityops.api.state.city import TICK_S, City
from cityops.api.state.inventory import Summing
from cityops.api.state.past import PAST_KEPT_S, PastStates
from cityops.api.state.ticks import OncePerTick
from cityops.domain.channels import VideoGateway
from cityops.domain.events.evidence import LARGEST_BYTES
from cityops.headers import GuardedApp
from cityops.store.access.tokens import TokenDoor
from cityops.store.engine import make_engine, make_past_engine
from cityops.store.standby import Standby

PREFIX = "/api/v1"
_RESOURCES = (
    *(state, regions, metrics, series, baselines, air_quality, device_states, devices, channels),
    *(freshness, entries, vital_signs, filling, conflicts, corrections, targets, views, reports, resources),
    *(alarms, events, rates, cases, evidence, standards, handovers, modes, platform, rejects, exports, maps),
    *(sessions, single_sign_on, accounts, credentials, audit),
)
_TAGS = {
    "state": "What a wall shows: one document per region, computed at most twice per second.",
    "regions": "The city, its districts and streets.",
    "catalogue": "What can be asked for: metrics, indicators, intervals.",
    "series": "Indicators over time, and air quality by the standard in force.",
    "filling": "Forms that data liaisons fill in, reviewed and put in force as values of indicators.",
    "devices": "Who measures, with liveness, newest values and raw readings.",
    "channels": "Video channels: cameras that other systems stream.",
    "shifts": "Shifts handed over from one to the next.",
    "modes": "What the city and its districts work under: normal, a response, an event; drills.",
    "reports": "Days, weeks and responses in sentences, tables and curves; of closed periods they stay as they were.",
    "walls": "Displays by name, what each shows, scenes sent to them.",
    "evidence": "Photos and files of cases.",
    "events": "Cases from report to closing, and the standards by which they are filed.",
    "cases": "The same for those who act on them: to-do lists, clocks, each act as one call.",
    "alarms": "What a rule warns of, from its raising to its end, who has seen it, and what keeps it quiet.",
    "platform": "Source systems and totals.",
    "resources": "Datasets with who answers for them, how good, how much and how used their data is.",
    "rejects": "What could not be stored, why, and what became of it since.",
    "export": "CSV files that a Chinese Excel opens right.",
    "access": "Signing in, accounts, API keys and display tokens.",
    "audit": "Who did what, and who was refused.",
    "map": "District polygons and rivers, and devices of a kind by place. © OpenStreetMap contributors, ODbL 1.0.",
    "health": "For supervisors.",
}


class _Api(GuardedApp):
    """FastAPI whose document holds the shape of problems, to which every operation's errors refer, and examples."""

    body_limits: ClassVar = {re.compile(PREFIX + evidence.UPLOADS): LARGEST_BYTES}

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            document["components"]["schemas"].setdefault("Problem", schemas.Problem.model_json_schema())
            swagger.explain(document)
        return super().openapi()

    @cached_property
    def _document(self) -> bytes:
        return orjson.dumps(self.openapi())

    def setup(self) -> None:
        """Serve the document as bytes made once, and a page over it: anybody may ask for them."""

        async def get_document(_: Request) -> Response:
            return Response(self._document, media_type="application/json")

        self.add_route(f"{PREFIX}/openapi.json", get_document, include_in_schema=False)
        swagger.add_to(self)


def _make_queues(app: FastAPI) -> None:
    """Give strangers, and whatever costs much, threads of their own."""
    app.state.sign_ins = Strangers("sign-ins", threads=2, waiting=14, waiting_of_one=4)
    app.state.vouchings = Strangers("sign-ins", threads=2, waiting=30, waiting_of_one=8)
    app.state.uploads = Strangers("files", threads=2, waiting=40, waiting_of_one=10)
    app.state.lookups = Strangers("questions with a new credential", threads=2, waiting=2000, waiting_of_one=500)


def _make_states(app: FastAPI, city: City, past: Engine) -> None:
    """Have what many ask for at once computed once: whether the store answers, states of now and of the past."""
    first = partial(compose.serialised, city, reference.CITY_CODE, covers=True, detail=True)
    app.state.ready = OncePerTick(health.checker(city.engine, first), 0.0)  # one question at a time
    timed = app.state.telemetry.states.time()(compose.serialiser(city))
    app.state.states = OncePerTick(timed, TICK_S)
    app.state.points = OncePerTick(points.serialiser(city.engine), points.TICK_S)
    app.state.quality = OncePerTick(lambda key: scorecards.looked_at(city.engine, *key), scorecards.TICK_S)
    app.state.vital_signs = OncePerTick(lambda _: signs.looked_at(city), signs.TICK_S)
    app.state.past = PastStates(city, past)
    app.state.past_states = OncePerTick(app.state.past.serialised, PAST_KEPT_S)


def _include_routes(app: FastAPI) -> None:
    """Have the application serve all that can be asked for."""
    for resource in _RESOURCES:
        app.include_router(resource.router, prefix=PREFIX, responses=problems.documented(401, 403, 429))
    for more in (alarms.rules, rates.files, platform.files, exports.packs.router, modes.roster, modes.walls):
        app.include_router(more, prefix=PREFIX, responses=problems.documented(401, 403, 429))
    app.include_router(health.router)
    app.include_router(telemetry.router)


def _surround(app: FastAPI, standby: Standby | None, *engines: Engine) -> None:
    """Time requests, tell errors as problems, and have these engines ask the standby, where there is one."""
    app.add_middleware(telemetry.Timing, telemetry=app.state.telemetry)
    if standby is not None:
        for engine in engines:
            standby.serve(engine)
        app.state.telemetry.registry.register(StandbyFigures(standby))
        app.add_middleware(Aged, standby=standby)
    problems.install(app)


def create_app(
    database_url: str,
    sign_on: single_sign_on.SingleSignOn | None = None,
    *,
    read_url: str = "",
    broker: str = "",
    gateway: VideoGateway | None = None,
) -> FastAPI:
    """Return the application that answers from this database; nothing is read before the first request.

    Questions go to the standby that `read_url` finds, while it is near enough behind; who asks, and what is written,
    is always a matter of the first address. Without `sign_on` people sign in by passwords alone. `broker` is the
    address of its administrator, who is told of the keys of source systems; empty: nobody is. `gateway` plays video
    channels; None: nothing does.
    """
    engine, past_engine = make_engine(database_url), make_past_engine(database_url)
    standby = Standby(database_url, read_url) if read_url else None
    questions = engine if standby is None else make_engine(database_url)
    refusals, usage = Refusals(engine), Usage(engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if standby is not None:
            standby.start()
        yield
        for kept in (refusals, usage, *([standby] if standby else ())):
            await run_in_threadpool(kept.close)
        for one in {engine, questions, past_engine}:
            one.dispose()

    app = _Api(
        title="cityops",
        version="1",
        summary="The state of a city: indicators with their age and coverage, devices, events.",
        openapi_tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        docs_url=None,  # FastAPI's pages load scripts from another host, and the room has no internet
        redoc_url=None,
        lifespan=lifespan,
        dependencies=[Depends(problems.readable)],
    )
    city = City(questions)
    app.state.engine, app.state.city, app.state.telemetry = engine, city, telemetry.Telemetry(city)
    app.state.door, app.state.summing = TokenDoor(engine), Summing(questions)
    app.state.refusals, app.state.sign_on, app.state.broker, app.state.gateway = refusals, sign_on, broker, gateway
    app.state.usage, app.state.rates, app.state.room, app.state.exports = usage, Rates(), Room(), Exports()
    _make_queues(app)
    _make_states(app, city, past_engine)
    _include_routes(app)
    _surround(app, standby, questions, past_engine)
    return app
