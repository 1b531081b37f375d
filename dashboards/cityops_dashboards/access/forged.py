"""The door in front of Dash's callbacks: one of no page of ours is answered 400, one of a page that is shut 403.

Dash takes a body for its own renderer's and fails on any other; our own faults behind this check stay faults. Dash
sends all callbacks to one address: which page one belongs to stands in its body alone.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
from dash import Dash
from pydantic import AfterValidator, BaseModel, ConfigDict, StrictBool, StrictInt, StrictStr, TypeAdapter
from pydantic import ValidationError as InvalidError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cityops import reference
from cityops.domain.regions import district_of, is_city
from cityops.limits import problem
from cityops_dashboards.access import door, viewer
from cityops_dashboards.access.viewer import Viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.pages.data import choice

PATH = "/_dash-update-component"

FRAME = "page.children"
"""Output of the callback that brings a page into the frame of all pages."""


class _Cell(BaseModel):
    rowId: StrictStr  # noqa: N815 - the grid's name


def _known(code: str) -> str:
    if is_city(code) or code not in {one.code for one in reference.regions()}:
        raise ValueError("there is no such district or street")
    return code


_Text = StrictStr | None
_Count = StrictInt | None
_Region = Annotated[StrictStr, AfterValidator(_known)]

VALUES: Mapping[str, TypeAdapter[Any]] = {
    "url.pathname": TypeAdapter(_Text),
    "url.search": TypeAdapter(_Text),
    "data-url.search": TypeAdapter(_Text),
    "data-retry.n_intervals": TypeAdapter(_Count),
    **{
        f"data-{name}.value": TypeAdapter(_Text)
        for name in ("indicator", "region", "level", "interval", "start", "end", "against")
    },
    "data-compare.value": TypeAdapter(list[StrictStr] | None),
    "data-only.value": TypeAdapter(list[StrictStr] | None),
    "wall-scene.data": TypeAdapter(StrictStr),
    "district-refresh.n_intervals": TypeAdapter(_Count),
    "district-webgl.data": TypeAdapter(StrictBool | None),
    "district-region.data": TypeAdapter(_Region),
    "district-query.data": TypeAdapter(dict[StrictStr, StrictStr]),
    "event-grid.cellClicked": TypeAdapter(_Cell | None),
}
"""What our pages put into each input and state of the callbacks that run here."""


class _Part(BaseModel):
    id: StrictStr
    property: StrictStr
    value: Any = None


class Sent(BaseModel):
    """A callback as Dash's renderer sends it."""

    model_config = ConfigDict(extra="ignore")

    output: StrictStr
    outputs: _Part | list[_Part]
    inputs: list[_Part]
    state: list[_Part] = []
    changedPropIds: list[StrictStr] = []  # noqa: N815 - Dash's name


class ForgedError(Exception):
    """A callback's body is not as a page of ours sends it; the text says what is wrong."""


class ForgedCallbacks:
    """Lets through to Dash what its renderer sends for declared callbacks, from pages that the viewer may see."""

    def __init__(self, app: ASGIApp, dash: Dash) -> None:
        self.app, self.dash = app, dash

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer what is wrong (400), what is shut (403) or when to ask again (429)."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        answer = self._turned_away(request, body)
        if answer is not None:
            await answer(scope, receive, send)
        else:
            await self.app(scope, _again(body, receive), send)

    def _turned_away(self, request: Request, body: bytes) -> Response | None:
        known = viewer.current()
        assert known is not None  # the door lets nobody else in
        rates = request.app.state.rates
        if seconds := rates.wait_for_callback():
            told = rates.callbacks.told("Whoever is signed in here", seconds)
            return problem(429, "Too many callbacks", told, {"Retry-After": str(seconds)})
        try:
            sent = read(body, self.dash.callback_map)
        except ForgedError as fault:
            return problem(400, "No callback of ours", f"{fault}; open the page anew")
        return _shut(request, known, sent)


def _shut(request: Request, known: Viewer, sent: Sent) -> Response | None:
    """Return the refusal of a callback whose page is shut to the viewer, as the door decides of the page itself.

    The frame says by itself which region lies outside an area: who comes to a page without loading it reads it there.
    """
    for address in pages_of(sent):
        refusal = door.shut(address, known)
        if refusal is None:
            continue
        door.report(request, known, address)
        if sent.output != FRAME or refusal.key != "region":
            return problem(403, "Not open to you", refusal.detail)
    return None


def read(body: bytes, declared: Mapping[str, Mapping[str, Any]]) -> Sent:
    """Return a callback's body.

    `declared` is Dash's `callback_map`: by output, what was declared; what runs here has a `callback`.

    Raises
    ------
    ForgedError
        No page of ours sends this.
    """
    try:
        sent = Sent.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError:
        raise ForgedError("the body is no JSON") from None
    except InvalidError as error:
        raise ForgedError(_told("body", error)) from None
    callback = declared.get(sent.output, {})
    if "callback" not in callback:
        raise ForgedError("output: no callback here has it")
    for item, parts in (("inputs", sent.inputs), ("state", sent.state)):
        if [_name(part) for part in parts] != [f"{one['id']}.{one['property']}" for one in callback[item]]:
            raise ForgedError(f"{item}: not those of this callback")
    if _names(sent.outputs) != _names(callback["output"]):
        raise ForgedError("outputs: not those of this callback")
    if unfit := _unfit([*sent.inputs, *sent.state]):
        raise ForgedError(unfit)
    if not pages_of(sent):
        raise ForgedError("state: it names no page")
    return sent


def pages_of(sent: Sent) -> list[Address]:
    """Return the addresses of the pages that a callback asks something for: more than one where its body is at odds.

    Each callback that runs here has one of the three inputs.
    """
    values = {_name(part): part.value for part in (*sent.inputs, *sent.state)}
    pages = []
    if "url.pathname" in values:
        pages.append(Address.parse(values["url.pathname"], values.get("url.search")))
    if "data-url.search" in values:
        pages.append(Address.parse(choice.PATH, values["data-url.search"]))
    if region := values.get("district-region.data"):
        pages.append(Address(f"/districts/{district_of(region)}", {"street": region}))
    return pages


def _name(part: _Part) -> str:
    return f"{part.id}.{part.property}"


def _names(outputs: Any) -> list[str] | str:
    if isinstance(outputs, Sequence):
        return [str(_names(one)) for one in outputs]
    return _name(outputs) if isinstance(outputs, _Part) else str(outputs)


def _unfit(parts: Sequence[_Part]) -> str | None:
    for part in parts:
        try:
            VALUES[_name(part)].validate_python(part.value)
        except InvalidError as error:
            return _told(_name(part), error)
    return None


def _told(item: str, error: InvalidError) -> str:
    first = error.errors()[0]
    return ".".join((item, *map(str, first["loc"]))) + f": {first['msg']}"


def _again(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return pending.pop() if pending else await receive()

    return receive_again
