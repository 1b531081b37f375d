"""The ranking: the worst streets, or districts, with bars from zero and ways to the districts."""

from typing import Any

import pytest

from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_state, told_values


@pytest.fixture(autouse=True)
def noon(scripts: Scripts) -> None:
    """Have the server's clock say noon, and the scripts know a page and its streets."""
    scripts.speak("zh")
    scripts.shapes()
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())


def ranked(scripts: Scripts, state: Told, lang: str = "zh", **declared: Any) -> list[list[str]]:
    """Draw the ranking and return each row's name, district and value."""
    context = scripts.speak(lang)
    context["metrics"]["pm25"] |= declared
    scripts.draw("cityops.ranking.list(given[0], 'pm25', given[1]);", [state, context], ids=["ranking"])
    columns = (scripts.texts(f".rank .rank-{part}") for part in ("name", "district", "value"))
    return [list(row) for row in zip(*columns, strict=True)]


def bars(scripts: Scripts) -> list[str]:
    return scripts.every(".rank-fill", "`${Math.round(Number.parseFloat(one.style.width))}%`")


def streets(*rows: tuple[str, float]) -> Told:
    state = told_values(5.0)
    for one in state["metrics"]:
        one["streets"] = [{"code": code, "value": value, "warning": 0} for code, value in rows]
    return state


@pytest.mark.parametrize(
    ("lang", "title", "district"), [("zh", "街镇排行", "天河"), ("en", "Worst streets", "Tianhe")]
)
def test_the_streets_that_are_told_stand_with_their_districts(
    scripts: Scripts, lang: str, title: str, district: str
) -> None:
    rows = ranked(scripts, streets(("440106013", 130.4), ("440106001", 65.2)), lang)
    assert rows[0] == ["猎德街道", district, "130"]
    assert bars(scripts) == ["100%", "50%"]
    assert scripts.texts(".rank-head") == [f"{title}µg/m³"]


def test_without_streets_the_six_worst_districts_stand_there(scripts: Scripts) -> None:
    rows = ranked(scripts, told_values(30, 0, 12))
    assert [row[::2] for row in rows] == [["荔湾区", "30"], ["海珠区", "12"], ["越秀区", "0"]]
    assert bars(scripts) == ["100%", "40%", "0%"]
    assert len(ranked(scripts, told_state())) == 6
    assert scripts.texts(".rank-head") == ["各区排行µg/m³"]


def test_where_low_is_worse_the_lowest_is_first(scripts: Scripts) -> None:
    rows = ranked(scripts, told_values(30, 0, 12, None), direction="low", span=[0, 60])
    assert [row[2] for row in rows] == ["0", "12", "30", "—"]
    assert bars(scripts) == ["0%", "20%", "50%", "0%"]


def test_bars_of_values_below_zero_begin_at_the_lowest(scripts: Scripts) -> None:
    ranked(scripts, told_values(-1, -3, -2), span=[-3, 0])
    assert bars(scripts) == ["67%", "33%", "0%"]


def test_a_row_leads_to_its_district_where_the_viewer_may_go_there(scripts: Scripts) -> None:
    ranked(scripts, told_values(5))
    assert scripts.every(".rank-name", "one.getAttribute('href')") == ["/districts/440103"]
    context = scripts.speak("en")
    for links, led in ((context["links"], "/districts/440103?lang=en"), ({"district": None}, None)):
        given = [told_values(5), context | {"links": links}]
        scripts.draw("cityops.ranking.list(given[0], 'pm25', given[1]);", given, ids=["ranking"])
        assert scripts.every(".rank-name", "one.getAttribute('href')") == [led]


def test_what_is_late_is_drawn_as_old(scripts: Scripts) -> None:
    ranked(scripts, told_values(5, 6, as_of="2026-11-23T03:57:00Z"))
    assert scripts.every(".rank", "one.className") == ["rank is-stale"] * 2
