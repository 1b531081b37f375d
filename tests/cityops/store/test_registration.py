"""Registration in bulk: each row is added, changed, left alone or refused to move, and said to be so by its line."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops import reference
from cityops.domain.channels import Channel, ChannelState
from cityops.domain.devices import Device
from cityops.store import registration
from cityops.store.engine import connect
from cityops.store.registration import Registration, importing_channels, importing_devices
from factories.world import World

TIANHE, HAIZHU = "440106013", "440105001"
METRICS_OF = {kind.code: kind.metrics for kind in reference.device_kinds()}
WL = Device("WL-1", "waterlogging", "内涝点 001", "water-logging", TIANHE, 113.33, 23.12, 60)
AIR = Device("AIR-1", "air", "空气站 001", "eco-air", HAIZHU, 113.31, 23.09, 60)
GATE = Channel("44010600001320000001", "体育西路口", "video-share", TIANHE, 113.33, 23.12, ChannelState.ONLINE)

Outcomes = list[tuple[int, str, str]]


def register(world: World, *devices: Device, first_line: int = 1) -> tuple[Registration, Outcomes]:
    with importing_devices(world.connection) as opened:
        opened.stage(enumerate(devices, first_line))
        return opened.merge(METRICS_OF), list(opened.outcomes())


def register_channels(world: World, *channels: Channel) -> Registration:
    with importing_channels(world.connection) as opened:
        opened.stage(enumerate(channels, 1))
        return opened.merge({})


def kept(world: World) -> list[Device]:
    columns = "code, kind, name_zh, source_system_code, region_code, lon, lat, expected_interval_s"
    rows = world.connection.execute(f'SELECT {columns} FROM device ORDER BY code COLLATE "C"')
    return [Device(*row) for row in rows]


def test_a_file_without_rows_changes_nothing(world: World) -> None:
    assert register(world) == (Registration(0, 0, 0, ()), [])


def test_new_devices_are_added_with_their_series_and_have_never_spoken(world: World) -> None:
    result, outcomes = register(world, WL, AIR, first_line=2)
    assert (result, outcomes) == (Registration(2, 0, 0, ()), [(2, "WL-1", "added"), (3, "AIR-1", "added")])
    assert kept(world) == [AIR, WL]
    series = world.connection.execute(
        "SELECT device.code, array_agg(metric.code) FROM series JOIN device ON device.id = device_id"
        " JOIN metric ON metric.id = metric_id GROUP BY 1"
    ).fetchall()
    assert {code: set(metrics) for code, metrics in series} == {
        one.code: set(METRICS_OF[one.kind]) for one in (WL, AIR)
    }
    assert world.connection.execute("SELECT DISTINCT state FROM device_state").fetchall() == [("never",)]


FREE: list[Callable[[Device], Device]] = [
    lambda one: replace(one, name_zh="改名"),
    lambda one: replace(one, lon=113.5),
    lambda one: replace(one, lat=22.9),
    lambda one: replace(one, expected_interval_s=300),
]
FIXED: list[Callable[[Device], Device]] = [
    lambda one: replace(one, kind="gas"),
    lambda one: replace(one, source_system_code="gas-monitor"),
    lambda one: replace(one, region_code=HAIZHU),
]


def test_name_place_and_interval_may_change(world: World) -> None:
    register(world, WL)
    one = WL
    for change in FREE:
        one = change(one)
        assert register(world, one) == (Registration(0, 1, 0, ()), [(1, "WL-1", "updated")])
        assert kept(world) == [one]


def test_what_its_readings_were_summed_under_stays_and_nothing_else_of_the_row_is_taken(world: World) -> None:
    register(world, WL)
    for number, change in enumerate(FIXED):
        moved, new = replace(change(WL), name_zh="改名", lon=113.5), replace(AIR, code=f"AIR-{number}")
        assert register(world, moved, new) == (
            Registration(1, 0, 0, ("WL-1",)),
            [(1, "WL-1", "moved"), (2, new.code, "added")],
        )
        assert kept(world)[-1] == WL


def test_a_metric_that_a_kind_has_got_since_is_added_to_devices_that_are_there(world: World) -> None:
    with importing_devices(world.connection) as opened:
        opened.stage([(1, WL)])
        opened.merge({"waterlogging": ()})
    count = "SELECT count(*) FROM series"
    assert world.connection.execute(count).fetchone() == (0,)
    register(world, WL)
    assert world.connection.execute(count).fetchone() == (len(METRICS_OF["waterlogging"]),)
    register(world, WL)
    assert world.connection.execute(count).fetchone() == (len(METRICS_OF["waterlogging"]),)


_devices = st.builds(
    Device,
    code=st.sampled_from(["A", "B", "C", "设备"]),
    kind=st.just("waterlogging"),
    name_zh=st.sampled_from(["甲", "乙", "\\N", "a\tb\nc"]),
    source_system_code=st.just("water-logging"),
    region_code=st.sampled_from([TIANHE, HAIZHU]),
    lon=st.sampled_from([113.1, 113.2]),
    lat=st.just(23.0),
    expected_interval_s=st.sampled_from([60, 300]),
)
_files = st.lists(st.lists(_devices, max_size=4, unique_by=lambda one: one.code), max_size=5)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=_files)
def test_whatever_files_come_the_register_is_what_one_by_one_would_leave(
    files: Sequence[Sequence[Device]], world: World
) -> None:
    with world.connection.transaction(force_rollback=True):
        expected: dict[str, Device] = {}
        for file in files:
            judged = {}
            for one in file:
                before = expected.get(one.code)
                is_moved = before is not None and before.region_code != one.region_code
                judged[one.code] = (
                    "added"
                    if before is None
                    else "moved"
                    if is_moved
                    else "unchanged"
                    if before == one
                    else "updated"
                )
                if before is None or not is_moved:
                    expected[one.code] = one
            result, outcomes = register(world, *file)
            assert outcomes == [(line, one.code, judged[one.code]) for line, one in enumerate(file, 1)]
            counted = [list(judged.values()).count(name) for name in ("added", "updated", "unchanged")]
            assert [result.added, result.updated, result.unchanged] == counted
            assert set(result.moved) == {code for code, name in judged.items() if name == "moved"}
            world.connection.execute("DROP TABLE incoming")  # ends with the transaction, of which this is only a part
        assert kept(world) == [expected[code] for code in sorted(expected)]


def test_a_code_that_stands_twice_in_a_file_refuses_all_of_it(world: World) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        register(world, AIR, WL, replace(WL, lon=113.5))
    assert kept(world) == []


def test_what_the_reference_data_does_not_know_refuses_all_of_it(world: World) -> None:
    for change in ({"kind": "toaster"}, {"source_system_code": "x"}, {"region_code": "110101001"}):
        stranger = replace(WL, **change)  # type: ignore[arg-type]  # these fields are texts
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            register(world, AIR, stranger)
    assert kept(world) == []


def test_one_import_at_a_time(world: World, migrated_database: str) -> None:
    with connect(migrated_database, "other") as other, importing_devices(world.connection):
        other.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable), importing_channels(other):
            pass
    with connect(migrated_database, "other") as other, importing_channels(other):
        pass


def state_of(world: World, code: str) -> tuple[object, ...] | None:
    return world.connection.execute("SELECT state, lon, lat FROM video_channel WHERE code = %s", [code]).fetchone()


def test_a_channel_may_change_in_everything_but_its_code(world: World) -> None:
    assert register_channels(world, GATE) == Registration(1, 0, 0, ())
    moved = replace(GATE, region_code=HAIZHU, name_zh="海印桥", state=ChannelState.OFFLINE)
    assert register_channels(world, moved) == Registration(0, 1, 0, ())
    assert register_channels(world, moved) == Registration(0, 0, 1, ())


def test_a_file_that_says_nothing_of_state_or_place_leaves_them(world: World) -> None:
    register_channels(world, GATE)
    silent = replace(GATE, state=None, lon=None, lat=None)
    assert register_channels(world, silent) == Registration(0, 0, 1, ())
    assert state_of(world, GATE.code) == ("online", 113.33, 23.12)


def test_of_a_new_channel_nothing_is_known_where_the_file_is_silent(world: World) -> None:
    register_channels(world, replace(GATE, state=None, lon=None, lat=None))
    assert state_of(world, GATE.code) == ("unknown", None, None)


def test_a_state_is_dated_when_it_changes_and_not_when_something_else_does(world: World) -> None:
    since = "SELECT state_since FROM video_channel"
    register_channels(world, GATE)
    world.connection.execute("UPDATE video_channel SET state_since = '2026-01-01Z'")
    before = world.connection.execute(since).fetchone()
    register_channels(world, replace(GATE, name_zh="改名"))
    assert world.connection.execute(since).fetchone() == before
    register_channels(world, replace(GATE, state=ChannelState.OFFLINE))
    assert world.connection.execute(since).fetchone() != before


def test_a_row_may_name_the_codes_that_are_declared(world: World) -> None:
    sources = reference.rows("source_systems")
    for carries in ("readings", "events", "video", "nothing"):
        known = registration.registrable(world.connection, carries)
        assert known.sources == {row["code"] for row in sources if row["carries"] == carries}
        assert known.kinds == set(METRICS_OF)
        assert (len(known.streets), known.streets_by_place) == (176, False)
    assert registration.registrable(world.connection, "readings", streets_by_place=True).streets_by_place
