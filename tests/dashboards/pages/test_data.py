"""The data page's pure parts: the choice and its address, what is refused, the figure, the rows of the table."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.indicators.periods import Compared, Grain
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import RegionLevel
from cityops_dashboards import theme
from cityops_dashboards.addresses import Address
from cityops_dashboards.figures.panel import Panel
from cityops_dashboards.figures.series import MOST_LINES, series
from cityops_dashboards.pages.data.choice import VIEWS, Choice, read
from cityops_dashboards.pages.data.fits import catalogue, places
from cityops_dashboards.pages.data.trouble import trouble
from cityops_dashboards.tables import series as table

NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)  # 15:30 in Guangzhou
START = datetime(2026, 11, 20, 8, 0, tzinfo=CITY_ZONE)


def at(search: str) -> Address:
    return Address.parse("/data", search)


def values(*columns: Sequence[float | None]) -> pd.DataFrame:
    """Return a table of hourly values, a column per region."""
    rows = [
        {
            "region_code": f"R{number:02}",
            "start": START + timedelta(hours=hour),
            "end": START + timedelta(hours=hour + 1),
            "value": value,
            "n": 0 if value is None else 1,
            "coverage": 1.0,
            "finished": True,
        }
        for number, column in enumerate(columns)
        for hour, value in enumerate(column)
    ]
    frame = pd.DataFrame(rows, columns=["region_code", "start", "end", "value", "n", "coverage", "finished"])
    return frame.astype({"value": float, "coverage": float})


def drawn(*tables: pd.DataFrame, chosen: Sequence[str] = ()) -> go.Figure:
    panels = [Panel(f"P{number}", "km/h", 1, one) for number, one in enumerate(tables)]
    names = {f"R{number:02}": f"区{number}" for number in range(200)}
    return go.Figure(series(panels, names, (START, START + timedelta(hours=3)), Grain.HOUR, "zh", chosen))


def test_no_values_are_an_empty_figure_with_the_period_on_its_axis() -> None:
    figure = drawn(values())
    assert figure.data == ()
    assert list(figure.layout.xaxis.range) == ["2026-11-20T08:00:00", "2026-11-20T11:00:00"]


def test_one_region_is_a_line_without_a_legend() -> None:
    figure = drawn(values([1, 2, 3]))
    [line] = figure.data
    assert list(line["y"]) == [1, 2, 3]
    assert line["x"][0] == "2026-11-20T08:00:00"  # plotly is given the city's wall time
    assert figure.layout.showlegend is False


def test_a_missing_value_is_a_gap_and_a_lonely_one_a_dot() -> None:
    [line] = drawn(values([1, None, 3])).data
    assert pd.isna(line["y"][1])
    assert line["connectgaps"] is False
    assert list(line["marker"]["size"]) == [6, 0, 6]
    [whole] = drawn(values([1, 2, 3])).data
    assert list(whole["marker"]["size"]) == [0, 0, 0]


def test_as_many_regions_as_colours_are_lines_and_one_more_is_a_map() -> None:
    few = drawn(values(*[[1.0, 2.0]] * MOST_LINES)).data
    many = drawn(values(*[[float(number), None] for number in range(MOST_LINES + 1)])).data
    assert [trace["type"] for trace in few] == ["scatter"] * MOST_LINES
    assert len({trace["line"]["color"] for trace in few}) == MOST_LINES
    [heat] = many
    assert heat["type"] == "heatmap"
    assert heat["y"][-1] == f"区{MOST_LINES}"  # the highest on top
    assert pd.isna(heat["z"]).tolist() == [[False, True]] * (MOST_LINES + 1)


def test_of_many_lines_the_worst_stands_out_and_the_others_recede() -> None:
    tables = values(*[[float(number), 5.0] for number in (3, 1, 9, 2, 4, 0)])
    lines = {line["name"]: line for line in drawn(tables).data}
    assert [name for name, line in lines.items() if line["line"]["width"] > 2] == ["区2"]
    assert [name for name, line in lines.items() if line["zorder"]] == ["区2"]  # over the others
    assert {line["opacity"] for name, line in lines.items() if name != "区2"} == {0.4}
    low = Panel("P", "m", 1, tables, {}, low_is_worse=True)
    assert low.worst == "R05"
    few = drawn(values(*[[float(number), 5.0] for number in (3, 1, 9)])).data
    assert {line["line"]["width"] for line in few} == {2}


@pytest.mark.parametrize("count", [2, 6])
def test_the_chosen_lines_stand_out_in_all_panels_in_place_of_the_worst(count: int) -> None:
    tables = values(*[[float(number), 5.0] for number in range(count)])
    drew = drawn(tables, tables, chosen=["R00", "R01", "R99"]).data  # of the last, nothing has come
    wide = [line for line in drew if line["line"]["width"] > 2]
    assert [line["name"] for line in wide] == ["区0", "区1"] * 2
    assert len({line["line"]["color"] for line in wide}) == 2
    assert all(line["opacity"] == 0.4 for line in drew if line not in wide)
    assert drawn(tables, chosen=["R99"]) == drawn(tables)


def test_the_worst_stands_out_of_the_first_panel_that_is_crowded() -> None:
    few, many = values([9, 9], [1, 1]), values(*[[float(number), 5.0] for number in (3, 1, 2, 9, 4, 0)])
    drew = drawn(few, many).data
    assert {line["name"] for line in drew if line["opacity"] == 1} == {"区3"}


def test_thresholds_are_lines_where_they_lie_near_the_values() -> None:
    panel = Panel("P", "µg", 0, values([40, 70], [55, 62]), {1: 60.0, 2: 75.0, 3: 150.0, 4: 250.0})
    figure = go.Figure(
        series([panel], {"R00": "a", "R01": "b"}, (START, START + timedelta(hours=2)), Grain.HOUR, "zh")
    )
    assert [(shape["y0"], shape["line"]["color"]) for shape in figure.layout.shapes] == [
        (60.0, theme.DARK.warnings[1]),
        (75.0, theme.DARK.warnings[2]),
    ]


def test_thresholds_and_changes_of_the_definition_are_named_and_doubtful_values_are_hollow() -> None:
    shown = values([40, 70, 65])
    shown["coverage"] = [1.0, 0.4, 1.0]
    shown["finished"] = [True, True, False]
    noon = START + timedelta(hours=2)
    panel = Panel("P", "µg", 0, shown, {1: 60.0, 4: 250.0}, False, {1: "蓝", 4: "红"}, [(noon, "第 2 版")])
    figure = go.Figure(series([panel], {"R00": "a"}, (START, START + timedelta(hours=3)), Grain.HOUR, "zh"))
    assert [one.text for one in figure.layout.annotations][1:] == ["蓝 60", "第 2 版"]
    assert [one.x0 for one in figure.layout.shapes if one.name == "change"] == ["2026-11-20T10:00:00"]
    assert list(figure.data[0].marker.symbol) == ["circle", "circle-open", "circle-open"]
    assert list(figure.data[0].marker.size) == [0, 6, 6]


def test_a_bucket_that_is_not_over_is_marked_in_chart_and_table() -> None:
    tables = values([1, 2, None])
    tables["finished"] = [True, False, False]
    [shade] = drawn(tables).layout.shapes
    assert (shade["x0"], shade["x1"]) == ("2026-11-20T09:00:00", "2026-11-20T10:00:00")
    shown = table.rows(tables, "", "", 1, {}, "未结束")
    assert [row["running"] for row in shown] == ["", "未结束", "未结束"]


def test_several_indicators_share_the_time_axis_and_the_colours() -> None:
    figure = drawn(values([1, 2], [3, 4]), values([5, 6], [7, 8]))
    assert [trace["yaxis"] for trace in figure.data] == ["y", "y", "y2", "y2"]
    assert [trace["showlegend"] for trace in figure.data] == [True, True, False, False]
    assert [trace["meta"]["code"] for trace in figure.data] == ["R00", "R01"] * 2
    assert figure.data[0]["line"]["color"] == figure.data[2]["line"]["color"]
    upper, lower = figure.layout.yaxis.domain, figure.layout.yaxis2.domain
    assert 0 == lower[0] < lower[1] < upper[0] < upper[1] == 1


def test_rows_keep_codes_as_text_and_the_unknown_unknown() -> None:
    [first, second] = table.rows(values([1.5, None]), "车速", "km/h", 1, {"R00": "区"})
    assert first["code"] == "R00"
    assert (first["region"], first["start"], first["end"]) == ("区", "2026-11-20 08:00", "2026-11-20 09:00")
    assert (first["value"], second["value"]) == (1.5, None)
    assert first["id"] != second["id"]
    assert {column["field"] for column in table.columns("zh", several=False)} < set(first)


def test_a_bare_address_is_the_newest_day_by_district() -> None:
    choice = read(at(""), NOW)
    assert (choice.region, choice.level, choice.interval) == ("440100", RegionLevel.DISTRICT, Grain.HOUR)
    assert (choice.start.isoformat(), choice.end.isoformat()) == (
        "2026-11-19T16:00:00+08:00",
        "2026-11-20T16:00:00+08:00",
    )
    assert trouble(at(""), choice) is None


moments = st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1)).map(  # noqa: DTZ001  # the zone is given below
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=CITY_ZONE)
)
choices = st.builds(
    Choice,
    indicator=st.just("o3"),
    compare=st.lists(st.sampled_from(sorted(set(catalogue()) - {"o3"})), max_size=3, unique=True).map(tuple),
    region=st.sampled_from(sorted(places())),
    level=st.sampled_from(RegionLevel),
    interval=st.sampled_from(Grain),
    start=moments,
    end=moments,
    lang=st.sampled_from(["zh", "en"]),
    lines=st.lists(st.sampled_from(sorted(places())), max_size=3, unique=True).map(tuple),
    view=st.sampled_from(VIEWS),
    only=st.lists(st.sampled_from(sorted(places())), max_size=3, unique=True).map(tuple),
    against=st.sampled_from([None, *Compared]),
)


@given(choices)
def test_an_address_read_back_is_the_same_choice(choice: Choice) -> None:
    parts = urlsplit(choice.address())
    assert read(Address.parse(parts.path, f"?{parts.query}"), NOW) == choice


def test_lines_that_nobody_knows_are_not_chosen_and_the_file_is_the_same() -> None:
    asked = "?start=2026-11-20T00:00&end=2026-11-20T08:00"
    choice = read(at(asked + "&lines=440106,nope,,440106,440105"), NOW)
    assert choice.lines == ("440106", "440105")
    assert choice.export() == read(at(asked), NOW).export()


@given(choices)
def test_whatever_is_offered_instead_works(choice: Choice) -> None:
    found = trouble(at(""), choice)
    for _, _, remedy in found.remedies if found else ():
        left = trouble(at(""), remedy)
        assert left is None or left.key != found.key  # type: ignore[union-attr]  # there is a remedy only in trouble


@pytest.mark.parametrize(
    ("search", "key", "remedies"),
    [
        ("?indicator=nope", "data.no_indicator", ["data.use_other"]),
        ("?region=999999", "data.no_region", ["data.use_city"]),
        ("?start=yesterday", "data.no_time", ["data.use_newest"]),
        ("?start=2026-11-20T08:00&end=2026-11-20T08:00", "data.backwards", ["data.day_before_end"]),
        ("?region=440106&level=city", "data.no_level", ["data.use_own_level"]),
        (
            "?interval=5min&start=2026-11-01&end=2026-11-20",
            "data.too_fine",
            ["data.use_interval", "data.use_shorter"],
        ),
        (
            "?interval=day&start=2010-01-01&end=2026-11-20",
            "data.too_fine",
            ["data.use_interval", "data.use_shorter"],
        ),
        (
            "?interval=5min&level=street&start=2026-11-18&end=2026-11-20",
            "data.too_much",
            ["data.use_interval", "data.use_level"],
        ),
        (
            "?interval=hour&level=street&start=2026-10-20&end=2026-11-20",
            "data.too_much",
            ["data.use_interval", "data.use_shorter", "data.use_level"],
        ),
        ("?indicator=gdp&interval=day", "data.no_interval.finer", ["data.use_interval"]),
        ("?indicator=aqi&compare=gdp", "data.apart", ["data.use_indicator"] * 2),
        ("?indicator=market_entities&interval=month&level=street", "data.no_level.of", ["data.use_level"]),
        ("?indicator=pm25&against=to_date", "data.no_to_date", ["data.use_uncompared"]),
        ("?region=440106&level=street&only=440105001", "data.no_such_regions", ["data.use_all_regions"]),
        (
            "?indicator=aqi&interval=day&start=2025-01-01&end=2025-12-31",
            "data.too_many_hours",
            ["data.use_shorter", "data.use_level"],
        ),
    ],
)
def test_what_cannot_be_answered_is_said_with_what_would_work(search: str, key: str, remedies: list[str]) -> None:
    address = at(search)
    found = trouble(address, read(address, NOW))
    assert found is not None
    assert found.key == key
    assert [remedy for remedy, _, _ in found.remedies] == remedies
