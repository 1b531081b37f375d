"""The cards of indicators: value, period, changes and target; what is late or missing says so; none is cut."""

from typing import Any

import pytest

from cityops_dashboards.addresses import Address
from cityops_dashboards.context import page_context
from cityops_dashboards.scenes.model import Panels
from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_state

CODES = ("online_handled", "online_possible", "gdp", "residents", "orders_on_time")


def told(code: str, period: str, value: float | None, **changes: Any) -> Told:
    """Return an indicator of the state, of the 22nd of November unless it says otherwise."""
    found: Told = {"code": code, "period": period, "value": value, "finished": True, "warning": 0, "quality": None}
    found |= {"start": "2026-11-21T16:00:00Z", "end": "2026-11-22T16:00:00Z", "history": [value] * 12}
    found |= dict.fromkeys(("previous", "change_percent", "year_ago", "year_change_percent", "late_since", "target"))
    return found | {"newest_end": found["end"]} | changes


def drawn(
    scripts: Scripts,
    indicators: list[Told] | None,
    lang: str = "zh",
    size: tuple[int, int] = (900, 900),
    within: str = "canvas",
) -> None:
    """Draw the cards of all codes in a place of this size, on a wall's canvas."""
    cards = page_context(Address("/", {"lang": lang}), "440100", [], Panels((), (), (), CODES))["cards"]
    context = scripts.speak(lang, cards=cards)
    style = f"width: {size[0]}px; height: {size[1]}px"
    scripts.body(f'<div class="{within}"><div id="indicators" style="{style}"></div></div>')
    state = told_state() | {"indicators": indicators}
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())
    scripts.ask("given => ReactDOM.flushSync(() => cityops.indicators.draw(...given))", [state, context])


def card(scripts: Scripts, code: str, part: str) -> list[str]:
    return scripts.texts(f"[data-indicator={code}] .indicator-{part}")


def test_a_card_says_its_value_its_period_and_what_changed(scripts: Scripts) -> None:
    before = {"previous": 100_000, "change_percent": 25.04, "year_ago": 140_000, "year_change_percent": -10.71}
    share = {"previous": 97.9, "change_percent": 0.2, "start": "2026-09-30T16:00:00Z", "end": "2026-10-31T16:00:00Z"}
    drawn(
        scripts, [told("online_handled", "day", 125_000, **before), told("online_possible", "month", 98.1, **share)]
    )
    assert card(scripts, "online_handled", "value") == ["125,000"]
    assert card(scripts, "online_handled", "period") == ["11月22日"]
    assert card(scripts, "online_handled", "change") == ["环比 +25.0%", "同比 −10.7%"]
    assert card(scripts, "online_possible", "period") == ["10月"]
    assert card(scripts, "online_possible", "change") == ["环比 +0.2个百分点"], "of a share in points, not in percent"
    assert scripts.every("[data-indicator=online_handled] svg", "one.getAttribute('class')") == ["curve is-small"]


@pytest.mark.parametrize(
    ("lang", "periods"),
    [("zh", ["2026年3季度", "2025年", "11月23日至今"]), ("en", ["Q3 2026", "2025", "Nov 23, so far"])],
)
def test_a_period_is_called_what_people_call_it_and_one_that_runs_says_so(
    scripts: Scripts, lang: str, periods: list[str]
) -> None:
    quarter = told("gdp", "quarter", 8_000, start="2026-06-30T16:00:00Z", end="2026-09-30T16:00:00Z")
    year = told("residents", "year", 1_900, start="2024-12-31T16:00:00Z", end="2025-12-31T16:00:00Z")
    running = told("orders_on_time", "day", 99, start="2026-11-22T16:00:00Z", finished=False)
    drawn(scripts, [quarter, year, running], lang)
    assert [card(scripts, code, "period")[0] for code in ("gdp", "residents", "orders_on_time")] == periods


def test_what_is_late_grave_or_corrected_says_so_by_a_word(scripts: Scripts) -> None:
    late = told("orders_on_time", "day", 89, warning=3, quality="corrected", late_since="2026-11-23T02:09:00Z")
    drawn(scripts, [late])
    assert card(scripts, "orders_on_time", "late") == ["迟报 1 时 51 分"]
    assert scripts.texts("[data-indicator=orders_on_time] .badge") == ["橙"]
    assert card(scripts, "orders_on_time", "mark") == ["已订正"]


def test_nothing_is_never_shown_as_zero_and_says_why(scripts: Scripts) -> None:
    drawn(scripts, [told("gdp", "quarter", None, newest_end=None), told("residents", "year", None)])
    assert card(scripts, "gdp", "lack") == ["无数据 · 尚未报送"]
    assert card(scripts, "residents", "lack") == ["无数据 · 最近一期止于11月22日"]
    assert card(scripts, "online_handled", "lack") == ["本级不报送"]
    assert scripts.texts(".indicator-value") == []
    drawn(scripts, None)
    assert set(scripts.texts(".indicator-lack")) == {"回放不含日、月指标"}


def test_a_target_tells_how_far_it_has_come_and_that_it_is_an_example(scripts: Scripts) -> None:
    target: Told = {"value": 33_000, "reached": "at_least", "by": "2026-12-31", "interval": "year", "example": True}
    drawn(scripts, [told("gdp", "quarter", 8_000, target=target | {"share": 0.685, "is_reached": False})])
    assert card(scripts, "gdp", "target") == ["目标不低于 33,000.0 亿元 · 已达 69% · 示例"]
    assert scripts.every(".indicator-way", "one.style.width") == ["68.5%"]


def test_where_there_is_no_room_the_last_are_left_out_whole(scripts: Scripts) -> None:
    drawn(scripts, [], size=(900, 420))
    assert scripts.every(".indicator", "one.dataset.indicator") == [*CODES[:4]]
    assert scripts.texts(".indicator-more") == ["另有 1 项，此处放不下"]
    drawn(scripts, [], size=(400, 240))
    assert scripts.every(".indicator", "one.dataset.indicator") == [*CODES[:1]]
    drawn(scripts, [], size=(400, 200), within="page")
    assert scripts.texts(".indicator-more") == []
    assert len(scripts.texts(".indicator")) == len(CODES), "a page that scrolls has room for all"


def test_a_number_tells_what_it_means(scripts: Scripts) -> None:
    told_of = [told("orders_on_time", "day", 97.5, previous=97.0, change_percent=0.5)]
    drawn(scripts, told_of)
    scripts.ask("state => cityops.number.draw(state)", told_state() | {"indicators": told_of})
    scripts.page.locator("[data-indicator=orders_on_time] [data-number]").click()
    assert scripts.texts("#number-name") == ["按时办结率 · 广州市"]
    said = " ".join(scripts.texts("#number dd"))
    assert "按时办结的工单占应办结工单的比例" in said
    assert "默认值" in said
    assert "12345热线受理中心" in said
