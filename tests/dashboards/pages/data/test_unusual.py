"""What the data page says beside a usual range: when it was left and why, and whether there is a forecast."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from cityops_dashboards.addresses import Address
from cityops_dashboards.pages.data.answer import IndicatorAnswer
from cityops_dashboards.pages.data.choice import Choice, read
from cityops_dashboards.pages.data.unusual import MOST_FLAGS, ahead, unusual

NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
FLAG = {
    "reason": "above",
    "deviations": 3.42,
    "since": "2026-11-20T01:00:00Z",
    "until": "2026-11-20T04:00:00Z",
    "is_open": False,
}
POINTS = [{"start": "2026-11-20T07:00:00Z", "value": 5.0}, {"start": "2026-11-20T08:00:00Z", "value": None}]


def chosen(search: str = "", lang: str = "zh") -> Choice:
    return read(Address.parse("/data", f"?region=440106&lang={lang}{search}"), NOW)


def answer(*, flags: list[Any] | None = None, is_offered: bool = False, remark: str | None = None) -> IndicatorAnswer:
    usual = pd.DataFrame({"start": []})
    forecast = {"is_offered": is_offered, "points": POINTS, "remark_zh": "为何。", "remark_en": "Why."}
    usual.attrs = {"flags": flags or [], "forecast": forecast, "remark_zh": remark, "remark_en": remark}
    return IndicatorAnswer({"unit": ""}, pd.DataFrame(), None, "fresh", 60, usual=usual)


def said(part: IndicatorAnswer, choice: Choice) -> str:
    return str(unusual(choice, [part])).replace("\\n", "")


def test_a_time_outside_the_usual_range_is_told_in_the_city_s_time_with_the_reason() -> None:
    assert "11-20 09:00–12:00 高于通常范围，最多偏离 3.4 个标准差" in said(answer(flags=[FLAG]), chosen())
    still = FLAG | {"reason": "frozen", "is_open": True}
    assert "stood still, as if stuck, at most 3.4 σ away, still so" in said(answer(flags=[still]), chosen(lang="en"))


def test_only_the_newest_times_are_listed_and_how_many_more_there_are() -> None:
    told = said(answer(flags=[FLAG] * (MOST_FLAGS + 2)), chosen())
    assert told.count("高于通常范围") == MOST_FLAGS
    assert "另有 2 次较早的异常。" in told


@pytest.mark.parametrize(
    ("is_offered", "search", "told", "points"),
    [
        (True, "", "点线为未来 24 小时预测。为何。", 2),
        (True, "&start=2026-11-18T00:00&end=2026-11-19T00:00", "时段未到最新时刻，不画预测。", 0),
        (False, "", "不提供预测：为何。", 0),
    ],
)
def test_a_forecast_is_drawn_where_it_is_worth_it_and_the_page_says_where_not(
    is_offered: bool, search: str, told: str, points: int
) -> None:
    part, choice = answer(is_offered=is_offered), chosen(search)
    assert told in said(part, choice)
    foretold = ahead(choice, part)
    assert (0 if foretold is None else len(foretold)) == points


def test_where_too_little_is_known_the_api_s_own_sentence_stands() -> None:
    assert "数据不足 7 天" in said(answer(remark="数据不足 7 天"), chosen())
