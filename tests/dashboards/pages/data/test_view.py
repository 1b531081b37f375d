"""What the data page shows of an answer: counts, gaps, notes and definitions in words, or why there is no answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from dash import html

from cityops.api.indicators import indicator_out
from cityops.client import ApiError
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.access.viewer import Viewer, looking
from cityops_dashboards.addresses import Address
from cityops_dashboards.pages.data.answer import IndicatorAnswer
from cityops_dashboards.pages.data.choice import Choice, read
from cityops_dashboards.pages.data.fits import catalogue, places
from cityops_dashboards.pages.data.heading import title
from cityops_dashboards.pages.data.trouble import trouble
from cityops_dashboards.pages.data.view import failure, refusal, results

NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
START = datetime(2026, 11, 20, 8, tzinfo=CITY_ZONE)
DISTRICTS = [code for code in places() if code.startswith("4401") and len(code) == 6 and code != "440100"]
STREETS = [code for code in places() if len(code) == 9]
PERIOD = "start=2026-11-20T08:00&end=2026-11-20T10:00"


def chosen(search: str = "", lang: str = "zh") -> Choice:
    return read(Address.parse("/data", f"?{PERIOD}&lang={lang}{search}"), NOW)


def answer(
    columns: Mapping[str, Sequence[float | None]], code: str = "pm25", *, is_over: bool = True, **changes: Any
) -> IndicatorAnswer:
    """Return an answer with hourly values by region; what is missing was owed, except where `coverage` says not."""
    rows = [
        {
            "region_code": region,
            "start": START + timedelta(hours=hour),
            "end": START + timedelta(hours=hour + 1),
            "value": value,
            "n": 0 if value is None else 60,
            "coverage": changes.get("coverage", 0.0 if value is None else 1.0),
            "finished": is_over,
        }
        for region, values in columns.items()
        for hour, value in enumerate(values)
    ]
    names = ["region_code", "start", "end", "value", "n", "coverage", "finished"]
    table = pd.DataFrame(rows, columns=names).astype({"value": float, "coverage": float})
    table.attrs["as_of"] = changes.get("asked", NOW).isoformat()
    declared = indicator_out(catalogue()[code]).model_dump(mode="json")
    return IndicatorAnswer(declared, table, changes.get("as_of", NOW), "fresh", 60)


def parts(shown: Any) -> Iterator[Any]:
    """Yield every component and text within."""
    if isinstance(shown, list | tuple):
        for one in shown:
            yield from parts(one)
    elif shown is not None:
        yield shown
        yield from parts(getattr(shown, "children", None))


def words(shown: Any) -> str:
    return "|".join(one for one in parts(shown) if isinstance(one, str))


def links(shown: Any) -> list[str]:
    return [one.href for one in parts(shown) if getattr(one, "href", None)]


def grid_of(shown: Any) -> Any:
    return next(one for one in parts(shown) if getattr(one, "id", None) == "data-table")


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "zh",
            [
                "共 4 行，其中缺报 1 行，显示为“—”",
                "PM2.5 · 广州市 · 分区 · 小时",
                "9 个区域没有这一指标的设备，图中不列。",
            ],
        ),
        (
            "en",
            [
                "4 rows; 1 without a report, shown as —",
                "PM2.5 · Guangzhou · District · Hour",
                "9 regions have no device",
            ],
        ),
    ],
)
def test_an_answer_says_how_much_there_is_what_is_missing_and_who_is_absent(lang: str, said: list[str]) -> None:
    shown = results(chosen(lang=lang), [answer({DISTRICTS[0]: [30, None], DISTRICTS[1]: [31, 32]})])
    assert [one for one in said if one not in words(shown)] == []
    rows = grid_of(shown).rowData
    assert [row["value"] for row in rows] == [None, 32, 30, 31]  # the newest first


@pytest.mark.parametrize(
    ("asked", "zh", "en"),
    [
        (NOW, "所选时段内没有数据。", "There are no data in this period."),
        (NOW - timedelta(days=1), "所选时段尚未开始，还没有数据。", "This period lies ahead; there are no data yet."),
    ],
)
def test_a_period_without_data_has_passed_or_is_still_to_come(asked: datetime, zh: str, en: str) -> None:
    for lang, said in (("zh", zh), ("en", en)):
        nothing = answer({DISTRICTS[0]: [None, None]}, coverage=None, asked=asked)
        assert said in words(results(chosen(lang=lang), [nothing]))


def test_the_worst_of_many_lines_is_named_until_one_of_them_is_chosen() -> None:
    many = {code: [10.0 + place, 11.0] for place, code in enumerate(DISTRICTS[:6])}
    for search, is_hidden in (("", False), (f"&lines={DISTRICTS[0]}", True), (f"&lines={DISTRICTS[8]}", False)):
        shown = results(chosen(search), [answer(many)])
        [leading] = [one for one in parts(shown) if getattr(one, "className", "") == "data-leading"]
        assert leading.children == f"突出显示的是峰值最高的{places()[DISTRICTS[5]].name_zh}。"
        assert leading.hidden is is_hidden
    low = results(chosen(lang="en"), [answer(many, "traffic_speed")])
    assert f"{places()[DISTRICTS[0]].name_en}, which falls lowest, stands out." in words(low)
    assert "stands out." not in words(results(chosen(lang="en"), [answer(dict(list(many.items())[:4]))]))


@pytest.mark.parametrize(
    ("values", "is_over", "notes"),
    [
        ([30, 31], True, []),
        ([30, 31], False, ["末段（阴影）尚未结束"]),
        ([61, 62], True, ["虚线为预警阈值"]),
    ],
)
def test_what_the_chart_needs_to_be_read_is_said_beside_it(
    values: list[float], is_over: bool, notes: list[str]
) -> None:
    shown = words(results(chosen("&level=city"), [answer({"440100": values}, is_over=is_over)]))
    assert [note for note in ("末段（阴影）尚未结束", "虚线为预警阈值", "没有这一指标") if note in shown] == notes


def test_more_regions_than_lines_can_show_are_a_map_and_only_those_with_data() -> None:
    many = {code: [float(place), None] for place, code in enumerate(STREETS[:20])}
    shown = results(chosen("&level=street"), [answer(many)])
    assert "颜色越亮数值越大" in words(shown)
    assert [one for one in parts(shown) if getattr(one, "className", "") == "data-line"] == []


@pytest.mark.parametrize(("regions", "buttons"), [(1, 0), (2, 2), (11, 11)])
def test_lines_have_a_button_each_in_the_regions_order_unless_there_is_one(regions: int, buttons: int) -> None:
    columns = {code: [1.0, 2.0] for code in reversed(DISTRICTS[:regions])}
    shown = results(chosen(f"&lines={DISTRICTS[1]}"), [answer(columns)])
    found = [one for one in parts(shown) if getattr(one, "className", "") == "data-line"]
    codes = [one.to_plotly_json()["props"]["data-line"] for one in found]
    assert codes == DISTRICTS[:buttons]
    pressed = [one.to_plotly_json()["props"]["aria-pressed"] for one in found]
    assert pressed.count("true") == (1 if buttons else 0)


@pytest.mark.parametrize(
    ("code", "lang", "said"),
    [
        ("traffic_index", "zh", ["无量纲", "取平均"]),
        ("traffic_index", "en", ["none", "mean"]),
        ("crowd_count", "en", ["people", "sum"]),
        ("rain_intensity", "en", ["mm/h", "maximum"]),
        ("events_reported", "en", ["cases", "All sources of events"]),
    ],
)
def test_an_indicator_is_defined_in_the_page_s_language(code: str, lang: str, said: list[str]) -> None:
    shown = words(results(chosen(f"&indicator={code}", lang), [answer({DISTRICTS[0]: [1, 2]}, code)]))
    definition = catalogue()[code].definition_zh if lang == "zh" else catalogue()[code].definition_en
    assert [one for one in [*said, definition] if one not in shown] == []


def test_beside_the_numbers_stand_version_owner_thresholds_and_what_adds_up() -> None:
    shown = words(results(chosen(), [answer({DISTRICTS[0]: [1, 2]})]))
    for said in (
        "预警阈值|蓝\N{NO-BREAK SPACE}≥\N{NO-BREAK SPACE}60、黄",
        "可加性|不可相加",
        "口径版本|随指标登记，未分版本",
        "责任部门|市生态环境局",
    ):
        assert said in shown
    counted = answer({DISTRICTS[0]: [1, 2]}, "events_reported")
    first = counted.indicator["definitions"][0]
    newer = first | {"version": 2, "since": "2026-11-20"}
    changed = replace(counted, indicator={**counted.indicator, "definitions": [first, newer]})
    choice = replace(chosen("&indicator=events_reported"), start=START - timedelta(days=1))
    told = results(choice, [changed])
    assert "口径版本|第 2 版，2026-11-20 起" in words(told)
    [graph] = [one for one in parts(told) if getattr(one, "id", None) == "data-graph"]
    assert "2026-11-20 起口径第 2 版" in [one["text"] for one in graph.figure["layout"]["annotations"]]


def test_the_same_answer_is_a_table_of_exact_values_or_a_map_of_the_last_period_that_is_over() -> None:
    shown = answer({DISTRICTS[0]: [30, 1 / 3], DISTRICTS[1]: [31, 40]})
    table = results(chosen("&view=table"), [shown])
    columns = {one["field"] for one in grid_of(table).columnDefs}
    assert ("exact" in columns, "value" in columns) == (True, False)
    assert {row["exact"] for row in grid_of(table).rowData} == {30, 1 / 3, 31, 40}
    placed = results(chosen("&view=map"), [shown])
    assert "2026-11-20 09:00–10:00（最近一个已结束的时段）" in words(placed)
    assert f"{places()[DISTRICTS[1]].name_zh}|40|{places()[DISTRICTS[0]].name_zh}|0" in words(placed)
    assert [getattr(one, "value", "") for one in parts(placed) if isinstance(one, html.Data)] == ["40.0", repr(1 / 3)]
    streets = results(chosen("&view=map&level=street"), [answer({STREETS[0]: [1, 2]})])
    assert "level=district" in [href for href in links(streets) if "view=map" in href][-1]
    empty = results(chosen("&view=map"), [answer({DISTRICTS[0]: [None, None]})])
    assert "所选时段内没有数据。" in words(empty)


def test_streets_outside_the_area_are_refused_with_their_district_as_a_way_on() -> None:
    shown = failure(chosen("&level=street&region=440106"), ApiError("outside", 403), again=False)
    assert "region=440106&level=district" in links(shown)[1]


@pytest.mark.parametrize(
    ("coverage", "said"), [(None, "平均覆盖率|—"), (0.5, "平均覆盖率|50.0%"), (1.0, "平均覆盖率|100.0%")]
)
def test_coverage_is_a_share_where_devices_owe_something(coverage: float | None, said: str) -> None:
    assert said in words(results(chosen(), [answer({DISTRICTS[0]: [1, 2]}, coverage=coverage)]))


@pytest.mark.parametrize(("as_of", "said"), [(None, "最新数据|—"), (NOW, "最新数据|2026-11-20 15:30:00")])
def test_the_newest_data_has_its_time_or_a_dash(as_of: datetime | None, said: str) -> None:
    assert said in words(results(chosen(), [answer({DISTRICTS[0]: [1, 2]}, as_of=as_of)]))


def test_of_several_indicators_each_row_and_each_age_says_whose_it_is() -> None:
    choice = chosen("&indicator=pm25&compare=o3", "en")
    shown = results(choice, [answer({DISTRICTS[0]: [1, 2]}), answer({DISTRICTS[0]: [3, 4]}, "o3")])
    assert "Newest data of PM2.5" in words(shown)
    assert {row["indicator"] for row in grid_of(shown).rowData} == {"PM2.5", "O3"}
    assert title(choice) == "PM2.5, O3 · Guangzhou · District · Hour"


@pytest.mark.parametrize(("role", "files"), [(Role.ANALYST, 4), (Role.ADMINISTRATOR, 0)])
def test_a_file_is_offered_to_who_may_have_one(role: Role, files: int) -> None:
    with looking(Viewer("", "session", "x", Subject("x", role, WHOLE_CITY))):
        shown = results(chosen(), [answer({DISTRICTS[0]: [1, 2]})])
    assert len([href for href in links(shown) if href.startswith("/export/series.csv?")]) == files


@pytest.mark.parametrize(
    ("status", "zh", "en"),
    [
        (0, "数据接口连接不上或没有应答", "cannot be reached or does not answer"),
        (404, "没有所选的指标或区域", "does not know this indicator or region"),
        (422, "不接受这一查询", "does not accept this question"),
        (429, "正忙", "is busy"),
        (503, "数据库暂时没有应答", "database does not answer"),
        (500, "数据接口出错（500）", "failed (500)"),
        (403, "数据接口出错（403）", "failed (403)"),
    ],
)
@pytest.mark.parametrize("again", [True, False])
def test_an_api_that_fails_is_told_with_its_own_words_and_a_way_on(
    status: int, zh: str, en: str, again: bool
) -> None:
    for lang, said, waits in (("zh", zh, "自动重试"), ("en", en, "asks again every 5 seconds")):
        choice = chosen(lang=lang)
        shown = failure(choice, ApiError("<b>why</b>", status), again=again)
        assert said in words(shown)
        assert (waits in words(shown)) is again
        assert "<b>why</b>" in [one for one in parts(shown) if isinstance(one, str)]
        assert links(shown) == [choice.address()]


@pytest.mark.parametrize(
    ("search", "lang", "said", "ways"),
    [
        ("&indicator=nope", "zh", "没有代码为“nope”的指标。|改看其他指标", 1),
        ("&indicator=%3Cb%3E", "en", 'There is no indicator "<b>".|Show another indicator', 1),
        ("&region=440106&level=city", "zh", "所选区域不能按“全市”统计。|按所选区域本身统计", 1),
        ("&interval=5min&start=2026-11-01", "en", 'interval "5 min" serves at most', 2),
        ("&interval=5min&level=street&start=2026-11-18", "zh", "粒度改为“小时”", 2),
    ],
)
def test_a_refusal_is_a_sentence_with_a_button_for_each_way_out(search: str, lang: str, said: str, ways: int) -> None:
    address = Address.parse("/data", f"?end=2026-11-20T10:00&lang={lang}{search}")
    choice = read(address, NOW)
    found = trouble(address, choice)
    assert found
    shown = refusal(choice, found)
    assert said in words(shown)
    assert len([href for href in links(shown) if href.startswith("/data?")]) == ways
    assert bool([href for href in links(shown) if href.startswith("/export")]) is found.file
