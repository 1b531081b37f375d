"""The hub and its stream over real HTTP: one question for all screens, the newest state for each, outages told."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from cityops.local.processes import wait_until
from cityops_dashboards.live import hub as hub_module
from cityops_dashboards.live.hub import Hub, RegionTopic, WallTopic
from cityops_dashboards.live.stream import events, version
from factories.state import state
from fixtures import loops
from fixtures.dashboards import StateApi

Event = tuple[str, dict[str, Any]]


def parsed(piece: bytes) -> Event | None:
    fields = dict(line.split(": ", 1) for line in piece.decode().strip().splitlines())
    return (fields["event"], json.loads(fields["data"])) if "event" in fields else None


async def next_event(stream: AsyncIterator[bytes], name: str) -> dict[str, Any]:
    """Return the data of the next event of this name."""
    async with asyncio.timeout(10):
        async for piece in stream:
            event = parsed(piece)
            if event and event[0] == name:
                return event[1]
    raise AssertionError("the stream ended")


async def next_status(stream: AsyncIterator[bytes], up: bool) -> dict[str, Any]:
    """Return the next status that says whether the API answers."""
    while True:
        status = await next_event(stream, "status")
        if status["up"] is up:
            return status


@pytest.fixture(autouse=True)
def quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "POLL_S", 0.05)


def run(api_url: str, scenario: Callable[[Hub], Any]) -> None:
    async def go() -> None:
        hub = Hub(api_url)
        async with hub.running():
            await scenario(hub)

    loops.run(go())


def pm25(data: dict[str, Any]) -> float:
    return float(next(metric["value"] for metric in data["state"]["metrics"] if metric["code"] == "pm25"))


def test_a_state_is_passed_on_byte_for_byte_with_the_servers_time(state_api: StateApi, state_api_url: str) -> None:
    state_api.put(body := state().model_dump_json())

    async def scenario(hub: Hub) -> None:
        data = await next_event(events(hub, ["440100"]), "state")
        assert data["state"] == json.loads(body)
        assert data["now"].endswith("+00:00")

    run(state_api_url, scenario)


def test_a_change_is_pushed_and_an_unchanged_state_is_not(state_api: StateApi, state_api_url: str) -> None:
    state_api.put(state(values={"pm25": 20}).model_dump_json())

    async def scenario(hub: Hub) -> None:
        stream = events(hub, ["440100"], beat_s=0.5)
        assert pm25(await next_event(stream, "state")) == 20
        beat = await next_event(stream, "beat")  # ten polls long there was nothing to say
        assert beat.keys() == {"now", "version"}
        assert beat["version"] == version()  # by which a page knows it is old
        state_api.put(state(values={"pm25": 77}).model_dump_json())
        assert pm25(await next_event(stream, "state")) == 77

    run(state_api_url, scenario)


def test_the_last_word_of_a_server_that_stops_is_that_the_stream_moves(
    state_api: StateApi, state_api_url: str
) -> None:
    state_api.put(state().model_dump_json())

    async def scenario(hub: Hub) -> None:
        stream = events(hub, ["440100"])
        await next_event(stream, "state")
        hub.close()
        assert (await next_event(stream, "moved")).keys() == {"version"}
        assert [event async for event in stream] == []

    run(state_api_url, scenario)


def test_a_state_older_than_what_the_screens_have_is_not_shown_until_it_stays_older(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr("cityops_dashboards.live.hub.time.monotonic", lambda: now)
    topic = RegionTopic("440100")
    shown = []
    for now, body, position in (  # noqa: B007 - the clock reads it
        *((0.0, b"a", 10), (0.5, b"b", 9), (1.0, b"c", 12), (1.5, b"b", 11), (2.0, b"d", 12)),
        (2.0 + hub_module.OLDER_S - 0.1, b"e", 3),
        (2.0 + hub_module.OLDER_S, b"f", 3),  # the database was set back
        (5.5, b"g", 4),
    ):
        topic.succeed(body, body.decode(), position)
        shown.append(topic.body)
    assert shown == [b"a", b"a", b"c", b"c", b"d", b"d", b"f", b"g"]
    assert topic.etag == "g"


def test_a_slow_screen_gets_the_newest_state_and_none_between(state_api: StateApi, state_api_url: str) -> None:
    state_api.put(state(values={"pm25": 1}).model_dump_json())

    async def scenario(hub: Hub) -> None:
        slow, quick = events(hub, ["440100"]), events(hub, ["440100"])
        assert pm25(await next_event(slow, "state")) == 1
        await next_event(quick, "state")
        for value in (2, 3, 4):
            state_api.put(state(values={"pm25": value}).model_dump_json())
            assert pm25(await next_event(quick, "state")) == value
        assert pm25(await next_event(slow, "state")) == 4

    run(state_api_url, scenario)


def test_fifty_screens_cost_one_question(state_api: StateApi, state_api_url: str) -> None:
    async def scenario(hub: Hub) -> None:
        streams = [events(hub, ["440100"]) for _ in range(50)]
        await asyncio.gather(*(next_event(stream, "state") for stream in streams))
        assert hub.watched == {"440100": 50}
        assert len(state_api.asked) < 5

    run(state_api_url, scenario)


def test_a_region_that_nobody_watches_is_not_asked_for(state_api: StateApi, state_api_url: str) -> None:
    async def scenario(hub: Hub) -> None:
        city, district = events(hub, ["440100"]), events(hub, ["440106"])
        await next_event(city, "state")
        await next_event(district, "state")
        await city.aclose()  # type: ignore[attr-defined]  # an async generator
        assert hub.watched == {"440106": 1}
        await asyncio.sleep(0.1)  # a question may have been on its way
        state_api.asked.clear()
        await next_event(events(hub, ["440103"]), "state")
        await asyncio.sleep(0.2)
        assert set(state_api.asked) == {"440106", "440103"}

    run(state_api_url, scenario)


def test_an_outage_is_told_with_its_beginning_and_its_end(state_api: StateApi, state_api_url: str) -> None:
    async def scenario(hub: Hub) -> None:
        stream = events(hub, ["440100"])
        await next_event(stream, "state")
        state_api.status = 503
        down = await next_status(stream, up=False)
        assert (down["reason"], down["since"] <= down["now"]) == ("http_503", True)
        state_api.status = 200
        assert (await next_status(stream, up=True))["since"] is None

    run(state_api_url, scenario)


@pytest.mark.parametrize(("lives", "part"), [(True, "database"), (False, "api")])
def test_the_part_that_does_not_answer_is_named(
    state_api: StateApi, state_api_url: str, lives: bool, part: str
) -> None:
    async def scenario(hub: Hub) -> None:
        stream = events(hub, ["440100"])
        await next_event(stream, "state")
        state_api.lives, state_api.status = lives, 503
        assert (await next_status(stream, up=False))["part"] == part

    run(state_api_url, scenario)


def test_one_stream_carries_several_regions(state_api: StateApi, state_api_url: str) -> None:
    async def scenario(hub: Hub) -> None:
        stream = events(hub, ["440100", "440106"])
        found = {(await next_event(stream, "state"))["region"] for _ in range(2)}
        assert found == {"440100", "440106"}
        state_api.put(state("440106", values={"pm25": 77}).model_dump_json(), "440106")
        data = await next_event(stream, "state")
        assert (data["region"], pm25(data)) == ("440106", 77)

    run(state_api_url, scenario)


def test_an_api_that_is_not_there_is_told_too() -> None:
    async def scenario(hub: Hub) -> None:
        stream = events(hub, ["440100"])
        assert (await next_event(stream, "status"))["up"] is None  # not known yet
        assert (await next_status(stream, up=False))["reason"] == "unreachable"

    run("http://127.0.0.1:9", scenario)


@pytest.fixture
def lines(visitor: httpx.Client) -> Iterator[Iterator[str]]:
    """Give the lines of a stream as a browser reads them."""
    with visitor.stream("GET", "/stream/state", params={"region": "440106"}, timeout=10) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield answer.iter_lines()


def test_the_stream_is_server_sent_events(lines: Iterator[str], state_api: StateApi) -> None:
    assert next(lines) == "retry: 2000"
    began = time.monotonic()
    data = next(line for line in lines if line.startswith("data: ") and '"state"' in line)
    assert time.monotonic() - began < 5
    assert json.loads(data.removeprefix("data: "))["state"]["region"]["code"] == "440106"


def test_a_screen_that_leaves_is_forgotten(visitor: httpx.Client, state_api: StateApi) -> None:
    with visitor.stream("GET", "/stream/state", timeout=10) as answer:
        lines = answer.iter_lines()  # kept, for a reader that is thrown away closes the answer
        next(lines)
        assert wait_until(lambda: bool(state_api.asked), seconds=5)
    state_api.asked.clear()
    assert wait_until(lambda: _is_quiet(state_api), seconds=5)


def _is_quiet(state_api: StateApi) -> bool:
    state_api.asked.clear()
    time.sleep(0.3)
    return not state_api.asked


def test_there_is_no_stream_of_an_unknown_region(visitor: httpx.Client) -> None:
    assert visitor.get("/stream/state", params={"region": "999999"}).status_code == 404


def test_a_display_is_told_of_what_is_held_on_it_and_of_its_release_once_each() -> None:
    topic, row = WallTopic(), {"scene": "flood", "sent_by": "li", "sent_at": "1", "held_until": "2", "shows": "x"}
    for told in (None, row, row | {"shows": "flood"}, {**row, "scene": None}, None):
        topic.take(told)
    assert (topic.version, topic.held) == (2, None)
    topic.take(row)
    assert topic.held == {"scene": "flood", "sent_by": "li", "sent_at": "1", "held_until": "2"}
