"""Events over HTTP: every case on exactly one page, filters, counts and history."""

import httpx
import pytest

from cityops.api import schemas
from cityops.domain.events.reported import ATTRIBUTES
from cityops.domain.exports.sheets import EVENTS
from cityops.store import tables
from cityops.store.events.queries import NAMES
from factories.world import STREET, World


@pytest.fixture
def cases(world: World) -> World:
    """Give cases that differ in one respect each, A the newest."""
    world.case("reported", external_id="A", at=world.ago(10))
    world.case("reported", "dispatched", external_id="B", at=world.ago(20), severity="critical")
    world.case("reported", "closed", external_id="C", at=world.ago(20), region="440105001")
    world.case("processing", external_id="D", at=world.ago(90_000), event_class="noise_complaint")
    world.case("reported", external_id="E", at=world.ago(90_000), source="grid-officer")
    return world


def names(api: httpx.Client, **parameters: str) -> str:
    answer = api.get("/api/v1/events", params=parameters)
    assert answer.status_code == 200, answer.text
    return "".join(one["external_id"] for one in answer.json()["items"])


def test_newest_first_and_each_once(cases: World, api: httpx.Client) -> None:
    found, after = "", None
    for _ in range(5):
        body = api.get("/api/v1/events", params={"limit": 1} | ({"after": after} if after else {})).json()
        found += body["items"][0]["external_id"]
        after = body["next"]
    assert (found, after) == ("ACBED", None)  # of two at the same time the later comer stands first


FILTERS: list[tuple[dict[str, str], str]] = [
    ({"region": "440106"}, "ABED"),
    ({"region": STREET}, "ABED"),
    ({"region": "440105001"}, "C"),
    ({"class": "noise_complaint"}, "D"),
    ({"group": "emergency"}, "ACBE"),
    ({"status": "dispatched"}, "B"),
    ({"stage": "found"}, "AE"),
    ({"stage": "handling"}, "D"),
    ({"severity": "critical"}, "B"),
    ({"source": "grid-officer"}, "E"),
    ({"source": "nobody"}, ""),
]


def test_filters(cases: World, api: httpx.Client) -> None:
    for parameters, expected in FILTERS:
        assert names(api, **parameters) == expected, parameters


def test_the_period_is_that_of_occurrence(cases: World, api: httpx.Client) -> None:
    start, end = cases.ago(20).isoformat(), cases.ago(10).isoformat()
    assert names(api, start=start) == "ACB"
    assert names(api, start=start, end=end) == "CB"


def test_counts(cases: World, api: httpx.Client) -> None:
    expected = {
        "stage": {"found": 2, "dispatched": 1, "handling": 1, "closed": 1},
        "status": {"reported": 2, "dispatched": 1, "processing": 1, "closed": 1},
        "class": {"gas_leak": 4, "noise_complaint": 1},
        "region": {STREET: 4, "440105001": 1},
        "source": {"hotline-12345": 4, "grid-officer": 1},
    }
    for by, counts in expected.items():
        answer = api.get("/api/v1/events/counts", params={"by": by})
        assert {one["group"]: one["count"] for one in answer.json()} == counts


def test_one_case_with_its_history(cases: World, api: httpx.Client) -> None:
    (found,) = api.get("/api/v1/events", params={"status": "dispatched"}).json()["items"]
    event = api.get(f"/api/v1/events/{found['id']}").json()
    assert [step["status"] for step in event["history"]] == ["reported", "dispatched"]
    assert (event["stage"], event["sequence"], event["address"]) == ("dispatched", 1, "某路1号")
    assert api.get("/api/v1/events/999999").status_code == 404


def test_every_attribute_is_a_column_and_is_told_of_a_case_and_where_it_says() -> None:
    told = {NAMES.get(name, name): of for name, of in ATTRIBUTES.items()}
    assert {*ATTRIBUTES} < {*tables.event.c.keys()}  # the others are ours: no source tells of them
    assert {*schemas.EventOut.model_fields} == {"id", "stage", "history", "drill", *told}
    assert {*schemas.EventBrief.model_fields} == {
        "id",
        "stage",
        "drill",
        *(name for name, of in told.items() if of.in_lists),
    }
    in_files = {name for name, of in told.items() if of.heading_zh} | {"drill"}
    assert {*told} & {*EVENTS.names} == in_files
