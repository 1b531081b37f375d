"""The client against the real API: tables with the right types and zone, and errors that say what is wrong."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from cityops.client import ApiError, Client
from cityops.client.moments import moment
from cityops.domain.channels import Channel
from cityops.local.processes import free_ports, wait_until
from cityops.store import device_states
from cityops.store.registration import importing_channels
from factories import photos
from factories.world import STREET, World

MIDNIGHT = datetime(2026, 11, 19, 16, 0, tzinfo=UTC)
"""Midnight of 20 November 2026 in Guangzhou."""


@pytest.fixture
def client(api_url: str, key: str) -> Iterator[Client]:
    with Client(api_url, key) as client:
        yield client


def test_a_series_is_a_table_in_the_city_s_time(world: World, client: Client) -> None:
    device = world.device("A-1", "air")
    world.says(device, "pm25", 20, MIDNIGHT)
    world.says(device, "pm25", 40, MIDNIGHT + timedelta(minutes=30))

    table = client.series("pm25", interval="hour", start="2026-11-20T00:00", end="2026-11-20T02:00")

    tianhe = table[table["region_code"] == "440106"]
    assert list(table.columns) == [
        *("region_code", "start", "end", "value", "n", "coverage", "finished"),
        *("numerator", "denominator"),
    ]
    assert list(tianhe["start"]) == [pd.Timestamp("2026-11-20T00:00+08:00"), pd.Timestamp("2026-11-20T01:00+08:00")]
    assert str(table["start"].dt.tz) == "Asia/Shanghai"
    assert tianhe["value"].tolist()[0] == 30
    assert tianhe["value"].isna().tolist() == [False, True]
    assert len(table) == 11 * 2
    assert (table.attrs["unit"], table.attrs["interval"]) == ("µg/m³", "hour")


def test_a_table_says_what_is_not_finished(world: World, client: Client) -> None:
    now = pd.Timestamp(world.now)
    table = client.series("pm25", level="city", start=now - pd.Timedelta(hours=2), end=now + pd.Timedelta(hours=2))
    as_of = pd.Timestamp(table.attrs["as_of"])
    assert table["finished"].dtype == bool
    assert list(table["finished"]) == list(table["end"] <= as_of)
    assert set(table["finished"]) == {True, False}
    assert table.attrs["remark_zh"]
    assert table.attrs["remark_en"]


def test_air_quality_is_a_table_with_a_column_for_each_item(world: World, client: Client) -> None:
    device = world.device("A-1", "air", interval_s=3600)
    for metric, value in {"pm25": 61, "pm10": 20, "no2": 12, "o3": 30, "so2": 5, "co": 0.5}.items():
        world.says(device, metric, value, MIDNIGHT)
    table = client.air_quality(region="440106", start="2026-11-20", end="2026-11-20T02:00")
    told, none = table.to_dict("records")
    assert (told["aqi"], told["primary"], told["class_en"], told["missing"]) == (101, "pm25", "Lightly polluted", "")
    assert (told["pm25_1h"], told["iaqi_pm25_1h"], told["co_1h"], told["standard"]) == (61, 101, 0.5, "HJ 633-2026")
    assert pd.isna(none["aqi"])
    assert none["missing"] == "so2 no2 co o3 pm10 pm25"
    assert (str(table["aqi"].dtype), str(table["start"].dt.tz)) == ("Int64", "Asia/Shanghai")
    assert table.attrs["definition_changes"] == []
    over = client.air_quality(interval="day", start="2026-02-28", end="2026-03-02")
    assert [one["after"] for one in over.attrs["definition_changes"]] == ["HJ 633-2026"]
    assert list(over["standard"]) == ["HJ 633-2012", "HJ 633-2026"]


def test_a_case_is_reported_and_acted_on_and_a_stale_version_is_told_who_was_first(
    world: World, client: Client
) -> None:
    case = client.report(
        class_="road_ponding", title="积水", text="及膝", region=STREET, occurred_at="2026-11-20T08:00"
    )
    assert case["occurred_at"] == "2026-11-20T00:00:00Z"
    accepted = client.act(case["id"], case["version"], "accept")
    assert (accepted["status"], client.case(case["id"])["version"]) == ("accepted", accepted["version"])
    with pytest.raises(ApiError, match="leader") as caught:
        client.act(case["id"], case["version"], "refuse", reason="x")
    assert caught.value.status == 412
    [table] = client.cases(todo=None, status="accepted")
    assert (table["id"].tolist(), table["due_at"].isna().tolist()) == ([case["id"]], [True])
    counted = client.case_counts("status").set_index("group")["count"]
    assert counted.to_dict() == {"accepted": 1}
    waiting = client.case_counts().set_index("group")["count"]
    assert waiting[waiting > 0].to_dict() == {"to_accept": 1}


def test_photos_of_a_case_are_sent_listed_and_fetched(world: World, client: Client) -> None:
    world.case()
    [case] = world.connection.execute("SELECT id FROM event").fetchone() or (0,)
    assert client.evidence(case).empty
    told = client.add_evidence(case, photos.jpeg(), "image/jpeg", "现场 1.jpg")
    table = client.evidence(case)
    assert list(table["name"]) == ["现场 1.jpg"]
    assert table.loc[told["digest"], "taken_at"] == pd.Timestamp("2026-11-27T08:30+08:00")
    assert str(table["added_at"].dt.tz) == "Asia/Shanghai"
    assert len(client.evidence_content(told["digest"])) == told["bytes"]
    assert client.evidence_content(told["digest"], preview=True)[:3] == b"\xff\xd8\xff"
    with pytest.raises(ApiError, match="says that it is image/png but is image/jpeg") as error:
        client.add_evidence(case, photos.jpeg(), "image/png")
    assert error.value.status == 415


def test_rates_are_a_table_with_their_definitions(world: World, client: Client) -> None:
    assert client.case_rates("district").empty
    world.connection.execute("UPDATE event SET master = 'here' WHERE external_id = %s", [world.case()])
    table = client.case_rates(region="440106")
    assert list(table.columns) == ["group", "measure", "numerator", "denominator", "value", "excused"]
    assert table["value"].isna().all()
    assert table.attrs["definitions"]["satisfied"]["name_zh"] == "满意率"


def test_a_time_without_a_zone_is_the_city_s_and_one_with_a_zone_is_kept(world: World, client: Client) -> None:
    first = client.series("pm25", level="city", start="2026-11-20T00:00", end="2026-11-20T02:00")
    second = client.series("pm25", level="city", start=MIDNIGHT, end=MIDNIGHT + timedelta(hours=2))
    pd.testing.assert_frame_equal(first, second)


def test_an_empty_answer_is_a_table_too(world: World, client: Client) -> None:
    table = client.series("pm25", region=STREET, level="street", interval="day")
    assert table["value"].isna().all()
    assert table["value"].dtype == float


def test_catalogues_are_indexed_by_code(world: World, client: Client) -> None:
    assert client.indicators().loc["pm25", "unit"] == "µg/m³"
    assert client.metrics().loc["pm25", "name_zh"] == "PM2.5"
    assert client.numbers().loc["count:events.counts.overdue", "of"] == "events.counts.open"
    assert client.regions().loc["440106", "name_zh"] == "天河区"
    assert list(client.intervals()["interval"]) == ["5min", "hour", "day"]
    assert client.state("440106")["region"]["name_zh"] == "天河区"


def test_all_pages_of_devices_and_events_come(world: World, client: Client) -> None:
    for number in range(3):
        world.device(f"WL-{number}")
        world.case(external_id=f"T{number}")
    devices = pd.concat(client.devices(kind="waterlogging"))
    events = pd.concat(client.events(region="440106"))
    assert set(devices["code"]) == {"WL-0", "WL-1", "WL-2"}
    assert set(events["external_id"]) == {"T0", "T1", "T2"}
    assert str(events["occurred_at"].dt.tz) == "Asia/Shanghai"


def test_an_outage_is_one_row_in_the_city_s_time(world: World, client: Client) -> None:
    assert client.outages().empty
    for number in range(6):
        world.says(world.device(f"WL-{number}"), "water_depth", 1, world.ago(2_000))
    device_states.look(world.connection, world.now)
    assert wait_until(lambda: not client.outages().empty, seconds=10)  # an answer may be kept for 2 s
    [outage] = client.outages().to_dict("records")
    assert (outage["region_code"], outage["silent"]) == ("440106", 6)
    assert outage["since"].utcoffset() == timedelta(hours=8)


def test_video_channels_come_page_by_page(world: World, client: Client) -> None:
    place = ("video-share", STREET, 113.33, 23.12, None)
    with importing_channels(world.connection) as opened:
        opened.stage((number, Channel(f"{number:020d}", "猎德", *place)) for number in range(3))
        opened.merge({})
    assert list(pd.concat(client.channels(state="unknown"))["code"]) == [f"{number:020d}" for number in range(3)]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"indicator": "nope"}, 404, "nope"),
        ({"indicator": "pm25", "level": "galaxy"}, 422, "level"),
        ({"indicator": "pm25", "interval": "5min", "start": "2026-01-01", "end": "2026-11-01"}, 422, "interval=day"),
    ],
)
def test_a_refusal_says_why(world: World, client: Client, asked: dict[str, Any], status: int, said: str) -> None:
    indicator = asked.pop("indicator")
    with pytest.raises(ApiError, match=said) as refusal:
        client.series(indicator, **asked)
    assert refusal.value.status == status


def test_an_api_that_is_not_there_is_status_0() -> None:
    [port] = free_ports(1)
    with Client(f"http://127.0.0.1:{port}") as client, pytest.raises(ApiError, match="does not answer") as refusal:
        client.state()
    assert refusal.value.status == 0


START = "2026-11-20T00:00:00+08:00"


@pytest.mark.parametrize(
    "when",
    [
        date(2026, 11, 20),
        datetime(2026, 11, 20),  # noqa: DTZ001 - what names no zone is the city's time
        datetime(2026, 11, 19, 16, tzinfo=UTC),
        pd.Timestamp("2026-11-20"),
        pd.Timestamp("2026-11-19T16:00Z"),
        np.datetime64("2026-11-20"),
        np.datetime64("2026-11-20T00:00:00.000000000"),
        "2026-11-20",
        "20261120",
        " 2026-11-20 00:00 ",
        "2026-11-19T16:00:00Z",
        START,
    ],
    ids=repr,
)
def test_every_form_of_an_instant_is_the_same_instant(world: World, client: Client, when: Any) -> None:
    assert datetime.fromisoformat(moment("start", when)) == datetime.fromisoformat(START)
    world.case(external_id="before", at=MIDNIGHT - timedelta(seconds=1))
    world.case(external_id="after", at=MIDNIGHT)
    assert [case["external_id"] for case in client.page("/api/v1/events", start=when)["items"]] == ["after"]
    assert list(pd.concat(client.events(start=when))["external_id"]) == ["after"]
    table = client.series("events_reported", level="city", interval="day", start=when, end=date(2026, 11, 21))
    assert table["value"].tolist() == [1.0]


@pytest.mark.parametrize(
    "when", [1_795_000_000, 1.5, "1/2/2026", "yesterday", "", pd.NaT, np.datetime64("NaT"), True, [1]], ids=repr
)
def test_what_is_no_instant_is_refused_by_name(world: World, client: Client, when: Any) -> None:
    with pytest.raises(ValueError, match=r"start: .* is not an instant; give a date"):
        client.series("pm25", start=when)
    with pytest.raises(ValueError, match="end: "):
        list(client.events(end=when))


def test_a_filter_that_is_a_word_of_python(world: World, client: Client) -> None:
    world.case(external_id="gas")
    world.case(external_id="rain", event_class="road_ponding")
    assert list(pd.concat(client.events(class_="road_ponding"))["external_id"]) == ["rain"]


def test_a_question_too_many_is_asked_again_and_an_act_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    waited, answers = list[float](), iter((429, 503, 200, 503, 429))
    monkeypatch.setattr("cityops.client.asking.time.sleep", waited.append)

    def answer(request: httpx.Request) -> httpx.Response:
        code = next(answers)
        headers = {"Retry-After": "7"} if code == 429 else {}
        return httpx.Response(code, headers=headers, json=[] if code == 200 else {"detail": f"{code}"})

    with Client("http://127.0.0.1:1", "key") as client:
        client._http.close()
        client._http = httpx.Client(base_url="http://127.0.0.1:1", transport=httpx.MockTransport(answer))
        assert client.page("/api/v1/intervals") == []
        assert waited == [7.0, 2.0]
        with pytest.raises(ApiError, match="503"):
            client.report(class_="road_ponding")
    assert waited == [7.0, 2.0]
    assert next(answers) == 429


def test_raw_readings_are_a_table_or_arrow(world: World, client: Client) -> None:
    device = world.device("A-1", "air")
    world.says(device, "pm25", 20.25, MIDNIGHT)
    asked: dict[str, Any] = {"region": "440106", "metric": "pm25", "start": "2026-11-20", "end": "2026-11-21"}
    table = client.readings(**asked)
    assert (list(table["value"]), table.attrs["units"]) == ([20.25], {"pm25": "µg/m³"})
    assert table["ts"][0] == pd.Timestamp(MIDNIGHT)
    arrow = client.arrow("readings", **asked)
    assert arrow["value"].to_pylist() == [20.25]
    assert b"datapackage" in arrow.schema.metadata
