"""Devices as they are read: warnings by the same rule as `Metric.warning`, lists by filter and page, raw readings."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from cityops import reference
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY
from cityops.domain.freshness import DeviceState
from cityops.store import device_states, devices, registry
from cityops.store.devices import DeviceFilter, Onset
from cityops.store.engine import make_engine, reading
from factories.world import World

KINDS = {
    "water_depth": "waterlogging",
    "cover_clearance": "manhole_cover",
    "river_level_above_warning": "river_level",
}
METRICS = [metric for metric in reference.metrics() if metric.code in KINDS]


def test_the_database_compares_a_value_as_it_is_shown(migrated_database: str, world: World) -> None:
    """Around each threshold, as 32-bit floats: itself, and up to a step of the last digit that is shown beside it."""
    expected = {}
    for metric in METRICS:
        thresholds = [level for level in (metric.blue, metric.yellow, metric.orange, metric.red) if level is not None]
        for threshold in (*thresholds, -0.04):
            for steps in (-1, -0.5, -0.4, 0, 0.4, 0.5):
                value = float(np.float32(threshold + steps / 10**metric.decimals))
                code = world.device(f"{metric.code} {threshold} {steps}", KINDS[metric.code])
                world.says(code, metric.code, value, world.ago(1))
                expected[code] = int(metric.warning(value))
    engine = make_engine(migrated_database)
    with reading(engine, WHOLE_CITY) as connection:
        found = devices.page(connection, DeviceFilter(), utc_now(), "", 1000)
    engine.dispose()
    assert {one["code"]: one["warning"] for one in found} == expected
    assert set(expected.values()) == {0, 1, 2, 3, 4}


HAIZHU = "440105001"


@pytest.fixture
def four(world: World) -> World:
    """Give devices of two districts and three kinds: one well, one that warns, one that runs ahead, one silent."""
    world.says(world.device("WL-1"), "water_depth", 1, world.ago(5))
    world.says(world.device("wl-2", region=HAIZHU, name="百分之50%_点"), "water_depth", 40, world.ago(5))
    world.says(world.device("AIR-1", "air"), "pm25", 9, world.ago(-300), received_at=world.ago(5))
    world.device("G-1", "gas", region=HAIZHU)
    device_states.look(world.connection, world.now)
    return world


def found(connection: Connection, world: World, wanted: DeviceFilter) -> set[str]:
    return {one["code"] for one in devices.page(connection, wanted, world.now, "", 100)}


EACH = [
    (DeviceFilter(), {"WL-1", "wl-2", "AIR-1", "G-1"}),
    (DeviceFilter(region="440100"), {"WL-1", "wl-2", "AIR-1", "G-1"}),
    (DeviceFilter(region="440105"), {"wl-2", "G-1"}),
    (DeviceFilter(region=HAIZHU), {"wl-2", "G-1"}),
    (DeviceFilter(region="440105002"), set[str]()),
    (DeviceFilter(kind="gas"), {"G-1"}),
    (DeviceFilter(source="water-logging"), {"WL-1", "wl-2"}),
    (DeviceFilter(state=DeviceState.ONLINE), {"WL-1", "wl-2", "AIR-1"}),
    (DeviceFilter(state=DeviceState.NEVER), {"G-1"}),
    (DeviceFilter(state=DeviceState.SILENT), set[str]()),
    (DeviceFilter(warning=1), {"wl-2"}),
    (DeviceFilter(warning=4), {"wl-2"}),
    (DeviceFilter(clock_ahead=True), {"AIR-1"}),
    (DeviceFilter(clock_ahead=False), {"WL-1", "wl-2", "G-1"}),
    (DeviceFilter(text="WL"), {"WL-1", "wl-2"}),
    (DeviceFilter(text="设备"), {"WL-1", "AIR-1", "G-1"}),
    (DeviceFilter(text="百分之50%_"), {"wl-2"}),
    (DeviceFilter(text="%"), set[str]()),
    (DeviceFilter(text="_"), set[str]()),
    (DeviceFilter(region="440105", kind="waterlogging", state=DeviceState.ONLINE, warning=2), {"wl-2"}),
]


def test_a_filter_finds_what_it_says(four: World, reader: Connection) -> None:
    assert [(wanted, found(reader, four, wanted)) for wanted, _ in EACH] == EACH


def test_who_is_silent_warns_of_nothing(four: World, reader: Connection) -> None:
    [row] = devices.page(reader, DeviceFilter(kind="waterlogging", region="440105"), four.ago(-355), "", 9)
    assert (row["warning"], row["freshness"]) == (4, "late")
    [row] = devices.page(reader, DeviceFilter(kind="waterlogging", region="440105"), four.ago(-356), "", 9)
    assert (row["warning"], row["freshness"], row["latest"]) == (0, "silent", {"water_depth": 40})
    assert devices.page(reader, DeviceFilter(warning=1), four.ago(-356), "", 9) == []


def test_one_device_is_told_as_in_the_list(four: World, reader: Connection) -> None:
    rows = devices.page(reader, DeviceFilter(), four.now, "", 100)
    assert [devices.one(reader, row["code"], four.now) for row in rows] == list(rows)
    assert [devices.one(reader, code, four.now) for code in ("", "WL", "wl-1", "nobody")] == [None] * 4


def test_a_clock_that_runs_ahead_does_not_make_a_device_seen_tomorrow(four: World, reader: Connection) -> None:
    row = devices.one(reader, "AIR-1", four.now)
    assert row is not None
    assert row["last_seen"] == four.ago(5)
    assert float(row["clock_ahead_s"]) == pytest.approx(305)


def test_of_a_device_that_never_spoke_nothing_is_known(four: World, reader: Connection) -> None:
    row = devices.one(reader, "G-1", four.now)
    assert row is not None
    told = row["last_seen"], row["latest"], row["warning"], row["freshness"], row["state"]
    assert told == (None, {}, 0, "silent", "never")


def test_pages_of_any_size_are_the_list_in_order_of_code(four: World, reader: Connection) -> None:
    whole = [row["code"] for row in devices.page(reader, DeviceFilter(), four.now, "", 100)]
    for size in (1, 2, 3, 4, 5):
        walked: list[str] = []
        while rows := devices.page(reader, DeviceFilter(), four.now, walked[-1] if walked else "", size):
            assert len(rows) <= size
            walked += [row["code"] for row in rows]
        assert walked == whole


def ids(world: World, *codes: str) -> list[int]:
    by_code = {one.code: one.id for one in registry.devices(world.connection)}
    return [by_code[code] for code in codes]


def test_devices_are_named_by_id_with_their_kind(four: World, reader: Connection) -> None:
    [number] = ids(four, "wl-2")
    named = ("wl-2", "百分之50%_点", "内涝监测点", "Waterlogging monitor")
    assert devices.names(reader, [number, 2**30]) == {number: named}
    assert devices.names(reader, []) == {}
    assert (devices.id_of(reader, "wl-2"), devices.id_of(reader, "nobody")) == (number, None)


def test_raw_readings_come_oldest_first_and_the_end_is_not_of_the_period(four: World, reader: Connection) -> None:
    for minute in range(5):
        four.says("AIR-1", "no2", minute, four.ago(3600 - 60 * minute))
    start, end = four.ago(3600), four.ago(3600 - 240)

    def values(device: str = "AIR-1", metric: str | None = None, limit: int = 99) -> list[float]:
        return [one.value for one in devices.readings(reader, device, metric, start, end, limit)]

    assert values() == values(metric="no2") == [0, 1, 2, 3]
    assert values(limit=2) == [0, 1]
    assert values(metric="pm25") == values(metric="nothing") == values("nobody") == values("G-1") == []
    [one] = devices.readings(reader, "AIR-1", None, start, start + timedelta(seconds=1), 9)
    assert (one.ts, one.metric, one.quality) == (start, "no2", 0)


DEPTHS = {0: 0, 5: 1, 16: 2, 27: 3, 99: 4}
"""Water depths with their levels."""


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(depths=st.lists(st.sampled_from(sorted(DEPTHS)), max_size=8), level=st.integers(1, 4), cut=st.integers(0, 4))
def test_a_warning_stands_since_the_first_reading_of_its_unbroken_run(
    depths: Sequence[int], level: int, cut: int, world: World, reader: Connection
) -> None:
    """Held against a walk back from the newest; readings before the cut are not looked at."""
    world.device("WL-1")
    [device] = ids(world, "WL-1")
    [series] = registry.series_ids(world.connection, [device]).values()
    world.connection.execute("DELETE FROM reading")
    moments = [world.ago(6000 - 60 * number) for number in range(len(depths))]
    with world.connection.cursor() as cursor:
        rows = [(moment, series, depth) for moment, depth in zip(moments, depths, strict=True)]
        cursor.executemany("INSERT INTO reading (ts, series_id, value, quality) VALUES (%s, %s, %s, 0)", rows)
    run = len(depths)
    while run > cut and DEPTHS[depths[run - 1]] >= level:
        run -= 1
    expected = {series: Onset(moments[run], run > cut)} if run < len(depths) else {}
    assert devices.onsets(reader, {series: level}, world.ago(6000 - 60 * cut + 1)) == expected
