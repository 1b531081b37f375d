"""What Prometheus scrapes: requests by route, how long a state takes, the age of the newest reading, the ledger."""

from collections.abc import Iterator, Sequence
from time import perf_counter

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cityops.api.access.door import needs
from cityops.api.state.city import City
from cityops.api.state.kept import Kept
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission
from cityops.domain.freshness import DeviceState
from cityops.domain.outages import DeviceTally, counted, outages
from cityops.reference import CITY_CODE
from cityops.store import sources
from cityops.store.engine import reading
from cityops.store.rejects import queries

router = APIRouter()

REJECTS_S = 30.0
"""How long the counts of rejects are kept: counting a million open ones takes a tenth of a second."""


class Telemetry:
    """The instruments of one application."""

    def __init__(self, city: City) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "cityops_request_seconds",
            "Time from a request to the end of its answer, by route",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.states = Histogram(
            "cityops_state_seconds",
            "Time to compute the state of a region",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=self.registry,
        )
        self.registry.register(_Store(city))


class _Store(Collector):
    """Reads the gauges and counters that the database keeps."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._rejects: Kept[list[Metric]] = Kept(REJECTS_S)

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("cityops_database_up", "Whether the database answers")
        try:
            newest = self._city.moment().snapshot.newest_reading(CITY_CODE)
            counts = self._city.device_counts()
            with reading(self._city.engine, WHOLE_CITY) as connection:
                rows = sources.ledger(connection)
                rejects = self._rejects.get(lambda: _rejects(connection))
        except (SQLAlchemyError, TimeoutError):
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        items = CounterMetricFamily(
            "cityops_items", "Items by source, kind and what became of them", labels=["source", "kind", "outcome"]
        )
        for row in rows:
            for outcome in ("stored", "duplicate", "rejected"):
                items.add_metric([row["source"], row["kind"], outcome], row[outcome])
        yield items
        yield from rejects
        if newest is not None:
            age = utc_now().timestamp() - newest / 1e6
            yield GaugeMetricFamily("cityops_newest_reading_age_seconds", "Age of the newest reading", value=age)
        if counts.looked_at is not None:
            yield from _device_gauges(counts.tallies, (utc_now() - counts.looked_at).total_seconds())
        ahead = sum(counts.clocks_ahead.values())
        yield GaugeMetricFamily("cityops_device_clocks_ahead", "Devices whose clock runs ahead", value=ahead)


def _device_gauges(tallies: Sequence[DeviceTally], age_s: float) -> Iterator[Metric]:
    yield GaugeMetricFamily("cityops_device_states_age_seconds", "Age of the last look at the states", value=age_s)
    devices = GaugeMetricFamily(
        "cityops_devices", "Devices by kind, district and state", labels=["kind", "district", "state"]
    )
    for (kind, district), states in counted(tallies, lambda one: (one.kind, one.district)):
        for state in DeviceState:
            devices.add_metric([kind, district, state], states[state])
    yield devices
    yield GaugeMetricFamily("cityops_device_outages", "Outages", value=len(outages(tallies, CITY_CODE)))


def _rejects(connection: Connection) -> list[Metric]:
    opened = GaugeMetricFamily(
        "cityops_rejects_open", "Rejects that are neither replayed nor given up", labels=["reason", "source"]
    )
    for row in queries.open_by_reason(connection):
        opened.add_metric([row["reason"], row["source"]], row["count"])
    replayed = CounterMetricFamily(
        "cityops_rejects_replayed",
        "What replays came to: items stored or duplicate, rejects refused again",
        labels=["outcome"],
    )
    for outcome, n in queries.replayed(connection).items():
        replayed.add_metric([outcome], n)
    return [opened, replayed]


class Timing:
    """Times every request; the route's template is the label, so that codes in paths do not multiply the series."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self.app, self.telemetry = app, telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request and note how long it took."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, began = 500, perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            observed = self.telemetry.requests.labels(scope["method"], _template(scope), status)
            observed.observe(perf_counter() - began)


def _template(scope: Scope) -> str:
    """Return the path with its parameters' names in place of their values, `none` where nothing is served."""
    if "route" not in scope:
        return "none"
    steps: list[str] = scope["path"].split("/")
    for name, value in scope.get("path_params", {}).items():
        if str(value) in steps:
            steps[steps.index(str(value))] = f"{{{name}}}"
    return "/".join(steps)


@router.get("/metrics", include_in_schema=False, dependencies=[needs(Permission.PLATFORM_READ)])
def get_telemetry(request: Request) -> Response:
    """Give the instruments in Prometheus's text format."""
    return Response(generate_latest(request.app.state.telemetry.registry), media_type=CONTENT_TYPE_LATEST)
