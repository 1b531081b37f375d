"""Pushes the states of regions to browsers as server-sent events: `state`, `wall`, `status`, a `beat` else.

The last of a server that stops is `moved`: who hears it asks for a new line at once, which is another server's.

Every event carries the server's time, so that a page shows right ages though its own clock may be wrong.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache, partial
from hashlib import blake2b
from importlib import metadata
from importlib.resources import files
from typing import Annotated

import orjson
from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import StreamingResponse

from cityops import reference
from cityops.clock import utc_now
from cityops_dashboards.access import viewer
from cityops_dashboards.access.viewer import ApiAwayError, Viewer
from cityops_dashboards.addresses import regions_in
from cityops_dashboards.live.hub import Hub, HubTopic, RegionTopic, TopicChange, WallTopic

BEAT_S = 2.0
"""A page that hears nothing for some of these knows that the dashboard itself does not answer."""
STILL_S = 0.5
"""So long an event waits to hear whether its viewer is still let in; the answer then counts for the next event."""
RETRY_MS = 2000
MOST_REGIONS = 200
"""In one stream, which carries what all pages of a browser watch: there are fewer regions than that."""

router = APIRouter()


@router.get("/stream/state")
async def stream_state(
    request: Request,
    region: str = reference.CITY_CODE,
    made_for: Annotated[str | None, Query(alias="viewer")] = None,
) -> StreamingResponse:
    """Stream the states of some regions until the browser goes away or its viewer's time is up; 404 for unknown ones.

    All pages of a browser share one stream, for it has but six connections to a host: `region` names regions, apart
    by commas. Where the viewer's scope does not cover a region, its state has sums only. `viewer` is the key of whom
    those pages were made for; 409 when somebody else looks by now: no line goes on with another's rights.
    """
    regions = regions_in(region)
    if not regions or len(regions) > MOST_REGIONS or not regions <= {one.code for one in reference.regions()}:
        raise HTTPException(404)
    if made_for not in {None, viewer.key()}:
        raise HTTPException(409)
    known = viewer.current()
    assert known is not None  # the door lets nobody else in
    return StreamingResponse(
        events(
            request.app.state.hub,
            sorted(regions),
            BEAT_S,
            detail=known.subject.scope.covers,
            still=partial(_still, request, known),
            wall=_display(known),
        ),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _all(_: str) -> bool:
    return True


async def _always() -> bool:
    return True


async def events(
    hub: Hub,
    regions: Sequence[str],
    beat_s: float = BEAT_S,
    *,
    detail: Callable[[str], bool] = _all,
    still: Callable[[], Awaitable[bool]] = _always,
    wall: str | None = None,
) -> AsyncIterator[bytes]:
    """Yield the regions' events, the newest states first; a consumer that is slow gets fewer, never older ones.

    The stream ends when `still`, asked before each event, says that the consumer may not see it any more.
    """
    yield f"retry: {RETRY_MS}\n\n".encode()
    async with AsyncExitStack() as stack:
        topics: list[HubTopic] = [
            await stack.enter_async_context(hub.watching(one, detail=detail(one))) for one in regions
        ]
        if wall:
            topics.append(await stack.enter_async_context(hub.watching_wall(wall)))
        change = await stack.enter_async_context(TopicChange(topics).waiting())
        sent = LastSent()
        while not hub.closing:
            fresh = await change.next(beat_s)
            if not await still():
                return
            if not fresh:
                yield _event("beat", {"now": _text(utc_now())})
            for topic in fresh:
                for event in _events(topic, regions, sent):
                    yield event
        yield _event("moved", {})


@dataclass(slots=True)
class LastSent:
    """What a stream has told last, by region: nothing is told twice."""

    status: dict[str, dict[str, object]] = field(default_factory=dict)
    body: dict[str, bytes] = field(default_factory=dict)


def _events(topic: HubTopic, regions: Sequence[str], sent: LastSent) -> Iterator[bytes]:
    """Yield what is told of a topic that has changed; what is held on a wall to the pages of each region."""
    if isinstance(topic, WallTopic):
        for region in regions:
            yield _event("wall", {"now": _text(utc_now()), "region": region, "held": topic.held})
    elif isinstance(topic, RegionTopic):
        if (status := _status(topic)) != sent.status.get(topic.region):
            sent.status[topic.region] = status
            yield _event("status", {"now": _text(utc_now()), **status})
        if topic.body is not sent.body.get(topic.region, b""):
            sent.body[topic.region] = topic.body
            yield _state_event(topic.region, topic.etag, topic.body, _tenth(utc_now()))


def _display(known: Viewer) -> str | None:
    """Return the id of a display that shows scenes, by which walls are known; None of anybody else."""
    is_wall = known.kind == "display" and known.scene in {None, "/"}
    return known.token.split("_")[1] if is_wall and known.token.count("_") > 1 else None


async def _still(request: Request, known: Viewer) -> bool:
    """Tell whether the viewer is still let in, with the scope it came with; while the API does not say so it is.

    Of a display the list of walls says so, which is asked for anyway: fifty of them are fifty questions fewer.
    """
    if _is_listed(request.app.state.hub, known):
        request.app.state.viewers.confirm(known)
        return True
    try:
        async with asyncio.timeout(STILL_S):
            found = await request.app.state.viewers.find(known.token, request)
    except (ApiAwayError, TimeoutError):
        return True
    return found is not None and (found.subject, found.scene) == (known.subject, known.scene)


def _is_listed(hub: Hub, known: Viewer) -> bool:
    """Tell whether the API lists a display just now, with the page and the scope that it came with."""
    display = _display(known)
    row = hub.listed(display) if display else None
    if row is None:
        return False
    scope = known.subject.scope
    has_scope = row["scope_kind"] == scope.kind and {*row["scope_codes"]} == scope.codes
    return has_scope and bool(row["page"] == known.scene)


def _status(topic: RegionTopic) -> dict[str, object]:
    since = topic.down_since and _text(topic.down_since)
    known = bool(topic.body or topic.down_since)
    up = not topic.down_since if known else None
    told: dict[str, object] = {"up": up, "since": since, "part": topic.part, "reason": topic.reason}
    return {"region": topic.region} | told


def _event(name: str, data: dict[str, object]) -> bytes:
    data = data | {"version": version()}
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


@lru_cache(maxsize=8)
def _state_event(region: str, etag: str, body: bytes, now: str) -> bytes:
    """Return a state as an event; all screens that it goes to at one time are sent the same bytes."""
    head = orjson.dumps({"now": now, "region": region})[:-1]
    return b"event: state\nid: " + etag.strip('"').encode() + b"\ndata: " + head + b',"state":' + body + b"}\n\n"


@cache
def version() -> str:
    """Return what the scripts and styles of this server are told apart by from those of another version."""
    assets = files("cityops_dashboards") / "assets"
    digest = blake2b(digest_size=8)
    for folder in ("css", "css/panels", "js", "js/panels"):
        for file in sorted((assets / folder).iterdir(), key=lambda one: one.name):
            if file.is_file():
                digest.update(file.read_bytes())
    return f"{metadata.version('cityops')}-{digest.hexdigest()}"


def _tenth(moment: datetime) -> str:
    return _text(moment.replace(microsecond=moment.microsecond // 100_000 * 100_000))


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
