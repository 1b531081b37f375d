"""Notices over HTTP: the newest of what was told of groups of alarms, and of that what one may see."""

from typing import Any

import httpx
import pytest

from cityops.domain.access import Role, Scope, ScopeKind, Subject
from factories.alarms import rule, says, turn, without_rules
from factories.world import World
from fixtures.api import token_of

LIEDE, OTHER = "440106013", "440106001"
STREET = Subject("liede", Role.STREET_OFFICER, Scope(ScopeKind.STREETS, frozenset({LIEDE})))
HAIZHU = Subject("haizhu", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440105"})))


@pytest.fixture
def city(world: World) -> World:
    """Give a point under water in one street, told, and then one in another, told too."""
    without_rules(world.connection)
    rule(world.connection, group_wait_s="0", group_interval_s="1")
    world.device("WL-1", region=OTHER)
    world.device("WL-2", region=LIEDE)
    turn(world)
    says(world, "WL-1", (world.ago(20), 45))
    turn(world)
    world.connection.execute("UPDATE alarm_group SET look_at = now()")
    says(world, "WL-2", (world.ago(10), 15))
    turn(world)
    return world


def asked(url: str, database: str, subject: Subject) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token_of(database, subject)}"}
    items: list[dict[str, Any]] = httpx.get(f"{url}/api/v1/alarms/notices", headers=headers, timeout=30).json()[
        "items"
    ]
    return items


def test_notices_come_newest_first_and_those_after_one_are_asked_for(city: World, api: httpx.Client) -> None:
    told = api.get("/api/v1/alarms/notices").json()
    newest, first = told["items"]
    assert (first["kind"], first["count"], first["region_code"], first["level"]) == ("new", 1, OTHER, 4)
    assert (newest["kind"], newest["count"], newest["new"], newest["gone"]) == ("changed", 2, 1, 0)
    assert (newest["region_code"], newest["level"], newest["unacknowledged"]) == ("440106", 4, 2)
    assert (newest["name_zh"], newest["alarm_class"], newest["metric"]) == ("积水", "flood", "water_depth")
    assert newest["waiting_since"] < newest["at"]
    assert newest["alarm_id"] == first["alarm_id"]
    assert told["next"] == newest["id"]
    later = api.get("/api/v1/alarms/notices", params={"after": first["id"]}).json()
    assert [one["id"] for one in later["items"]] == [newest["id"]]
    assert api.get("/api/v1/alarms/notices", params={"after": newest["id"]}).json() == {
        "items": [],
        "next": newest["id"],
    }


def test_a_street_is_told_of_itself_alone_and_to_it_the_group_is_new(
    city: World, api_url: str, migrated_database: str
) -> None:
    [only] = asked(api_url, migrated_database, STREET)
    assert (only["kind"], only["count"], only["level"], only["region_code"]) == ("new", 1, 1, LIEDE)
    assert asked(api_url, migrated_database, HAIZHU) == []


def test_of_a_change_next_door_a_street_is_told_nothing(city: World, api_url: str, migrated_database: str) -> None:
    city.connection.execute("UPDATE alarm_group SET look_at = now()")
    says(city, "WL-1", (city.ago(5), 1))
    turn(city)
    assert city.connection.execute("SELECT count(DISTINCT id) FROM alarm_notice").fetchall() == [(3,)]
    assert len(asked(api_url, migrated_database, STREET)) == 1


def test_what_is_older_than_a_day_is_not_told_any_more(city: World, api: httpx.Client) -> None:
    city.connection.execute("ALTER TABLE alarm_notice DISABLE TRIGGER alarm_notice_append_only")
    city.connection.execute("UPDATE alarm_notice SET at = at - interval '1 day'")
    assert api.get("/api/v1/alarms/notices").json() == {"items": [], "next": None}
