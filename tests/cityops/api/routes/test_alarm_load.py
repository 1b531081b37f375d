"""The load of a seat and cures for its worst rules over HTTP: as kept, within the scope, and honest on its period."""

from datetime import datetime, timedelta

import httpx
import pytest

from cityops.domain.access import Role, Scope, ScopeKind, Subject
from factories.alarms import rows, rule, says, turn, without_rules
from factories.world import World
from fixtures.api import token_of

OFFICER = Subject("officer", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440105"})))
SPIKES = 8


@pytest.fixture
def city(world: World) -> World:
    """Give a point in 天河区 that is under water for 20 s again and again, and one in 海珠区 that is for an hour."""
    without_rules(world.connection)
    rule(world.connection, hysteresis="2")
    for device, region in (("WL-1", "440106013"), ("WL-2", "440105001")):
        world.device(device, region=region)
    turn(world)
    for number in range(SPIKES):
        begun = 7200 - number * 800
        says(world, "WL-1", (world.ago(begun), 25.0), (world.ago(begun - 20), 0.0))
        turn(world)
    says(world, "WL-2", (world.ago(7200), 25.0), (world.ago(3600), 0.0))
    turn(world)
    return world


def officer(url: str, database: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token_of(database, OFFICER)}"}, timeout=30)


def test_the_load_tells_figures_with_their_states_floods_and_the_worst(city: World, api: httpx.Client) -> None:
    told = api.get("/api/v1/alarms/load").json()
    figures = {one["code"]: one for one in told["figures"]}
    assert (told["total"], told["kept_quiet"], sum(told["hours"])) == (SPIKES + 1, 0, SPIKES + 1)
    assert (figures["per_day"]["acceptable"], figures["per_day"]["manageable"]) == (150, 300)
    assert (figures["fleeting"]["value"], figures["fleeting"]["state"]) == (SPIKES + 1, "over")
    assert figures["changed_uncontrolled"]["state"] == "over"
    [worst] = told["worst_rules"]
    assert (worst["code"], worst["count"], worst["share"], worst["in_force"]) == ("depth", SPIKES + 1, 1, True)
    assert (told["frequent"][0]["device_code"], told["frequent"][0]["count"]) == ("WL-1", SPIKES)


def test_less_than_thirty_days_is_told_and_nothing_is_counted_from_before_alarms_were_kept(
    city: World, api: httpx.Client
) -> None:
    city.connection.execute("UPDATE alarm_rule SET since = since - interval '3 hours'")
    told = api.get("/api/v1/alarms/load").json()
    assert (told["is_conclusive"], told["start"]) == (False, told["kept_since"])
    city.connection.execute("UPDATE alarm_rule SET since = since - interval '40 days'")
    city.connection.execute("UPDATE alarm SET raised_at = raised_at - interval '40 days' WHERE id = 1")
    told = api.get("/api/v1/alarms/load").json()
    assert (told["is_conclusive"], told["total"]) == (True, SPIKES)
    early = api.get("/api/v1/alarms/load?start=2026-01-01T00:00:00%2B08:00")
    assert (early.status_code, "100 at most" in early.json()["detail"]) == (422, True)
    assert datetime.fromisoformat(told["end"]) - datetime.fromisoformat(told["start"]) >= timedelta(days=30)


def test_a_seat_is_its_scope_and_a_region_outside_is_refused(
    city: World, api: httpx.Client, api_url: str, migrated_database: str
) -> None:
    assert api.get("/api/v1/alarms/load?region=440106").json()["total"] == SPIKES
    with officer(api_url, migrated_database) as client:
        assert client.get("/api/v1/alarms/load").json()["total"] == 1
        assert client.get("/api/v1/alarms/load?region=440106").status_code == 403
        cures = client.get("/api/v1/alarms/load/cures?rule=depth").json()
        assert (cures["objects_of"], cures["recorded_of"], cures["cures"]) == (1, 1, [])


def test_a_cure_says_what_it_was_tried_on_what_would_be_lost_and_which_cell_becomes_what(
    city: World, api: httpx.Client
) -> None:
    told = api.get("/api/v1/alarms/load/cures?rule=depth").json()
    assert (told["tried_on"], told["readings"], told["objects"]) == ("readings", 2 * SPIKES + 2, 2)
    assert told["recorded"] == told["recorded_of"] == len(rows(city.connection, "id"))
    by_kind = {one["kind"]: one for one in told["cures"]}
    delay, retired = by_kind["on_delay"], by_kind["retire"]
    assert delay["change"] == [{"column": "on_delay_s", "before": "", "after": "30"}]
    assert (delay["alarms_now"], delay["alarms_then"], delay["missed"]) == (SPIKES + 1, 1, 0)
    assert [(one["up_to_s"], one["alarms"], one["lost"]) for one in delay["lost"]] == [
        (60, SPIKES, SPIKES),
        (900, 0, 0),
        (3600, 0, 0),
        (None, 1, 0),
    ]
    assert (delay["later"], delay["latest_s"]) == (1, 30)
    assert (retired["change"], retired["missed"]) == ([], 1)
    assert retired["longest_lost"][0]["device_code"] == "WL-2"
    city.connection.execute("UPDATE alarm SET acknowledged_at = now(), acknowledged_by = 'li' WHERE id = 1")
    told = api.get("/api/v1/alarms/load/cures?rule=depth").json()
    assert "retire" not in {one["kind"] for one in told["cures"]}
    assert "alarm-rules" in api.get("/api/v1/alarms/load/cures?rule=nothing").json()["detail"]


def test_a_rule_that_looks_at_no_values_is_tried_on_its_alarms(world: World, api: httpx.Client) -> None:
    silent = {"subject": "device_state", "metric": "", "condition": "no_data", "off_delay_s": "60"}
    rule(world.connection, "quiet_device", **silent)
    world.connection.execute(
        "INSERT INTO alarm (rule_code, rule_version, class, priority, object, region_code, level, worst_level, onset,"
        " raised_at, gone_at, cleared_at) SELECT 'quiet_device', 1, 'health', 3, 'device:1', '440106013', 0, 1, at,"
        " at, at + interval '80 s', at + interval '80 s'"
        " FROM (SELECT now() - n * interval '1 hour' AS at FROM generate_series(1, 5) n) AS it"
    )
    told = api.get("/api/v1/alarms/load/cures?rule=quiet_device").json()
    assert (told["tried_on"], told["objects"], told["recorded"], told["readings"]) == ("alarms", 1, 5, 0)
    [delay, retired] = told["cures"]
    assert (delay["kind"], delay["alarms_then"], retired["kind"]) == ("on_delay", 0, "retire")
    assert delay["change"] == [{"column": "on_delay_s", "before": "", "after": "30"}]
