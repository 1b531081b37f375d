"""What the platform is connected to and keeps: counted for the whole city, for a district, and as a file."""

import csv
from datetime import timedelta
from typing import Any

import httpx
import pytest

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.grants import SERVICE
from cityops.domain.intervals import CITY_ZONE, Interval
from cityops.store import ledger, rollups
from cityops.store.ledger import Tally
from factories.world import World
from fixtures.api import token_of

TIANHE, HAIZHU = "440106", "440105"
OPERATOR = Subject("operator", Role.OPERATOR, Scope(ScopeKind.DISTRICTS, frozenset({HAIZHU})))
ADMINISTRATOR = Subject("administrator", Role.ADMINISTRATOR, WHOLE_CITY)
OFFICER = Subject("officer", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({HAIZHU})))


@pytest.fixture
def filled(world: World) -> World:
    """Give two districts with a device each, of which one has spoken, a case in each, and two days of accounts."""
    for district in (TIANHE, HAIZHU):
        world.device(f"WL-{district}", region=f"{district}001")
        world.case(region=f"{district}001")
    yesterday = Interval.DAY.floor(world.now) - timedelta(hours=13)
    world.says(f"WL-{TIANHE}", "water_depth", 1, yesterday)
    rollups.make(world.connection, lambda _: None)
    world.connection.execute(
        "UPDATE device_state SET state = 'online' FROM device WHERE id = device_id AND code = %s", [f"WL-{TIANHE}"]
    )
    with world.connection.transaction(), world.connection.cursor() as cursor:
        for worker, at, tally in (
            ("w1", yesterday, Tally(5, 1, 2)),
            ("w2", world.now, Tally(3, 0, 1)),
            ("w1", world.now, Tally(4, 0, 0)),
        ):
            ledger.add(cursor, worker, at, {("water-logging", "readings"): tally})
    return world


def asked(api: httpx.Client, database: str, subject: Subject, path: str = "platform/inventory") -> httpx.Response:
    return api.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token_of(database, subject)}"})


def source(told: dict[str, Any], code: str) -> dict[str, Any]:
    return next(one for one in told["sources"] if one["code"] == code)


def test_the_city_is_counted_whole_and_a_district_sees_its_own(
    filled: World, api: httpx.Client, migrated_database: str
) -> None:
    today = filled.now.astimezone(CITY_ZONE).date()
    told = api.get("/api/v1/platform/inventory").json()
    assert told["systems"] == {"registered": 38, "connected": 3}  # this one, our own desk and our own forms
    assert told["departments"] == {"registered": 21, "connected": 3}
    assert told["districts"] == {"registered": 11, "connected": 1}
    assert [(one["region_code"], one["online"], one["never"]) for one in told["devices"]] == [
        (HAIZHU, 0, 1),
        (TIANHE, 1, 0),
    ]
    assert told["readings_kept"] == 12
    days = told["days"]
    assert (len(days), days[0]["day"], days[0]["cases"], days[1]["readings"]) == (14, str(today), 2, 1)
    assert (days[2]["readings"], told["counted_since"]) == (None, str(today - timedelta(days=1)))
    logging = source(told, "water-logging")
    assert (logging["devices"], logging["devices_spoken"], logging["received"]) == (2, 1, 16)
    assert [(one["day"], one["received"], one["rejected"]) for one in logging["days"]] == [
        (str(today), 8, 1),
        (str(today - timedelta(days=1)), 8, 2),
    ]

    own = asked(api, migrated_database, OPERATOR).json()
    assert (own["regions"], own["districts"]) == ([HAIZHU], {"registered": 1, "connected": 0})
    assert [one["region_code"] for one in own["devices"]] == [HAIZHU]
    assert (own["days"][0]["cases"], own["days"][1]["readings"]) == (1, None)
    assert (source(own, "water-logging")["devices"], source(own, "water-logging")["received"]) == (1, 16)
    assert asked(api, migrated_database, ADMINISTRATOR).json()["days"][0]["cases"] is None
    assert asked(api, migrated_database, OFFICER).status_code == 403


def test_the_sources_as_a_file_name_who_answers_for_them(filled: World, api: httpx.Client) -> None:
    rows = list(csv.DictReader(api.get("/api/v1/export/sources.csv").text.removeprefix("\ufeff").splitlines()))
    row = next(one for one in rows if one["来源系统代码"] == "water-logging")
    assert (row["主管部门"], row["数据责任人"], row["新鲜度"]) == ("市水务局", "部属首席数据官", "及时")
    assert (row["累计收到"], row["今日收到"], row["昨日拒收"]) == ("16", "8", "2")


DASHBOARD = {"part": "dashboard", "name": "8050", "pid": 7, "version": "1", "clock": "2026-11-28T08:00:00Z"}


def noted(api: httpx.Client, key: str, number: int, mark: str) -> httpx.Response:
    told = DASHBOARD | {"id": f"{number:016x}", "host": f"host{number}", "marks": {"CITYOPS_SECRET": mark * 32}}
    return api.post("/api/v1/platform/processes", json=told, headers={"Authorization": f"Bearer {key}"})


def test_a_dashboard_notes_itself_and_is_told_who_signs_cookies_otherwise(
    api: httpx.Client, migrated_database: str, key: str
) -> None:
    service = token_of(migrated_database, Subject(SERVICE, Role.ANALYST, WHOLE_CITY))
    [clock] = noted(api, service, 1, "a").json()
    assert (clock["severity"], "clock" in clock["reason"]) == ("warning", True)
    answer = noted(api, service, 2, "b")
    [secret, _] = answer.json()
    assert (secret["severity"], secret["item"]) == ("serious", "CITYOPS_SECRET")
    assert "dashboard 8050 at host1 (7) against dashboard 8050 at host2 (7)" in secret["reason"]
    assert "a" * 32 not in answer.text
    refused = noted(api, key, 3, "c")
    assert (refused.status_code, "dashboard" in refused.json()["detail"]) == (403, True)
