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
