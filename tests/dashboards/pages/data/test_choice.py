"""The data page's choice: what an address that says little or nonsense stands for, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import RegionLevel
from cityops_dashboards.access.viewer import Viewer, looking
from cityops_dashboards.addresses import Address
from cityops_dashboards.pages.data.choice import Choice, levels_in, read, regions_of, wall_time
from cityops_dashboards.pages.data.trouble import trouble

NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)  # 15:30 in Guangzhou


def chosen(search: str) -> Choice:
    return read(Address.parse("/data", search), NOW)


@pytest.mark.parametrize(
    ("asked", "others"),
    [
        ("", ()),
        (",,", ()),
        ("o3", ("o3",)),
        ("o3,o3,no2", ("o3", "no2")),
        ("pm25,o3", ("o3",)),  # it is the main one already
        ("o3,no2,so2,co", ("o3", "no2", "so2")),
        ("nope", ("nope",)),  # which is refused by its name
    ],
)
def test_up_to_three_others_are_compared_each_once(asked: str, others: tuple[str, ...]) -> None:
    assert chosen(f"?indicator=pm25&compare={asked}").compare == others


@pytest.mark.parametrize(
    ("interval", "start", "end"),
    [
        ("hour", "2026-11-19T16:00", "2026-11-20T16:00"),
        ("5min", "2026-11-19T15:35", "2026-11-20T15:35"),
        ("day", "2026-10-22T00:00", "2026-11-21T00:00"),
        ("fortnight", "2026-11-19T16:00", "2026-11-20T16:00"),
    ],
)
def test_without_times_the_newest_period_ends_with_the_running_bucket(interval: str, start: str, end: str) -> None:
    choice = chosen(f"?interval={interval}")
    assert (wall_time(choice.start), wall_time(choice.end)) == (start, end)


@pytest.mark.parametrize(
    ("written", "stands_for"),
    [
        ("2026-11-20T08:00", "2026-11-20T08:00"),
        ("2026-11-20", "2026-11-20T00:00"),
        ("2026-11-20T08:00Z", "2026-11-20T16:00"),
        ("2026-11-20T08:00%2B08:00", "2026-11-20T08:00"),
    ],
)
def test_a_time_is_the_city_s_unless_it_says_of_where_it_is(written: str, stands_for: str) -> None:
    assert wall_time(chosen(f"?end={written}").end) == stands_for


@pytest.mark.parametrize(
    ("region", "own", "levels"),
    [
        ("440100", "district", ["city", "district", "street"]),
        ("440106", "district", ["district", "street"]),
        ("440106013", "street", ["street"]),
        ("999999", "district", ["city", "district", "street"]),
    ],
)
def test_a_region_is_divided_by_its_own_level_and_finer_ones(region: str, own: str, levels: list[str]) -> None:
    assert levels_in(region) == levels
    assert chosen(f"?region={region}").level == RegionLevel(own)


@pytest.mark.parametrize(
    ("search", "count"),
    [
        ("?level=city", 1),
        ("?level=district", 11),
        ("?level=street", 176),
        ("?region=440106&level=district", 1),
        ("?region=440106013&level=street", 1),
        ("?region=440106&level=city", 0),
    ],
)
def test_the_answer_is_by_the_regions_of_the_level_inside_the_region(search: str, count: int) -> None:
    found = regions_of(chosen(search))
    assert len(found) == count
    assert [one.code for one in found] == sorted(one.code for one in found)


@pytest.mark.parametrize(
    ("minutes", "bins"), [((0, 60), 1), ((30, 60), 1), ((30, 61), 2), ((59, 61), 2), ((0, 1440), 24)]
)
def test_a_period_touches_the_buckets_that_any_of_its_time_lies_in(minutes: tuple[int, int], bins: int) -> None:
    midnight = datetime(2026, 11, 20, tzinfo=CITY_ZONE)
    start, end = (midnight + timedelta(minutes=one) for one in minutes)
    choice = Choice("pm25", (), "440100", RegionLevel.CITY, Grain.HOUR, start, end, "zh")
    assert choice.bins == bins


@pytest.mark.parametrize(
    ("period", "key"),
    [
        ("start=1999-12-31T23:59&end=2000-01-01T08:00", "data.out_of_time"),
        ("start=2000-01-01T00:00&end=2000-01-01T08:00", None),
        ("start=2099-12-31T00:00&end=2100-01-01T00:00", None),
        ("start=2099-12-31T00:00&end=2100-01-01T00:01", "data.out_of_time"),
        ("start=2026-11-20T08:00&end=2026-11-20T08:01", None),
    ],
)
def test_a_period_lies_in_our_century(period: str, key: str | None) -> None:
    found = trouble(Address.parse("/data", f"?{period}"), chosen(f"?{period}"))
    assert (found.key if found else None) == key


MUCH = "?interval=5min&level=street&start=2026-11-18&end=2026-11-20"


@pytest.mark.parametrize(
    ("role", "key"), [(Role.ANALYST, "data.too_much"), (Role.ADMINISTRATOR, "data.too_much.no_file")]
)
def test_who_may_have_no_file_is_not_sent_for_it(role: Role, key: str) -> None:
    with looking(Viewer("", "session", "x", Subject("x", role, WHOLE_CITY))):
        found = trouble(Address.parse("/data", MUCH), chosen(MUCH))
    assert found
    assert (found.key, found.values["points"]) == (key, "101,376")


def test_the_file_is_asked_for_by_whole_times_with_each_of_the_others() -> None:
    search = "?indicator=pm25&compare=o3,no2&start=2026-11-20T08:00&end=2026-11-20T09:00&lang=en&lines=440106"
    assert chosen(search).export() == (
        "/export/series.csv?indicator=pm25&region=440100&level=district&interval=hour"
        "&start=2026-11-20T08%3A00%3A00%2B08%3A00&end=2026-11-20T09%3A00%3A00%2B08%3A00&lang=en&also=o3&also=no2"
    )
