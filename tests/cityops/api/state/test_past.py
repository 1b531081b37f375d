"""The past: what the wall showed at moments of a storm and what is told of these moments afterwards are the same."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.events.acts import Act
from cityops.store import device_states, ledger
from cityops.store.engine import make_engine
from factories.alarms import rule, says, turn, without_rules
from factories.desk import OPERATOR, WATER, Desk, department
from factories.world import STREET, World
from fixtures.api import token_of

HAIZHU = "440105001"
DIFFERS = {
    "replay": "says that it is the past",
    "metrics.*.trend.values": "the five minutes that were running are not in the archive of trends",
    "metrics.*.change_1h": "likewise",
    "sources": "the accounts are kept each five minutes",
    "platform": "likewise",
    "indicators": "what was known then of days and months is not told",
}
"""What may differ, and why: nothing else does."""


def asked(api: httpx.Client, at: datetime | None = None, region: str = "440100") -> dict[str, Any]:
    query = {"region": region} | ({} if at is None else {"at": at.isoformat()})
    answer = api.get("/api/v1/state", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Return what a state holds, flat, without what may differ."""
    if path in DIFFERS:
        return {}
    if isinstance(value, dict):
        return {
            name: leaf for key, one in value.items() for name, leaf in leaves(one, f"{path}.{key}".strip(".")).items()
        }
    if isinstance(value, list) and path == "metrics":
        found: dict[str, Any] = {}
        for one in value:
            told = leaves(one, "metrics.*")
            found |= {name.replace("*", one["code"], 1): leaf for name, leaf in told.items()}
        return found
    return {path: value}


class Storm:
    """Keeps what the wall shows, moment by moment."""

    def __init__(self, world: World, api: httpx.Client) -> None:
        self.world, self._api = world, api
        self.seen: list[tuple[datetime, str, dict[str, Any]]] = []

    def look(self) -> None:
        """Have the devices judged, then keep what is shown of city, district and street at one moment."""
        device_states.look(self.world.connection, utc_now())
        ledger.keep(self.world.connection, utc_now())
        time.sleep(0.6)  # longer than a tick: the next answer is of what is so now
        for region in ("440100", "440106", STREET):
            self.seen.append((utc_now(), region, asked(self._api, region=region)))
        time.sleep(0.05)


def pours(world: World, *depths: float) -> None:
    """Let three gauges tell a depth each, as of now."""
    for device, depth in zip(("WL-1", "WL-2", "WL-3"), depths, strict=True):
        says(world, device, (utc_now(), depth))
    turn(world)


@pytest.fixture
def storm(world: World, api: httpx.Client) -> Storm:
    without_rules(world.connection)
    rule(world.connection)
    for device, street in (("WL-1", STREET), ("WL-2", STREET), ("WL-3", HAIZHU)):
        world.device(device, region=street)
    turn(world)
    return Storm(world, api)


def test_what_the_wall_showed_in_a_storm_and_what_is_told_of_it_are_the_same(
    storm: Storm, api: httpx.Client, migrated_database: str
) -> None:
    world = storm.world
    engine = make_engine(migrated_database)
    desk = Desk(engine, standard="road_ponding-deep", now=utc_now())
    storm.look()
    pours(world, 12, 5, 32)
    storm.look()
    pours(world, 62, 25, 45)
    desk.now = utc_now()
    desk.step = timedelta(0)
    desk.dispatched(department("water"))
    storm.look()
    open_ = [one["id"] for one in api.get("/api/v1/alarms", params={"open": "true"}).json()["items"]]
    acts = [
        {"act": "acknowledge", "ids": open_[:1]},
        {"act": "shelve", "ids": open_[1:2], "reason": "现场施工"},
    ]
    for one in acts:
        assert api.post("/api/v1/alarms/acts", json=one).is_success
    desk.now = utc_now()
    desk.act(WATER, Act.SIGN)
    world.connection.execute("UPDATE event SET due_at = now() - interval '1 s', warn_at = now() - interval '9 s'")
    storm.look()
    pours(world, 3, 2, 4)
    desk.now = utc_now()
    desk.act(WATER, Act.FEED_BACK, text="已抽干", evidence=desk.files())
    storm.look()
    desk.now = utc_now()
    desk.act(OPERATOR, Act.CHECK).act(OPERATOR, Act.CLOSE, text="积水已退", condition="积水消退")
    pours(world, 0, 0, 0)
    world.connection.execute("UPDATE reading_latest SET value = 999")
    engine.dispose()

    for at, region, shown in storm.seen:
        told = leaves(asked(api, at, region))
        differs = {path: (value, told[path]) for path, value in leaves(shown).items() if told[path] != value}
        assert differs == {}, (at, region)
    times = {"start": storm.seen[0][0].isoformat(), "end": utc_now().isoformat()}
    marks = api.get("/api/v1/state/timeline", params=times).json()["marks"]
    assert [one["kind"] for one in marks if one["kind"] != "most"] == ["first_orange", "first_red", "red_over"]
    reds = [shown["alarms"]["red"] for _, region, shown in storm.seen if region == "440100"]
    assert reds == [0, 0, 2, 1, 0]


def test_of_a_time_whose_readings_are_gone_sums_by_five_minutes_are_told(world: World, api: httpx.Client) -> None:
    world.device("WL-1")
    world.device("WL-2", region=HAIZHU)
    world.connection.execute("UPDATE device SET registered_at = now() - interval '9 days'")
    world.connection.execute("UPDATE device_state SET since = now() - interval '9 days'")
    bucket = datetime.fromtimestamp(world.ago(7200).timestamp() // 300 * 300, UTC)
    for device, after_s, depth in (("WL-1", 10, 31), ("WL-1", 70, 33), ("WL-2", 130, 8)):
        world.says(device, "water_depth", depth, bucket + timedelta(seconds=after_s))
    world.connection.execute("DELETE FROM reading")
    world.says("WL-1", "water_depth", 1, world.ago(10))
    at = bucket + timedelta(seconds=400)

    told = asked(api, at)

    [depth] = [one for one in told["metrics"] if one["code"] == "water_depth"]
    assert (depth["value"], depth["freshness"], depth["expected"]) == (33, depth["freshness"], 2)
    assert {one["code"]: one["value"] for one in depth["regions"] if one["value"]} == {"440106": 33, "440105": 8}
    assert (told["replay"]["kept"], told["replay"]["resolution_s"]) == ("rollups", 300)
    assert told["warnings"]["red"] is None
    assert told["platform"]["received"] is None
    assert "warnings" in {one["field"] for one in told["replay"]["lacking"]}


def test_only_what_was_and_is_kept_can_be_asked_for_by_displays_too(
    world: World, api: httpx.Client, migrated_database: str
) -> None:
    def answer(at: datetime, **headers: str) -> httpx.Response:
        return api.get("/api/v1/state", params={"at": at.isoformat()}, headers=headers)

    world.says(world.device("WL-1"), "water_depth", 5, world.ago(600))
    assert answer(world.ago(-3600)).status_code == 422
    gone = answer(world.ago(86400))
    assert (gone.status_code, "goes back to" in gone.json()["detail"]) == (410, True)
    display = token_of(migrated_database, Subject("wall-1", Role.WALL_DISPLAY, WHOLE_CITY))
    assert answer(world.ago(60), Authorization=f"Bearer {display}").status_code == 200
