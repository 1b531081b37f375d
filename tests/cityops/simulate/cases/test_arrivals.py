"""Cases: plausible, in the right street, and the same whichever way they are computed."""

from datetime import datetime

import numpy as np
import pytest

from cityops import reference
from cityops.domain.events.reported import TITLE_LIMIT
from cityops.domain.events.status import Severity, Stage, Status
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import district_of
from cityops.simulate.cases import mix, phrases
from cityops.simulate.cases.arrivals import DAILY, LIVELY, Arrivals, Cases, arriving
from cityops.simulate.faults import Faults
from cityops.simulate.fleet import fleet
from cityops.simulate.sites import sites_of
from cityops.simulate.streets import districts
from cityops.wire.events import EventItem

SEED = 20
MIDNIGHT = datetime(2026, 11, 24, tzinfo=CITY_ZONE).timestamp()
Key = tuple[str, str, int]


def sent(arrivals: Arrivals, hours: int, windows: int) -> dict[Key, EventItem]:
    devices = fleet(600, SEED)
    start_ms = int(MIDNIGHT * 1000)
    cases = Cases(arrivals, SEED, start_ms, None, devices, sites_of(devices, SEED))
    found: dict[Key, EventItem] = {}
    for window in range(1, windows + 1):
        for message in cases.due(start_ms + hours * 3_600_000 * window // windows):
            found |= {(message.topic, item.external_id, item.sequence): item for item in message.steps}
    return found


def ms(moment: float | datetime) -> int:
    assert isinstance(moment, int)
    return moment


def by_case(items: dict[Key, EventItem]) -> dict[str, list[EventItem]]:
    cases: dict[str, list[EventItem]] = {}
    for item in sorted(items.values(), key=lambda item: item.sequence):
        cases.setdefault(item.external_id, []).append(item)
    return cases


def test_many_small_windows_and_one_large_one_send_the_same_steps() -> None:
    assert sent(LIVELY, hours=2, windows=1) == sent(LIVELY, hours=2, windows=240)


def test_a_case_is_the_same_wherever_the_run_begins() -> None:
    whole = list(arriving(DAILY, SEED, MIDNIGHT, MIDNIGHT + 7200))
    later = list(arriving(DAILY, SEED, MIDNIGHT + 3600, MIDNIGHT + 7200))
    assert later
    assert later == whole[-len(later) :]


def test_a_day_brings_the_number_asked_for_mostly_by_day() -> None:
    cases = [steps[0] for steps in by_case(sent(DAILY, hours=24, windows=1)).values()]
    hours = np.array([(ms(case.occurred_at) / 1000 - MIDNIGHT) / 3600 for case in cases])
    assert len(cases) == pytest.approx(1500, rel=0.1)
    assert np.mean((hours > 8) & (hours < 21)) > 0.7
    shares = {severity: np.mean([case.severity == severity for case in cases]) for severity in Severity}
    assert shares[Severity.NORMAL] > 0.75
    assert 0.005 < shares[Severity.CRITICAL] < 0.06


def test_each_case_runs_from_report_to_closing_without_a_gap() -> None:
    cases = by_case(sent(LIVELY, hours=3, windows=1))
    for steps in cases.values():
        assert [step.sequence for step in steps] == list(range(len(steps)))
        assert steps[0].status == Status.REPORTED
        times = [ms(step.status_at) for step in steps]
        assert times == sorted(times)
        assert all(Status(step.status).stage is not Stage.CLOSED for step in steps[:-1])
    ends = {steps[-1].status for steps in cases.values()}
    assert {Status.CLOSED, Status.VOID, Status.MERGED} <= ends


def test_texts_fit_and_places_lie_in_the_region_named() -> None:
    found = {district.region.code: district for district in districts(SEED)}
    classes = {row["code"] for row in reference.rows("event_classes")}
    for steps in by_case(sent(DAILY, hours=24, windows=1)).values():
        case = steps[0]
        assert case.event_class in classes
        assert len(case.title) <= TITLE_LIMIT
        assert case.lon is not None
        assert case.lat is not None
        district = found[district_of(case.region)]
        point = np.array([[case.lon, case.lat]])
        assert district.contains(point)[0]
        assert district.codes[district.nearest(point)[0]] == case.region


def test_every_class_has_titles_and_every_district_has_roads() -> None:
    assert set(phrases.TITLES) == {row["code"] for row in reference.rows("event_classes")}
    assert set(phrases.ROADS) == {district.region.code for district in districts(SEED)}
    sources = {row["code"] for row in reference.rows("source_systems") if row["carries"] == "events"}
    assert set(mix.SOURCES) == sources


def test_repeats_and_malformed_steps_are_marked() -> None:
    start_ms = int(MIDNIGHT * 1000)
    cases = Cases(LIVELY, SEED, start_ms, Faults(duplicate=0.3, malformed=0.3))
    messages = [m for minute in range(180) for m in cases.due(start_ms + minute * 60_000)]
    sound = [m for m in messages if not m.repeat and m.reason is None]
    assert 0.2 < sum(m.repeat for m in messages) / len(sound) < 0.4
    assert 0.2 < sum(m.reason is not None for m in messages) / len(sound) < 0.4
    assert all(not m.steps for m in messages if m.reason)
