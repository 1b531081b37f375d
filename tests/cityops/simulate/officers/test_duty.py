"""Officers of the simulated city against the real API: cases go their whole way, and people are let be."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cityops.cli.simulate import officers_keys
from cityops.client import ApiError, Client
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.simulate.fleet import fleet
from cityops.simulate.officers.duty import NAMES, Duty, Officers, name_of
from cityops.simulate.officers.moves import Seat
from cityops.simulate.sites import Sites, sites_of
from cityops.simulate.storm import PlayedStorm
from cityops.simulate.water import waterlogging
from factories import alarms
from factories.world import World
from fixtures.api import token_of

Clients = dict[Seat, Client]


@pytest.fixture
def clients(migrated_database: str, api_url: str) -> Iterator[Clients]:
    """Give clients for all seats, by keys that officers make for themselves."""
    made = {seat: Client(api_url, key) for seat, key in officers_keys(migrated_database).items()}
    yield made
    for client in made.values():
        client.close()


def worked(clients: Clients, duty: Duty, looks: int, status: str = "closed") -> list[int]:
    """Have officers look so often, or until all that is there has come to a state; return the numbers of those."""
    officers, reached = Officers(clients, duty, utc_now() - timedelta(hours=1)), list[int]()
    for _ in range(looks):
        officers.work(utc_now())
        items = clients[Seat.CENTRE].page("/api/v1/cases", master="here")["items"]
        reached = [item["id"] for item in items if item["status"] == status]
        if items and len(reached) == len(items):
            break
    assert officers.tally.refused == 0, str(officers.tally)
    return reached


def test_what_officers_find_is_handled_with_photos_that_say_what_they_are_and_closed(clients: Clients) -> None:
    numbers = worked(clients, Duty(seed=7, pace=1e6, reports_per_h=2), looks=20)
    assert 1 <= len(numbers) <= 3
    centre = clients[Seat.CENTRE]
    for number in numbers:
        history = centre.case(number)["history"]
        acts = [step["act"] for step in history]
        assert acts[:4] == ["report", "accept", "file", "dispatch"]
        assert acts[-3:] == ["feed_back", "check", "close"]
        assert {step["actor"] for step in history} <= NAMES
        assert "模拟" in history[-1]["text"]
        for digest in centre.evidence(number).index:
            assert Image.open(BytesIO(centre.evidence_content(digest))).format == "JPEG"


def test_grave_alarms_are_acknowledged_and_those_of_a_device_become_one_case_and_once(
    world: World, clients: Clients
) -> None:
    world.device("WL-1")
    alarms.without_rules(world.connection)
    for code in ("depth", "other"):
        alarms.rule(world.connection, code)
    alarms.turn(world)
    alarms.says(world, "WL-1", (world.ago(4), 62))
    alarms.turn(world)
    duty = Duty(pace=1e6, reports_per_h=0)
    [number] = worked(clients, duty, looks=20)
    worked(clients, duty, looks=1)
    case = clients[Seat.CENTRE].case(number)
    assert case["class_code"] == "road_ponding"
    by = name_of(Seat.CENTRE)
    told = alarms.rows(world.connection, "event_id", "acknowledged_by")
    assert sorted(told, key=str) == [(number, by), (None, by)]


def test_a_latched_alarm_is_reset_once_its_cause_is_gone(world: World, clients: Clients) -> None:
    world.device("WL-1")
    alarms.without_rules(world.connection)
    alarms.rule(world.connection, latched_from="red")
    alarms.turn(world)
    for age, depth in ((9, 62.0), (4, 1.0)):
        alarms.says(world, "WL-1", (world.ago(age), depth))
        alarms.turn(world)
        worked(clients, Duty(pace=1e6, reports_per_h=0), looks=1, status="reported")
    assert alarms.rows(world.connection, "cleared_why") == [("reset",)]


def test_a_played_storm_becomes_alarms_and_these_become_cases_that_are_closed(world: World, clients: Clients) -> None:
    """Three hours in fifteen minutes, nine of them over: what the deepest point says, by the platform's own rule."""
    began = world.ago(560).timestamp()
    points = storm_points(PlayedStorm(20, began, pace=12))
    times = began + np.arange(0, 555, 5.0)
    depths = np.array([waterlogging(points, np.full(points.total, at))["water_depth"] for at in times])
    deepest = depths[:, depths.max(axis=0).argmax()]
    world.device("WL-1")
    alarms.without_rules(world.connection)
    alarms.rule(world.connection)
    alarms.turn(world)
    told = zip((datetime.fromtimestamp(at, UTC) for at in times), deepest.round(0).tolist(), strict=True)
    alarms.says(world, "WL-1", *told)
    alarms.turn(world)
    assert alarms.rows(world.connection, "worst_level") == [(4,)]
    [number] = worked(clients, Duty(pace=1e6, reports_per_h=0), looks=20)
    [onset] = [row[0] for row in alarms.rows(world.connection, "onset")]
    case = clients[Seat.CENTRE].case(number)
    assert (case["class_code"], case["severity"]) == ("road_ponding", "critical")
    assert datetime.fromisoformat(case["occurred_at"]) == onset > datetime.fromtimestamp(began, UTC)


def storm_points(played: PlayedStorm) -> Sites:
    """Return the ponding points of a city under a storm."""
    return next(one for one in sites_of(fleet(2000, 20), 20, played=played) if one.kind == "waterlogging")


def test_a_case_that_a_person_has_in_hand_is_not_moved_at_once(
    clients: Clients, migrated_database: str, api_url: str
) -> None:
    person = token_of(migrated_database, Subject("wang", Role.OPERATOR, WHOLE_CITY))
    with Client(api_url, person) as wang:
        report = {"class_": "road_ponding", "title": "积水", "text": "路面积水", "region": "440106013"}
        number = wang.report(**report)["id"]
        assert worked(clients, Duty(pace=1e6, reports_per_h=0), looks=2, status="reported") == [number]
        assert len(wang.case(number)["history"]) == 1


def test_new_keys_end_the_former(clients: Clients, migrated_database: str) -> None:
    officers_keys(migrated_database)
    with pytest.raises(ApiError) as refused:
        clients[Seat.CENTRE].state()
    assert refused.value.status == 401
