"""What is exported: cases with when they reached each stage, devices as in lists, and no citizen's description."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from cityops import reference
from cityops.domain.events.status import Stage, Status
from cityops.store import devices, exports
from cityops.store.devices import DeviceFilter
from cityops.store.events.queries import EventFilter
from factories.world import World

HAIZHU = "440105001"


def events(connection: Connection, wanted: EventFilter | None = None) -> list[dict[str, Any]]:
    return [dict(row) for row in exports.events(connection, wanted or EventFilter())]


def reached(connection: Connection) -> dict[str, datetime | None]:
    [row] = events(connection)
    return {stage.value: row[f"{stage.value}_at"] for stage in Stage}


def test_nothing_is_exported_of_an_empty_store(reader: Connection, world: World) -> None:
    assert events(reader) == []
    assert list(exports.devices(reader, DeviceFilter(), world.now)) == []


def test_a_case_is_told_without_what_a_citizen_said(world: World, reader: Connection) -> None:
    world.case(title="燃气味", external_id="T-9", at=world.ago(60))
    [row] = events(reader)
    assert "description" not in row
    assert "13800000000" not in str(row)
    assert (row["source"], row["external_id"], row["title"]) == ("hotline-12345", "T-9", "燃气味")
    assert (row["status"], row["occurred_at"]) == ("reported", world.ago(60))


def test_every_status_reaches_the_stage_that_it_belongs_to(world: World, reader: Connection) -> None:
    for status in Status:
        world.case(status.value, at=world.ago(60), external_id=status.value)
    assert {row["external_id"]: [stage for stage in Stage if row[f"{stage.value}_at"]] for row in events(reader)} == {
        status.value: [status.stage] for status in Status
    }


def test_a_stage_was_reached_when_its_first_step_was_taken(world: World, reader: Connection) -> None:
    steps = ("reported", "accepted", "dispatched", "processing", "dispatched", "done", "closed", "archived")
    start = world.ago(3600)
    world.case(*steps, at=start)
    minute = timedelta(minutes=1)
    assert reached(reader) == {
        "found": start,
        "dispatched": start + 2 * minute,
        "handling": start + 3 * minute,
        "closed": start + 6 * minute,
    }


def test_a_stage_that_was_left_out_was_not_reached(world: World, reader: Connection) -> None:
    world.case("reported", "void", at=world.ago(600))
    assert [stage for stage, at in reached(reader).items() if at is None] == ["dispatched", "handling"]


def test_steps_of_other_cases_are_not_mixed_in(world: World, reader: Connection) -> None:
    world.case("reported", "closed", at=world.ago(600), external_id="closed")
    world.case("reported", at=world.ago(300), external_id="open")
    assert {row["external_id"]: row["closed_at"] is None for row in events(reader)} == {"closed": False, "open": True}


def test_cases_come_newest_first_and_by_filter(world: World, reader: Connection) -> None:
    for number, region in enumerate((HAIZHU, "440106013", HAIZHU)):
        world.case(external_id=f"T{number}", region=region, at=world.ago(100 * number))
    assert [row["external_id"] for row in events(reader)] == ["T0", "T1", "T2"]
    assert [row["external_id"] for row in events(reader, EventFilter(region="440105"))] == ["T0", "T2"]
    assert [row["external_id"] for row in events(reader, EventFilter(start=world.ago(150)))] == ["T0", "T1"]


def test_devices_are_those_of_the_list_page_by_page(world: World, reader: Connection) -> None:
    for number in range(5):
        world.says(world.device(f"WL-{number}", region=HAIZHU), "water_depth", number, world.ago(1))
    world.device("G-1", "gas")
    for wanted in (DeviceFilter(), DeviceFilter(kind="gas"), DeviceFilter(region="440105"), DeviceFilter(text="x")):
        exported = [dict(row) for row in exports.devices(reader, wanted, world.now)]
        assert exported == [dict(row) for row in devices.page(reader, wanted, world.now, "", 100)]


def test_sources_are_called_by_both_names(reader: Connection) -> None:
    names = exports.source_names(reader)
    assert names == {row["code"]: (row["name_zh"], row["name_en"]) for row in reference.rows("source_systems")}
