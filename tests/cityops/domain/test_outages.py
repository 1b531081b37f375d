"""Outages: hundreds of silent devices are one fact, and single deaths are none."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.freshness import DeviceState
from cityops.domain.outages import DeviceTally, outages

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
