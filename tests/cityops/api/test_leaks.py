"""A drawn city asked by drawn subjects, route by route: nobody is told of a thing that lies outside the scope."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cityops.api.access.matrix import Way, ways
from cityops.api.app import create_app
from cityops.domain.access import WHOLE_CITY, Permission, Role, Subject
from cityops.local import Servers
from cityops.store.engine import connect
from cityops.store.schema import privileges
from factories import marked
from factories.marked import NOBODYS, Thing, mark, marks_in
from factories.world import World
from fixtures.api import LEADER, token_of, unhurried
from fixtures.servers import fresh_database
from fixtures.web import serving

APP = create_app("postgresql:///")
READS = [way for way in ways(APP) if way.guards and way.method == "GET"]
OF_KIND = {
    "devices": "device",
    "channels": "channel",
    "events": "case",
    "cases": "case",
    "evidence": "evidence",
    "rejects": "reject",
    "alarms": "alarm",
    "reports": "report",
}
"""Which things the routes are about that name one, by the path's third part."""

OF_NOTHING = {
    Permission.CATALOGUE_READ,
    Permission.ACCOUNT_ADMINISTER,
    Permission.AGGREGATE_READ,
    Permission.SERIES_READ,
    Permission.PLATFORM_READ,
    Permission.EXPORT_READ,
}
"""Permissions whose routes name a single thing that lies in no part of the city."""

SHEETS = Permission.FORM_FILL
"""What the routes of forms ask for, which name a sheet by its region: tests/cityops/api/routes/filling asks them."""

WHOLE_LISTS = {
    "/api/v1/devices": "device",
    "/api/v1/export/devices": "device",
    "/api/v1/export/devices.csv": "device",
    "/api/v1/channels": "channel",
    "/api/v1/events": "case",
    "/api/v1/cases": "case",
    "/api/v1/export/events": "case",
    "/api/v1/export/events.csv": "case",
    "/api/v1/export/alarms": "alarm",
    "/api/v1/rejects": "reject",
    "/api/v1/audit": "audit",
    "/api/v1/handovers": "handover",
    "/api/v1/alarms": "alarm",
    "/api/v1/alarms/notices": "alarm",
    "/api/v1/walls": "wall",
    "/api/v1/reports": "report",
}
"""Routes that tell of all things of a kind that may be seen: too little would be a fault as well."""

VALUES: dict[str, tuple[str, ...]] = {
    "region": ("440100", *marked.DISTRICTS, marked.STREETS[0], marked.STREETS[3]),
    "by": ("region", "source"),
    "level": ("street", "district"),
    "q": ("zq", "设备zq", "7077"),
    "source": ("hotline-12345", "water-logging"),
    "warning": ("1",),
    "subject": ("zq",),
    "object": ("zq",),
    "seat": ("zq0001x",),
    "account": ("zq0001x",),
    "limit": ("1", "0"),
}
"""What is asked for by parameters of these names, one at a time; any route that has one is asked."""

STEWARD = Subject("steward", Role.DATA_STEWARD, WHOLE_CITY)


class Asking:
    """One subject at the API: looks into all that comes back, and remembers nothing but what it may see."""

    def __init__(self, client: httpx.Client, token: str, subject: Subject, things: list[Thing]) -> None:
        self._client, self._token, self.subject = client, token, subject
        self.sees = {thing.number for thing in marked.visible(things, subject)}
        # state:read has pressing cases and groups of open alarms in it, also for a role without lists of them.
        told = {"case", "device", "alarm"}
        self._in_state = {one.number for one in things if one.kind in told and one.lies_in(subject.scope)}

    def __call__(self, path: str, method: str = "GET", given: str = "", **headers: str) -> httpx.Response:
        """Ask; `given` is a name that the question holds, which the answer may repeat."""
        headers |= {"Authorization": f"Bearer {self._token}"}
        answer = self._client.request(
            method, path, headers={name.replace("_", "-"): one for name, one in headers.items()}
        )
        assert answer.status_code < 500, path
        head = [answer.reason_phrase, *chain.from_iterable(answer.headers.items())]
        told = marks_in(*(text.replace(given, "") if given else text for text in (*head, answer.text)))
        sees = self.sees | self._in_state if path.startswith("/api/v1/state") else self.sees
        assert told <= sees, (self.subject, method, path, answer.status_code)
        return answer


@settings(
    max_examples=1 if settings().derandomize else 3,  # each is a city, and minutes; `make fuzz` thinks of new ones
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes minutes; the fault names its route
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_nothing_outside_the_scope_is_told(
    servers: Servers, template_database: str, logins: dict[str, str], data: st.DataObject
) -> None:
    things = data.draw(marked.cities())
    with fresh_database(servers, template=template_database) as url:
        with connect(url, "test") as connection:
            named = marked.fill(World(connection), things)
        login = urlsplit(logins[privileges.API])._replace(path=urlsplit(url).path).geturl()
        with asking_at(login) as client:
            leader = Asking(client, token_of(url, LEADER), LEADER, things)
            cursors = {way.path: cursor for way in READS for cursor in cursors_of(leader, way)}
            whole = leader("/api/v1/state?region=440106").headers["etag"]
            for subject in data.draw(st.lists(marked.subjects(), min_size=6, max_size=6, unique=True)):
                asking = Asking(client, token_of(url, subject), subject, things)
                check_lists(asking, things, cursors)
                check_singles(asking, things, named)
                state = asking("/api/v1/state?region=440106", if_none_match=whole)
                assert subject.scope.covers("440106") or state.status_code in {200, 403}


@contextmanager
def asking_at(database_url: str) -> Iterator[httpx.Client]:
    """Serve the API on a database and give a client of it."""
    with serving(unhurried(create_app(database_url))) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def parameters(way: Way) -> list[str]:
    """Return the names of a route's query parameters."""
    described: dict[str, Any] = APP.openapi()["paths"].get(way.path, {}).get("get", {})
    return [one["name"] for one in described.get("parameters", ()) if one["in"] == "query"]


def question(way: Way, **values: str) -> str:
    """Return the address of a list with these parameters, and those without which it answers nothing."""
    needed = {"indicator": "water_depth"} if "indicator" in parameters(way) else {}
    needed |= {"rule": "water_depth"} if way.path.endswith("/cures") else {}
    return f"{way.path}?{urlencode(needed | values)}"


def cursors_of(leader: Asking, way: Way) -> Iterator[str]:
    """Yield the cursor of a list's second page, as somebody has it who sees all."""
    if {"after", "limit"} <= {*parameters(way)} and way.admits(leader.subject.role) and not way.single:
        following = leader(question(way, limit="1")).json()["next"]
        assert following or way.path not in WHOLE_LISTS, way.path
        if following:
            yield following


def check_lists(asking: Asking, things: list[Thing], cursors: dict[str, str]) -> None:
    """Ask all routes that name no single thing for all they can be asked for."""
    for way in READS:
        if way.single:
            continue
        all_ = asking(question(way, **({"limit": "500"} if "limit" in parameters(way) else {})))
        if not way.admits(asking.subject.role):
            assert all_.status_code == 403
            continue
        if way.path in WHOLE_LISTS:
            wanted = {one.number for one in things if one.kind == WHOLE_LISTS[way.path]} & asking.sees
            assert marks_in(all_.text) == wanted, (asking.subject, way.path)
        for name in parameters(way):
            for value in VALUES.get(name, ()):
                asking(question(way, **{name: value}))
        if way.path in cursors:
            asking(question(way, after=cursors[way.path]))
            asking(question(way, after="x"))
        asking(question(way, bogus="1"))
        asking(way.path, "HEAD")
        asking(way.path, "OPTIONS")


def check_singles(asking: Asking, things: list[Thing], named: dict[int, str]) -> None:
    """Ask for each thing by name: one outside is answered in every way as one that is not there."""
    for way in READS:
        kind = OF_KIND.get(way.path.split("/")[3]) if way.single else None
        assert kind or not way.single or way.permission in {*OF_NOTHING, SHEETS}, f"{way.path}: of what kind is it?"
        for thing in (one for one in things if one.kind == kind):
            name = named[thing.number]
            if not way.admits(asking.subject.role):
                assert asking(address(way, nobodys(thing))).status_code == 403
                break
            if thing.number in asking.sees:
                answer = asking(address(way, name))
                told = answer.text + answer.headers.get("etag", "")
                assert (answer.status_code, name in told) == (200, True), (asking.subject, way.path)
                continue
            for method in ("GET", "HEAD", "OPTIONS"):
                found = asking(address(way, name), method, given=name)
                there_is_none = asking(address(way, nobodys(thing)), method, given=nobodys(thing))
                assert found.status_code == (404 if method == "GET" else 405), way.path
                assert said(found, name) == said(there_is_none, nobodys(thing)), way.path


def address(way: Way, name: str) -> str:
    """Return the address of one thing."""
    before, _, rest = way.path.partition("{")
    return before + name + rest.partition("}")[2]


def nobodys(thing: Thing) -> str:
    """Return a name like the thing's own of which there is none."""
    if thing.kind in {"case", "reject", "alarm", "report"}:
        return str(NOBODYS)
    if thing.kind == "evidence":
        return "0" * 64
    return marked.channel_code(NOBODYS) if thing.kind == "channel" else mark(NOBODYS)


def said(answer: httpx.Response, name: str) -> tuple[int, list[tuple[str, str]], str]:
    """Return all of an answer but the name that was asked for and the time."""
    head = sorted((key, value) for key, value in answer.headers.items() if key not in {"date", "server"})
    return answer.status_code, head, answer.text.replace(name, "…")
