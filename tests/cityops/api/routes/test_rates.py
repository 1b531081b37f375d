"""Rates over HTTP: counted, told with their definitions, empty where nothing could count, within a period."""

import csv
import io
from datetime import timedelta
from typing import Any

import httpx
import pytest

from cityops.api.routes.rates import DEFAULT, LONGEST
from cityops.domain.events.rates import DEFINITIONS, CaseMeasure
from cityops.domain.intervals import CITY_ZONE
from factories.world import World


@pytest.fixture
def handled(world: World) -> World:
    """Give two cases of our own, of which one was sent elsewhere, and one that its source handles."""
    for name, units in (("A", ("water",)), ("B", ("water", "urban"))):
        world.case(external_id=name, at=world.ago(90_000))
        world.connection.execute("UPDATE event SET master = 'here' WHERE external_id = %s", [name])
        for number, unit in enumerate(units, 1):
            world.connection.execute(
                "INSERT INTO event_act (event_id, own_sequence, act, at, actor, to_status, asked_unit_kind,"
                " asked_unit_code) SELECT id, %s, 'dispatch', now(), 'li', 'dispatched', 'department', %s"
                " FROM event WHERE external_id = %s",
                [number, unit, name],
            )
    world.case("reported", "closed", external_id="C")
    return world


def asked(api: httpx.Client, **parameters: str) -> dict[str, Any]:
    answer = api.get("/api/v1/cases/rates", params=parameters)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_each_rate_comes_with_what_it_was_made_of_and_what_it_means(handled: World, api: httpx.Client) -> None:
    told = asked(api, by="district")
    assert [one["group"] for one in told["items"]] == ["440106"]
    rates = {one["measure"]: one for one in told["items"][0]["rates"]}
    assert list(rates) == list(CaseMeasure)
    right = rates["first_dispatch_right"]
    assert (right["numerator"], right["denominator"], right["value"], right["excused"]) == (1, 2, 0.5, 0)
    assert (rates["satisfied"]["denominator"], rates["satisfied"]["value"]) == (0, None)
    assert [one["measure"] for one in told["definitions"]] == list(CaseMeasure)
    assert told["definitions"][0]["text_zh"] == DEFINITIONS[CaseMeasure.ANSWERED].text_zh


@pytest.mark.parametrize(
    ("parameters", "groups"),
    [
        ({}, ["all"]),
        ({"by": "class"}, ["gas_leak"]),
        ({"by": "source"}, ["hotline-12345"]),
        ({"by": "unit"}, ["-"]),
        ({"class": "noise_complaint"}, []),
        ({"source": "grid-officer"}, []),
        ({"region": "440105"}, []),
        ({"region": "440106"}, ["all"]),
    ],
)
def test_filters_and_groups(handled: World, api: httpx.Client, parameters: dict[str, str], groups: list[str]) -> None:
    assert [one["group"] for one in asked(api, **parameters)["items"]] == groups


def test_the_period_is_that_of_occurrence_and_not_endless(handled: World, api: httpx.Client) -> None:
    def count(start: timedelta, end: timedelta) -> int:
        moments = {"start": (handled.now - start).isoformat(), "end": (handled.now - end).isoformat()}
        return len(asked(api, **moments)["items"])

    day = timedelta(days=1)
    assert (count(2 * day, day), count(day, timedelta(0)), count(LONGEST, timedelta(0))) == (1, 0, 1)
    too_long = api.get("/api/v1/cases/rates", params={"start": (handled.now - LONGEST - day).isoformat()})
    assert (too_long.status_code, "add up numerators" in too_long.json()["detail"]) == (422, True)
    handled.connection.execute("UPDATE event SET occurred_at = %s", [handled.now - DEFAULT - day])
    assert asked(api)["items"] == []


def test_the_file_has_each_rate_with_its_definition_and_when_it_was_counted(
    handled: World, api: httpx.Client
) -> None:
    answer = api.get("/api/v1/export/rates.csv", params={"by": "unit", "lang": "en"})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row["measure"] for row in rows] == list(CaseMeasure)
    right = next(row for row in rows if row["measure"] == "first_dispatch_right")
    told = ("group_name", "rate", "numerator", "denominator", "is_small", "better", "definition")
    text = DEFINITIONS[CaseMeasure.FIRST_DISPATCH_RIGHT].text_en
    assert [right[name] for name in told] == ["no unit yet", "0.5", "1", "2", "yes", "higher", text]
    assert next(row["rate"] for row in rows if row["measure"] == "satisfied") == ""
    assert right["as_of"][:10] == f"{handled.now.astimezone(CITY_ZONE):%Y-%m-%d}"
    zh = api.get("/api/v1/export/rates.csv", params={"by": "district"}).text
    assert zh.splitlines()[0].endswith("时段开始,时段结束,时区,统计时间")
    assert "天河区" in zh
    assert api.get("/api/v1/export/rates.csv", params={"by": "street"}).status_code == 422
