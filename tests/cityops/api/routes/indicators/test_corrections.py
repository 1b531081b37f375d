"""Two feeds of one indicator 5 % apart: on the desk at once, corrected as data, and the same number at every exit."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from cityops.client import Client
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind
from cityops.domain.intervals import CITY_ZONE
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope
from cityops_ingest.writer import Writer
from factories.acts import HAIZHU, Book

CODE, SAID, OTHER = "water_supplied", 612.3456789012345, 581.728394956172725
TODAY = utc_now().astimezone(CITY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
YESTERDAY, WEEK_AGO = TODAY - timedelta(days=1), TODAY - timedelta(days=7)
PEOPLE = {
    "shui": (Role.DATA_STEWARD, Scope(ScopeKind.DEPARTMENTS, frozenset({"water"}))),
    "city": (Role.DATA_STEWARD, WHOLE_CITY),
    "hai": (Role.DATA_STEWARD, HAIZHU),
    "an": (Role.ANALYST, WHOLE_CITY),
    "he": (Role.DISTRICT_OFFICER, HAIZHU),
}
ASKED = {
    "indicator": CODE,
    "source": "water-supply",
    "period_start": WEEK_AGO.isoformat(),
    "period_end": TODAY.isoformat(),
    "action": "scale",
    "amount": 0.95,
    "expected_low": 600,
    "expected_high": 620,
    "reason": "流量计未校准，偏高5%",
}


@pytest.fixture
def feeds(registered_database: str) -> Iterator[Writer]:
    """Have two sources tell of yesterday, 5 % apart, through a writer of the ingest."""
    writer = Writer(registered_database, "w", Backlog())
    tell(writer, "water-supply", value=SAID)
    tell(writer, "data-exchange", value=OTHER)
    yield writer
    writer.close()


def tell(writer: Writer, source: str, **said: Any) -> None:
    outcomes: list[Any] = []
    payload = json.dumps({"indicator": CODE, "region": "440100", "start": YESTERDAY.isoformat(), **said}).encode()
    topic = f"cityops/v1/indicators/{source}".encode()
    writer.store([Envelope(topic, payload, len(payload), utc_now(), outcomes.append)])
    assert [one.rejected for one in outcomes] == [0]


@pytest.fixture
def people(feeds: Writer, api_url: str, book: Book) -> Iterator[dict[str, httpx.Client]]:
    with book.clients(f"{api_url}/api/v1", PEOPLE) as clients:
        yield clients


def span(**more: str) -> dict[str, str]:
    day = {"start": YESTERDAY.isoformat(), "end": TODAY.isoformat()}
    return {"indicator": CODE, "interval": "day", **day, **more}


def series(client: httpx.Client, **more: str) -> dict[str, Any]:
    answer = client.get("/series", params=span(**more))
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_two_feeds_that_differ_are_on_the_desk_and_a_correction_is_the_same_number_at_every_exit(
    people: dict[str, httpx.Client], feeds: Writer
) -> None:
    steward = people["shui"]
    [conflict] = steward.get("/conflicts").json()
    assert (conflict["indicator"], conflict["differing"], conflict["newest"]["winner"]) == (CODE, 1, "water-supply")
    assert conflict["newest"]["relative"] == pytest.approx(0.05)
    made = steward.post("/corrections", json=ASKED)
    assert made.status_code == 201, made.text
    number, shown = made.json()["id"], SAID * 0.95
    assert (made.json()["state"], made.json()["applies"], made.json()["stale"]) == ("holds", 1, 0)

    answer = series(steward)
    [point] = answer["points"]
    assert (point["value"], point["quality"], point["corrections"]) == (shown, "corrected", [number])
    assert (answer["corrected"], answer["stale_corrections"]) == (1, [])
    [raw] = series(steward, raw="true")["points"]
    assert (raw["value"], raw["quality"], raw["corrections"]) == (SAID, None, [])

    file = people["an"].get("/export/series", params=span(format="csv", lang="en", level="city"))
    [row] = csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff")))
    assert (float(row["value"]), row["quality"], row["corrections"]) == (shown, "corrected", str(number))
    parquet = people["an"].get("/export/series", params=span(format="parquet"))
    [kept] = pq.read_table(io.BytesIO(parquet.content)).to_pylist()
    assert (kept["value"], kept["corrections"]) == (shown, str(number))
    wide = people["an"].get("/export/series", params=span(format="csv", lang="en", shape="wide"))
    [row] = csv.DictReader(io.StringIO(wide.text.removeprefix("\ufeff")))
    assert (float(row["440100"]), row["corrections"]) == (shown, str(number))
    token = people["an"].headers["Authorization"].removeprefix("Bearer ")
    with Client(str(people["an"].base_url).removesuffix("/api/v1/"), token) as client:
        table = client.series(CODE, level="city", interval="day", start=YESTERDAY, end=TODAY)
    assert [*table["value"]] == [shown]
    assert [*table["corrections"]] == [[number]]

    beside = steward.get(f"/indicators/{CODE}/sources", params={"start": YESTERDAY.isoformat()}).json()
    assert [(one["source"], one["value"], one["shown"]) for one in beside["points"][0]["values"]] == [
        ("water-supply", SAID, shown),
        ("data-exchange", OTHER, OTHER),
    ]
    assert "供排水调度系统 › 政务数据共享交换平台" in beside["rule_zh"]

    tell(feeds, "water-supply", value=581.7, revision=1)  # the source is repaired
    answer = series(steward)
    assert (answer["points"][0]["value"], answer["stale_corrections"]) == (581.7, [number])
    [kept] = steward.get("/corrections").json()
    assert (kept["state"], kept["applies"], kept["stale"]) == ("stale", 0, 1)


def test_a_correction_is_reported_and_ended_and_each_step_is_audited(
    people: dict[str, httpx.Client], book: Book
) -> None:
    steward = people["city"]
    number = steward.post("/corrections", json=ASKED | {"action": "drop", "amount": None}).json()["id"]
    assert series(steward)["points"][0]["value"] == OTHER
    path = f"/corrections/{number}/status"
    assert steward.post(path, json={"status": "reported"}).status_code == 422
    told = steward.post(path, json={"status": "reported", "to": "供水调度科"}).json()
    assert (told["status"], told["steps"][-1]["to"], told["steps"][-1]["by"]) == ("reported", "供水调度科", "city")
    assert steward.post(path, json={"status": "fixed_upstream"}).json()["state"] == "over"
    assert series(steward)["points"][0]["value"] == SAID
    assert steward.post(path, json={"status": "withdrawn"}).status_code == 409
    assert steward.post("/corrections/99999/status", json={"status": "withdrawn"}).status_code == 404
    actions = [row["action"] for row in book.audited() if row["action"].startswith("correction")]
    assert actions == ["correction:add", "correction:step", "correction:step"]


def test_who_may_correct_what_and_who_may_see_what_is_restricted(people: dict[str, httpx.Client]) -> None:
    assert people["an"].post("/corrections", json=ASKED).status_code == 403
    assert people["hai"].post("/corrections", json=ASKED).status_code == 403
    assert people["hai"].post("/corrections", json=ASKED | {"region": "440106"}).status_code == 403
    assert people["hai"].post("/corrections", json=ASKED | {"region": "440105"}).status_code == 201
    refused = people["city"].post("/corrections", json=ASKED | {"indicator": "pm25"})
    assert refused.status_code == 422
    assert "computed here" in refused.json()["detail"]
    told = people["an"].get("/indicators").json()
    restricted = next(one["code"] for one in told if one["privacy"] == "restricted")
    asked = {"indicator": restricted, "interval": "day"}
    assert people["an"].get("/series", params=asked).status_code == 200
    refused = people["he"].get("/series", params=asked)
    assert refused.status_code == 403
    assert "restricted" in refused.json()["detail"]
    assert people["he"].get("/export/series", params=asked).status_code == 403
    seen, hidden = (people[one].get(f"/indicators/{restricted}").json() for one in ("an", "he"))
    assert (seen["withheld"], hidden["withheld"], hidden["newest"]) == (False, True, [])
    assert seen["newest"]


def test_targets_and_lateness_are_told(people: dict[str, httpx.Client]) -> None:
    told = {one["indicator"]: one for one in people["he"].get("/targets").json()}
    assert told["gdp"]["example"] is True
    assert told["gdp"]["value"] is None
    fresh = {one["indicator"]: one for one in people["he"].get("/indicators/freshness").json()}
    late = datetime.fromisoformat(fresh[CODE]["newest_end"])
    assert late == TODAY
    assert fresh["gdp"]["newest_end"] is None
    since = series(people["he"])["late_since"]
    assert since == fresh[CODE]["late_since"]
    assert (since is None) is (utc_now() <= TODAY + timedelta(minutes=45))
