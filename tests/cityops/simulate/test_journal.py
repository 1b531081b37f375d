"""The journal: what was sent is counted once each, repeats apart, and kept only where it is asked for."""

from pathlib import Path

import orjson
import pytest

from cityops.domain.rejects import Reason
from cityops.simulate.journal import Journal
from cityops.simulate.messages import Message, Reading
from cityops.wire.events import EventItem

READING: Reading = {"device": "WL-1", "ts": 5, "values": {"water_depth": 1.0, "battery_voltage": 3.6}}
STEP = EventItem(
    external_id="E1",
    sequence=3,
    event_class="road_ponding",
    status="filed",
    title="道路积水",
    region="440106013",
    occurred_at=1,
    status_at=2,
)


def readings(*, repeat: bool = False, reason: Reason | None = None, carried: bool = True) -> Message:
    held = (READING,) if carried else ()
    return Message(1, "cityops/v1/readings/water-logging/WL-1", b"{}", held, repeat=repeat, reason=reason)


def steps(*, repeat: bool = False) -> Message:
    return Message(1, "cityops/v1/events/grid-officer", b"{}", steps=(STEP,), repeat=repeat)


def recorded(*messages: Message, keep: bool) -> Journal:
    journal = Journal(keep=keep)
    for message in messages:
        journal.record(message)
    return journal


def test_an_empty_journal_has_every_count_at_nothing() -> None:
    counts = Journal().counts()
    assert counts.pop("rejects") == {}
    assert set(counts.values()) == {0}
    assert len(counts) == 8


def test_a_value_of_a_metric_is_a_reading_and_a_repeat_is_none() -> None:
    journal = recorded(readings(), readings(repeat=True), steps(), steps(repeat=True), steps(repeat=True), keep=True)
    assert journal.counts() | {"rejects": None} == {
        "messages": 5,
        "unacknowledged": 0,
        "undelivered": 0,
        "unique_readings": 2,
        "repeated_readings": 2,
        "unique_steps": 1,
        "repeated_steps": 2,
        "indicator_values": 0,
        "rejects": None,
    }
    assert journal.readings == {("WL-1", "water_depth", 5): 1.0, ("WL-1", "battery_voltage", 5): 3.6}
    assert journal.steps == {("grid-officer", "E1", 3): "filed"}


def test_what_will_be_refused_is_counted_by_its_reason_in_order_of_name() -> None:
    refused = [readings(reason=one, carried=False) for one in (Reason.BAD_TIME, Reason.BAD_JSON, Reason.BAD_TIME)]
    journal = recorded(*refused, keep=True)
    assert list(journal.counts()["rejects"].items()) == [("bad_json", 1), ("bad_time", 2)]
    assert (journal.messages, journal.unique_readings, journal.readings) == (3, 0, {})


@pytest.mark.parametrize("keep", [True, False])
def test_it_is_written_as_json_with_what_it_kept_in_order(tmp_path: Path, keep: bool) -> None:
    journal = recorded(readings(), steps(), keep=keep)
    journal.unacknowledged = 1
    journal.write(tmp_path / "journal.json")
    written = orjson.loads((tmp_path / "journal.json").read_bytes())
    kept = (
        [["WL-1", "battery_voltage", 5, 3.6], ["WL-1", "water_depth", 5, 1.0]],
        [["grid-officer", "E1", 3, "filed"]],
    )
    assert (written.pop("readings"), written.pop("steps")) == (kept if keep else ([], []))
    assert written == journal.counts()
    assert written["unacknowledged"] == 1
