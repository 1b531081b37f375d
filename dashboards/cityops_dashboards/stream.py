"""Pushes a region's state to browsers as server-sent events: `state`, `status` and a `beat` when nothing changed.

Every event carries the server's time, so that a page shows right ages though its own clock may be wrong.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from functools import partial

import orjson
from fastapi import APIRouter, HTTPException, Request
from starlette.responses import StreamingResponse

from cityops import reference
from cityops.clock import utc_now
from cityops_dashboards import viewer
from cityops_dashboards.hub import Hub, Topic
from cityops_dashboards.viewer import ApiAwayError, Viewer

BEAT_S = 10.0
RETRY_MS = 2000

router = APIRouter()


@router.get("/stream/state")
async def stream_state(request: Request, region: str = reference.CITY_CODE) -> StreamingResponse:
    """Stream a region's state until the browser goes away or its viewer's time is up; 404 if there is no such region.

    Where the viewer's scope does not cover the region, the state has sums only.
    """
    if region not in {one.code for one in reference.regions()}:
        raise HTTPException(404)
    known = viewer.current()
    assert known is not None  # the door lets nobody else in
    detail = known.subject.scope.covers(region)
    return StreamingResponse(
        events(request.app.state.hub, region, BEAT_S, detail=detail, still=partial(_still, request, known)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _always() -> bool:
    return True


async def events(
    hub: Hub,
    region: str,
    beat_s: float = BEAT_S,
    *,
    detail: bool = True,
    still: Callable[[], Awaitable[bool]] = _always,
) -> AsyncIterator[bytes]:
    """Yield a region's events, the newest state first; a consumer that is slow gets fewer, never older ones.

    The stream ends when `still`, asked before each event, says that the consumer may not see it any more.
    """
    yield f"retry: {RETRY_MS}\n\n".encode()
    async with hub.watching(region, detail=detail) as topic:
        seen, sent_body = -1, b""
        while not hub.closing:
            changed = await topic.changed(seen, beat_s)
            if not await still():
                return
            if not changed:
                yield _event("beat", {"now": _text(utc_now())})
                continue
            seen = topic.version
            yield _event("status", _status(topic))
            if topic.body is not sent_body:
                sent_body = topic.body
                yield _state_event(topic.etag, sent_body)


async def _still(request: Request, known: Viewer) -> bool:
    """Tell whether the viewer is still let in, with the scope it came with; while the API is away it is."""
    try:
        found = await request.app.state.viewers.find(known.token, request)
    except ApiAwayError:
        return True
    return found is not None and (found.subject, found.scene) == (known.subject, known.scene)


def _status(topic: Topic) -> dict[str, object]:
    since = topic.down_since and _text(topic.down_since)
    known = bool(topic.body or topic.down_since)
    up = not topic.down_since if known else None
    return {"now": _text(utc_now()), "up": up, "since": since, "reason": topic.reason}


def _event(name: str, data: dict[str, object]) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


def _state_event(etag: str, body: bytes) -> bytes:
    identifier = etag.strip('"').encode()
    now = orjson.dumps(_text(utc_now()))
    return b"event: state\nid: " + identifier + b'\ndata: {"now":' + now + b',"state":' + body + b"}\n\n"


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
