"""Callbacks that no page of ours sends are answered 400 with the reason, those of pages that are shut 403.

Our own faults stay 500, and none is computed where states are pushed and viewers let in.
"""

from copy import deepcopy
from typing import Any

import dash
import httpx
import orjson
import pytest

from cityops.client import Client
from cityops.local.processes import wait_until
from cityops_dashboards.access import forged
from cityops_dashboards.access.forged import VALUES, pages_of, read
from cityops_dashboards.app import create_app

PATH = forged.PATH
OWN = {"Sec-Fetch-Site": "same-origin"}


def part(name: str, value: Any = None) -> dict[str, Any]:
    identifier, _, prop = name.partition(".")
    return {"id": identifier, "property": prop, "value": value}


PAGE = {
    "output": "page.children",
    "outputs": part("page.children"),
    "inputs": [part("url.pathname", "/data")],
    "state": [part("url.search", "")],
    "changedPropIds": ["url.pathname"],
}
MAP = {
    "output": "district-map.figure",
    "outputs": part("district-map.figure"),
    "inputs": [part("district-webgl.data", False), part("district-refresh.n_intervals", 1)],
    "state": [part("district-region.data", "440100"), part("district-query.data", {})],
}
EVENT = {
    "output": "event-detail.children",
    "outputs": part("event-detail.children"),
    "inputs": [part("event-grid.cellClicked", {"rowId": "7"})],
    "state": [part("district-region.data", "440105"), part("district-query.data", {})],
}


def altered(body: dict[str, Any], **values: Any) -> dict[str, Any]:
    return deepcopy(body) | values


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("x", "no JSON"),
        ('"\\ud800"', "no JSON"),
        ("", "no JSON"),
        ({}, "body.output: Field required"),
        ([], "body: Input should be a valid dictionary"),
        (None, "body: Input should be a valid dictionary"),
        (altered(PAGE, inputs={}), "body.inputs: Input should be a valid list"),
        (altered(PAGE, inputs=[[]]), "body.inputs.0: "),
        (altered(PAGE, inputs=[]), "inputs: not those"),
        (altered(PAGE, state=[]), "state: not those"),
        (altered(PAGE, outputs=[]), "outputs: not those"),
        (altered(PAGE, output="nothing.children"), "output: no callback"),
        (altered(PAGE, output="wall-metric.data"), "output: no callback"),
        (altered(PAGE, inputs=[part("url.pathname", 7)]), "url.pathname: Input should be a valid string"),
        (altered(PAGE, inputs=[part("url.pathname", {"a": 1})]), "url.pathname: "),
        (altered(PAGE, changedPropIds=[7]), "body.changedPropIds.0: "),
        (MAP, "district-region.data: Value error, there is no such district or street"),
        (
            altered(MAP, state=[part("district-region.data"), part("district-query.data", {})]),
            "district-region.data: ",
        ),
        (altered(EVENT, inputs=[part("event-grid.cellClicked", {})]), "event-grid.cellClicked.rowId: Field required"),
    ],
)
def test_a_forged_body_is_answered_400(visitor: httpx.Client, body: Any, reason: str) -> None:
    content = body if isinstance(body, str) else orjson.dumps(body)
    answer = visitor.post(PATH, content=content, headers=OWN | {"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert reason in answer.json()["detail"]


def test_what_a_page_sends_is_answered(visitor: httpx.Client) -> None:
    assert visitor.post(PATH, json=PAGE, headers=OWN).status_code == 200


def test_a_fault_of_our_own_stays_one(visitor: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Client, path: str) -> None:
        raise ZeroDivisionError(path)

    monkeypatch.setattr(Client, "page", fails)
    # a busy machine may not know at once who asks, which is a 503
    assert wait_until(lambda: visitor.post(PATH, json=EVENT, headers=OWN).status_code == 500, seconds=60)


def test_every_value_of_a_callback_is_declared() -> None:
    create_app("http://127.0.0.1:9")
    declared = dash.get_app().callback_map  # type: ignore[no-untyped-call]  # Dash annotates it not
    here = [one for one in declared.values() if "callback" in one]
    assert len(here) > 5
    assert {f"{one['id']}.{one['property']}" for each in here for one in each["inputs"] + each["state"]} == set(
        VALUES
    )
    assert [one.path for one in pages_of(read(orjson.dumps(PAGE), declared))] == ["/data"]
