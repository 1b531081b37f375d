"""Takes messages over HTTP: the same payloads as MQTT, answered after the commit with a count and each refusal."""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from hashlib import blake2b
from typing import Annotated
from urllib.parse import quote

from fastapi import FastAPI, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import Lifespan

from cityops.headers import GuardedApp
from cityops.serving import alive, ready
from cityops.store.access.tokens import TokenDoor
from cityops.wire.topics import Kind, Topic
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Outcome
from cityops_ingest.formats.routing import NO_ROUTES, Adapter, Route, Routes
from cityops_ingest.sources.http.door import KeyRefusedError, Strangers, check_sender
from cityops_ingest.sources.http.gunzip import Gunzip, GunzipError
from cityops_ingest.sources.http.source import BODY_LIMIT, HttpSource, RequestRefusedError
from cityops_ingest.worker import taking

ADDRESS = "/v1/readings/<source> or /v1/events/<source>, a source being up to 100 letters, digits, _ . -"

LARGE = 1_048_576
"""A body of more bytes keeps the one writer from all others for up to a second: a key may send one at a time."""

_RETRY = {429: {"Retry-After": "1"}, 503: {"Retry-After": "5"}}

LINES = {"application/x-ndjson", "application/jsonl"}


class Refused(BaseModel):
    """An item that was not stored."""

    index: int = Field(description="place of the item in the message, from 0")
    reason: str
    detail: str


class Answer(BaseModel):
    """What became of a message, after the commit: received = accepted + duplicate + rejected."""

    accepted: int
    duplicate: int
    rejected: int
    errors: list[Refused] = Field(description="the first 1,000 refusals")


def create_app(
    open_backlog: Callable[[], AbstractContextManager[Backlog]], door: TokenDoor, routes: Routes = NO_ROUTES
) -> FastAPI:
    """Return the ingest application; the backlog and its writer live as long as the application does.

    `door` knows the keys of source systems, without which nothing is taken. A path that is the topic of a route is an
    address too: what is posted there is in the route's format.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with taking(HttpSource, open_backlog()) as app.state.source:
            yield

    app = _made(lifespan, routes)

    @app.post("/v1/{kind}/{source}")
    async def receive(
        kind: Kind, source: Annotated[str, Path(pattern=r"^[\w.-]{1,100}$")], request: Request
    ) -> Answer:
        """Store what one message holds of one kind: a JSON object, an array, or newline-delimited objects."""
        key = await check_sender(request, door, kind, source)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        with _answered(request, key):
            body, topic = await _body(request, key), str(Topic(kind, source))
            return _answer(await _commit(request, topic, body, line_delimited=media_type in LINES))

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        """Say that the process answers."""
        return alive()

    @app.post("/{topic:path}", status_code=201)
    async def receive_foreign(topic: str, request: Request, response: Response) -> Answer:
        """Store a message of another format; one of which nothing could be stored is answered with 422."""
        route = routes.find(topic.encode())
        if route is None:
            raise HTTPException(404, "Not Found")
        key = await check_sender(request, door, Kind.READINGS, route.source)
        with _answered(request, key):
            body = _naming_sensor(request, route, await _body(request, key))
            outcome = await _commit(request, topic, body, line_delimited=False)
        if outcome.rejects and not (outcome.stored or outcome.duplicate):
            refused = outcome.rejects[0]
            raise RequestRefusedError(422, "Not stored", f"{refused.reason.value}: {refused.detail}")
        response.headers.update(_created(route, topic, body))
        return _answer(outcome)

    return app


def _created(route: Route, topic: str, body: bytes) -> dict[str, str]:
    """Return the header that tells the address of a SensorThings observation: its clients take the new id from it.

    The same request sent again has the same (OGC 18-088, section 10.2). Nothing is read there. The id is a whole
    number, since there are clients that take no other, and below 2^53, up to which also those have it exactly that
    count in doubles.
    """
    if route.adapter is not Adapter.SENSORTHINGS:
        return {}
    root = topic[: topic.rfind("Datastreams(" if "Datastreams(" in topic else "Observations")]
    digest = blake2b(topic.encode() + b"\0" + body, digest_size=8).digest()
    return {"Location": f"/{quote(root)}Observations({int.from_bytes(digest) >> 11})"}


def _made(lifespan: Lifespan[FastAPI], routes: Routes) -> FastAPI:
    """Return an application without addresses, with its bounds and its answers to errors."""
    app = GuardedApp(title="cityops ingest", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.body_limit = BODY_LIMIT
    app.state.strangers = Strangers()
    app.state.turns = {}
    app.state.addresses = _addresses(routes)
    app.get("/health/ready")(ready)
    _answer_errors(app)
    return app


def _naming_sensor(request: Request, route: Route, body: bytes) -> bytes:
    """Return a push of Sensor.Community with its sensor's name, which may stand in a header only, in the body.

    What is kept of a message is its body; a name that the body has itself stands after this one, and holds.
    """
    named = request.headers.get("x-sensor", "")
    if route.adapter is not Adapter.SENSOR_COMMUNITY or not re.fullmatch(r"[\w.-]{1,100}", named, re.ASCII):
        return body
    start = body.find(b"{")
    if start < 0 or body[:start].strip():
        return body
    rest = body[start + 1 :]
    comma = b"" if rest.lstrip().startswith(b"}") else b","
    return b'{"esp8266id": "%s"%s' % (named.encode(), comma) + rest


def _answer_errors(app: FastAPI) -> None:
    app.add_exception_handler(RequestRefusedError, _on_refused)
    app.add_exception_handler(KeyRefusedError, _on_key)
    app.add_exception_handler(RequestValidationError, _on_bad_address)
    app.add_exception_handler(HTTPException, _on_http)


def _problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


async def _on_refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestRefusedError)
    return _problem(error.status, error.title, error.detail, _RETRY.get(error.status))


async def _on_key(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, KeyRefusedError)
    headers = {"Retry-After": str(error.retry_s)} if error.retry_s else {}
    if error.status == 401:
        headers = {"WWW-Authenticate": 'Bearer realm="cityops", Basic realm="cityops"'}
    return _problem(error.status, error.title, error.detail, headers)


def _addresses(routes: Routes) -> str:
    """Return where one may post: our own addresses, and those that the filters of the routes match."""
    filters = ", ".join(f"/{one}" for one in routes.filters())
    return f"{ADDRESS}; or to what matches a configured filter: {filters}" if filters else ADDRESS


async def _on_bad_address(request: Request, _: Exception) -> JSONResponse:
    return _problem(422, "Unknown address", f"{request.url.path} is not {ADDRESS}")


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    told = f"{request.method} {request.url.path} is not served: POST to {request.app.state.addresses}"
    return _problem(error.status_code, str(error.detail), told, error.headers)


async def _body(request: Request, key: str) -> bytes:
    """Return the body of a request, decompressed; of each key, one that is large at a time.

    Raises
    ------
    RequestRefusedError
        400 where it is not wholly what its headers say, 413 where it is too large, 415 where it is compressed
        otherwise, 429 where the key sends another large one.
    """
    compressed = ", ".join(request.headers.getlist("content-encoding")).lower() or "identity"
    if compressed not in {"identity", "gzip"}:
        raise RequestRefusedError(415, "Unknown content encoding", f"{compressed!r} is not known: send gzip or none")
    inflater = Gunzip(BODY_LIMIT + 1) if compressed == "gzip" else None
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += inflater.feed(chunk) if inflater else chunk
            if len(body) > LARGE:
                _take_turn(request, key)
            if len(body) > BODY_LIMIT:
                raise RequestRefusedError(
                    413, "Body too large", f"at most {BODY_LIMIT} bytes are taken: send smaller arrays"
                )
        if inflater:
            inflater.end()
    except GunzipError as error:
        raise RequestRefusedError(400, "Broken gzip", str(error)) from error
    return bytes(body)


def _take_turn(request: Request, key: str) -> None:
    """Take the one turn of a key for a large body, which its request then has until it is answered."""
    turns: dict[str, Request] = request.app.state.turns
    if turns.setdefault(key, request) is not request:
        detail = f"this key sends another body of more than {LARGE} bytes: send one after the other, or smaller ones"
        raise RequestRefusedError(429, "One large body at a time", detail)


@contextmanager
def _answered(request: Request, key: str) -> Iterator[None]:
    """Give the key's turn back when the request is answered or broken off."""
    try:
        yield
    finally:
        turns: dict[str, Request] = request.app.state.turns
        if turns.get(key) is request:
            del turns[key]


async def _commit(request: Request, topic: str, body: bytes, *, line_delimited: bool) -> Outcome:
    source: HttpSource = request.app.state.source
    return await source.commit(topic, body, line_delimited=line_delimited)


def _answer(outcome: Outcome) -> Answer:
    refused = [Refused(index=r.item_index, reason=r.reason.value, detail=r.detail) for r in outcome.rejects[:1000]]
    return Answer(accepted=outcome.stored, duplicate=outcome.duplicate, rejected=outcome.rejected, errors=refused)
