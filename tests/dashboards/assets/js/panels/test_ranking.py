"""The ranking: the worst first, placed as they read, with bars and ways to the districts."""

from typing import Any

import pytest

from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_values

HIGH = {"direction": "high", "decimals": 0, "span": [0, 100]}
LOW = HIGH | {"direction": "low"}


@pytest.fixture(autouse=True)
def noon(scripts: Scripts) -> None:
    """Have the server's clock say noon, and the scripts know a page."""
    scripts.speak("zh")
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())


def ranked(scripts: Scripts, state: Told, **declared: Any) -> list[list[str]]:
    """Draw the ranking and return each row's place, name and value."""
    context = scripts.speak("zh")
    context["metrics"]["pm25"] |= declared
    scripts.draw("cityops.ranking.list(given[0], 'pm25', given[1]);", [state, context], ids=["ranking"])
    columns = (scripts.texts(f".rank .rank-{part}") for part in ("place", "name", "value"))
    return [list(row) for row in zip(*columns, strict=True)]


def test_what_reads_the_same_shares_a_place_and_zero_has_none(scripts: Scripts) -> None:
    rows = ranked(scripts, told_values(30.4, 29.6, 41, 0.2, None))
    assert rows == [
        ["1", "海珠区", "41"],
        ["2", "荔湾区", "30"],
        ["2", "越秀区", "30"],
        ["", "天河区", "0"],
        ["", scripts.speak("zh")["regions"].get("440107", ""), "—"],
    ]


def test_where_low_is_worse_the_lowest_is_first_and_zero_is_the_worst(scripts: Scripts) -> None:
    rows = ranked(scripts, told_values(30, 0, 12), direction="low")
    assert [row[::2] for row in rows] == [["1", "0"], ["2", "12"], ["3", "30"]]


def test_bars_are_as_long_as_the_values_within_their_ends(scripts: Scripts) -> None:
    ranked(scripts, told_values(500, 45, 0, None), span=[0, 90])
    assert scripts.every(".rank-fill", "one.style.width") == ["100%", "50%", "1%", "0%"]


def test_a_row_leads_to_its_district_where_the_viewer_may_go_there(scripts: Scripts) -> None:
    ranked(scripts, told_values(5))
    assert scripts.every(".rank", "one.getAttribute('href')") == ["/districts/440103"]
    context = scripts.speak("en")
    for links, led in ((context["links"], "/districts/440103?lang=en"), ({"district": None}, None)):
        given = [told_values(5), context | {"links": links}]
        scripts.draw("cityops.ranking.list(given[0], 'pm25', given[1]);", given, ids=["ranking"])
        assert scripts.every(".rank", "one.getAttribute('href')") == [led]


def test_what_is_late_is_drawn_as_old(scripts: Scripts) -> None:
    ranked(scripts, told_values(5, 6, as_of="2026-11-23T03:57:00Z"))
    assert scripts.every(".rank", "one.className") == ["rank is-stale"] * 2
