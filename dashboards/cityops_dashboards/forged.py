"""What Dash's callbacks may be sent: bodies that no page of ours sends are answered 400 before Dash sees them.

Dash takes a body for its own renderer's and fails on any other; our own faults behind this check stay faults.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
from dash import Dash
from pydantic import AfterValidator, BaseModel, ConfigDict, StrictBool, StrictInt, StrictStr, TypeAdapter
from pydantic import ValidationError as InvalidError
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cityops import reference
from cityops.limits import problem

PATH = "/_dash-update-component"


class _Cell(BaseModel):
    rowId: StrictStr  # noqa: N815 - the grid's name


def _known(code: str) -> str:
    if code == reference.CITY_CODE or code not in {one.code for one in reference.regions()}:
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


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore")

    output: StrictStr
    outputs: _Part | list[_Part]
    inputs: list[_Part]
    state: list[_Part] = []
    changedPropIds: list[StrictStr] = []  # noqa: N815 - Dash's name


class ForgedCallbacks:
    """Lets through to Dash what its renderer sends for the callbacks that are declared."""

    def __init__(self, app: ASGIApp, dash: Dash) -> None:
        self.app, self.dash = app, dash

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it 400 with what is wrong."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        fault = fault_of(body, self.dash.callback_map)
        if fault:
            await problem(400, "No callback of ours", f"{fault}; open the page anew")(scope, receive, send)
        else:
            await self.app(scope, _again(body, receive), send)


def fault_of(body: bytes, declared: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return what is wrong with a callback's body, None if it is as a page of ours sends it.

    `declared` is Dash's `callback_map`: by output, what was declared; what runs here has a `callback`.
    """
    try:
        sent = _Body.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError:
        return "the body is no JSON"
    except InvalidError as error:
        return _told("body", error)
    callback = declared.get(sent.output, {})
    if "callback" not in callback:
        return "output: no callback here has it"
    for item, parts in (("inputs", sent.inputs), ("state", sent.state)):
        if [_name(part) for part in parts] != [f"{one['id']}.{one['property']}" for one in callback[item]]:
            return f"{item}: not those of this callback"
    if _names(sent.outputs) != _names(callback["output"]):
        return "outputs: not those of this callback"
    return _unfit([*sent.inputs, *sent.state])


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
