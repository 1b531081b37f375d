"""The registry on a real database: added, updated, left alone, and never moved to another street."""

from dataclasses import replace

import psycopg

from cityops import reference
from cityops.store import registry
from cityops.store.registration import Registration
from fixtures.ingest import DEVICES

METRICS_OF = {kind.code: kind.metrics for kind in reference.device_kinds()}


def test_registering_again_changes_nothing(database: psycopg.Connection) -> None:
    result = registry.register(database, DEVICES, METRICS_OF)
    assert result == Registration(added=0, updated=0, unchanged=len(DEVICES), moved=())


def test_a_device_brings_the_series_of_its_kind(database: psycopg.Connection) -> None:
    rows = database.execute(
        "SELECT metric.code FROM series JOIN device ON device.id = device_id JOIN metric ON metric.id = metric_id"
        " WHERE device.code = 'AIR-1'"
    )
    assert {row[0] for row in rows} == set(METRICS_OF["air"])


def test_place_and_interval_may_change(database: psycopg.Connection) -> None:
    result = registry.register(database, [replace(DEVICES[0], lon=113.4, expected_interval_s=30)], METRICS_OF)
    assert (result.added, result.updated, result.unchanged) == (0, 1, 0)
    row = database.execute("SELECT lon, expected_interval_s FROM device WHERE code = 'WL-1'").fetchone()
    assert row == (113.4, 30)


def test_a_device_does_not_move_to_another_street_under_its_rollups(database: psycopg.Connection) -> None:
    moved = replace(DEVICES[0], region_code="440105001")
    new = replace(DEVICES[1], code="WL-NEW")
    result = registry.register(database, [moved, new], METRICS_OF)
    assert (result.moved, result.added) == (("WL-1",), 1)
    row = database.execute("SELECT region_code FROM device WHERE code = 'WL-1'").fetchone()
    assert row == (DEVICES[0].region_code,)


def test_devices_are_known_by_code_and_a_stranger_is_not(database: psycopg.Connection) -> None:
    known = {one.code: one for one in registry.devices(database)}
    assert set(known) == {device.code for device in DEVICES}
    asked = registry.devices(database, ["WL-1", "AIR-1", "nobody", "", "WL-1\0", "水"])
    assert {one.code for one in asked} == {"WL-1", "AIR-1"}
    assert {one.source for one in asked} == {"water-logging", "eco-air"}
    assert registry.devices(database, []) == []


def test_a_device_is_summed_under_its_street(database: psycopg.Connection) -> None:
    rows = database.execute("SELECT id, code FROM region WHERE level = 'street'").fetchall()
    street: dict[int, str] = dict(rows)
    assert {one.code: street[one.region_id] for one in registry.devices(database)} == {
        device.code: device.region_code for device in DEVICES
    }


def test_metrics_are_known_with_the_range_that_stands_now(database: psycopg.Connection) -> None:
    database.execute("UPDATE metric SET valid_max = 7 WHERE code = 'water_depth'")
    known = {one.code: (one.valid_min, one.valid_max) for one in registry.metrics(database)}
    expected = {metric.code: (metric.valid_min, metric.valid_max) for metric in reference.metrics()}
    assert known == expected | {"water_depth": (expected["water_depth"][0], 7)}


def test_a_series_is_made_once(database: psycopg.Connection) -> None:
    [device] = registry.devices(database, ["WL-1"])
    [metric] = [one.id for one in registry.metrics(database) if one.code == "pm25"]
    assert (device.id, metric) not in registry.series_ids(database, [device.id])
    made = registry.add_series(database, device.id, metric)
    assert registry.add_series(database, device.id, metric) == made
    assert registry.series_ids(database, [device.id])[device.id, metric] == made
    assert registry.series_ids(database, []) == {}


def test_a_record_may_name_what_is_declared(database: psycopg.Connection) -> None:
    sources, classes, regions = registry.codes(database)
    assert sources == {row["code"]: row["carries"] for row in reference.rows("source_systems")}
    assert classes == {row["code"] for row in reference.rows("event_classes")}
    assert regions == {region.code for region in reference.regions()} - {reference.CITY_CODE}
