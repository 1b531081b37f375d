"""Outages: hundreds of silent devices are one fact, and single deaths are none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.freshness import DeviceState
from cityops.domain.outages import DeviceTally, Outage, counted, outages

CITY = "440100"
AT = datetime(2026, 11, 23, 6, 3, tzinfo=UTC)


def tally(
    devices: int,
    state: str = "online",
    *,
    district: str = "440106",
    source: str = "water-logging",
    kind: str = "waterlogging",
    minutes: int = 0,
) -> DeviceTally:
    since = AT + timedelta(minutes=minutes) if state == "silent" else None
    return DeviceTally(district, source, kind, DeviceState(state), since, devices)


def told(*tallies: DeviceTally) -> list[tuple[str, str | None, str | None, int, int]]:
    return [(o.region_code, o.source, o.kind, o.devices, o.silent) for o in outages(tallies, CITY)]


OTHERS = [tally(500, district="440106", source="eco-air", kind="air"), tally(80, district="440105")]


def test_a_source_that_falls_silent_in_a_district_is_one_fact() -> None:
    tallies = [*OTHERS, tally(18), tally(400, "silent"), tally(12, "silent", minutes=-90_000), tally(9, "never")]
    assert told(*tallies) == [("440106", "water-logging", None, 430, 412)]
    [outage] = outages(tallies, CITY)
    assert outage.since == AT
    assert outage.in_english("Tianhe", "Waterlogging monitor") == (
        "Tianhe, Waterlogging monitor: 412 of 430 devices silent since 11-23 14:03"
    )


def test_half_is_not_most_and_few_are_no_group() -> None:
    assert told(*OTHERS, tally(50), tally(50, "silent")) == []
    assert told(*OTHERS, tally(4, "silent")) == []


def test_devices_that_died_one_by_one_are_no_outage() -> None:
    assert told(*OTHERS, tally(5), *(tally(1, "silent", minutes=-1_000 * n) for n in range(40))) == []


def test_a_district_covers_its_sources_and_a_source_its_kinds() -> None:
    both = [tally(90, "silent"), tally(60, "silent", source="eco-air", kind="air")]
    assert told(*both) == [("440106", None, None, 150, 150)]
    kinds = [*OTHERS, tally(90, "silent", kind="pump"), tally(60, "silent")]
    assert told(*kinds) == [("440106", "water-logging", None, 150, 150)]


def test_a_kind_that_several_sources_report_can_be_out_by_itself() -> None:
    mixed = [
        *(tally(60, "silent", source=source) for source in ("a", "b")),
        *(tally(100, source=source, kind="pump") for source in ("a", "b")),
    ]
    assert told(*mixed) == [("440106", None, "waterlogging", 120, 120)]


def test_a_source_out_in_all_its_districts_is_one_fact_of_the_city() -> None:
    districts = ("440105", "440106", "440111")
    gone = [tally(100, "silent", district=one) for one in districts]
    others = [tally(200, district=one, source="eco-air", kind="air") for one in districts]
    assert told(*gone, *others) == [(CITY, "water-logging", None, 300, 300)]
    assert len(told(*gone[:2], tally(100, district="440111"), *others)) == 2


@given(
    st.lists(
        st.builds(
            tally,
            st.integers(1, 500),
            st.sampled_from(list(DeviceState)),
            district=st.sampled_from(["440105", "440106"]),
            source=st.sampled_from(["a", "b"]),
            kind=st.sampled_from(["x", "y"]),
            minutes=st.integers(-60, 60),
        )
    )
)
def test_no_device_is_told_of_twice_as_source_or_district(tallies: list[DeviceTally]) -> None:
    silent = sum(one.devices for one in tallies if one.state is DeviceState.SILENT)
    found = outages(tallies, CITY)
    assert sum(one.silent for one in found if one.kind is None) <= silent
    assert all(one.devices / 2 < one.silent <= one.devices for one in found)


def test_nothing_registered_and_nobody_silent_is_no_outage() -> None:
    assert told() == []
    assert told(*OTHERS) == []
    assert told(tally(50, "never")) == []


def test_five_devices_are_a_group_and_more_than_half_of_them_an_outage() -> None:
    assert told(tally(2), tally(3, "silent")) == [("440106", None, None, 5, 3)]
    assert told(tally(1), tally(3, "silent")) == []


def test_late_devices_speak_and_those_that_never_spoke_do_not_count() -> None:
    assert told(tally(5, "late"), tally(5, "silent")) == []
    assert told(tally(4, "late"), tally(90, "never"), tally(5, "silent")) == [("440106", None, None, 9, 5)]


@pytest.mark.parametrize(("minutes", "is_told"), [(30, True), (31, False)])
def test_the_middle_half_fell_silent_within_half_an_hour(minutes: int, is_told: bool) -> None:
    gone = [tally(50, "silent"), tally(50, "silent", minutes=minutes)]
    assert bool(told(*gone)) == is_told


def test_an_outage_began_when_half_of_the_silent_had_fallen_silent() -> None:
    gone = [tally(10, "silent", minutes=minute) for minute in (9, 0, 3, 6)]
    [outage] = outages(gone, CITY)
    assert outage.since == AT + timedelta(minutes=3)
    [uneven] = outages([tally(10, "silent"), tally(11, "silent", minutes=5)], CITY)
    assert uneven.since == AT + timedelta(minutes=5)


def test_the_largest_comes_first_and_equals_in_order_of_their_regions() -> None:
    gone = [
        tally(20, "silent", district="440111"),
        tally(30, "silent", district="440106"),
        tally(20, "silent", district="440105"),
    ]
    # A source that is out everywhere would be one fact of the city; here it is another in each district.
    own = [
        DeviceTally(one.district, f"s{n}", one.kind, one.state, one.since, one.devices) for n, one in enumerate(gone)
    ]
    assert [one[0] for one in told(*own)] == ["440106", "440105", "440111"]


def test_a_source_of_one_district_stays_an_outage_of_the_district() -> None:
    assert told(*OTHERS, tally(100, "silent")) == [("440106", "water-logging", None, 100, 100)]


def test_districts_where_a_source_has_hardly_a_device_do_not_keep_it_from_being_one_fact() -> None:
    gone = [tally(100, "silent", district=one, minutes=n) for n, one in enumerate(("440105", "440106", "440111"))]
    others = [tally(200, district=one.district, source="eco-air", kind="air") for one in gone]
    few = [tally(4, district="440112"), tally(200, district="440112", source="eco-air", kind="air")]
    assert told(*gone, *others, *few) == [(CITY, "water-logging", None, 300, 300)]
    [joined] = outages([*gone, *others, *few], CITY)
    assert joined.since == AT + timedelta(minutes=1)
    assert len(told(*gone, *others, tally(5, district="440112"), few[1])) == 3


@pytest.mark.parametrize(
    ("of", "chinese", "english"),
    [
        (
            "",
            "天河区：11-23 14:03起，1,430台设备中1,412台失联",
            "天河区: 1,412 of 1,430 devices silent since 11-23 14:03",
        ),
        (
            "气象",
            "天河区气象：11-23 14:03起，1,430台设备中1,412台失联",
            "天河区, 气象: 1,412 of 1,430 devices silent since 11-23 14:03",
        ),
    ],
)
def test_an_outage_is_a_sentence_in_the_citys_time(of: str, chinese: str, english: str) -> None:
    outage = Outage("440106", None, None, 1430, 1412, AT)
    assert outage.in_chinese("天河区", of) == chinese
    assert outage.in_english("天河区", of) == english


def test_tallies_are_added_up_by_key_and_in_its_order() -> None:
    tallies = [tally(3, district="440106"), tally(2, "silent", district="440105"), tally(4, district="440106")]
    found = counted(tallies, lambda one: one.district)
    assert found == [("440105", {DeviceState.SILENT: 2}), ("440106", {DeviceState.ONLINE: 7})]
    assert counted([], lambda one: one.kind) == []
    assert [key for key, _ in counted(tallies, lambda one: (one.source, one.district))] == [
        ("water-logging", "440105"),
        ("water-logging", "440106"),
    ]


def test_a_quarter_is_reached_with_its_last_device() -> None:
    assert told(tally(4, "silent"), tally(16, "silent", minutes=31)) == [("440106", None, None, 20, 20)]
    assert told(tally(5, "silent"), tally(15, "silent", minutes=31)) == []
