"""The data page's controls: they write the address, quick periods end with the running bucket, links are copied."""

from typing import Any

import pytest

from fixtures.scripts import Scripts

STANDING = {
    "indicator": "o3",
    "compare": "",
    "region": "440100",
    "level": "district",
    "only": "",
    "interval": "hour",
    "start": "2026-11-22T13:00",
    "end": "2026-11-23T13:00",
    "against": "",
}
FITS = {
    "o3": {"intervals": ["5min", "hour", "day"], "levels": ["city", "district", "street"], "toDate": False},
    "gdp": {"intervals": ["quarter", "year"], "levels": ["city", "district"], "toDate": True},
    "flights": {"intervals": ["day", "month"], "levels": ["city"], "toDate": True},
}
NOW = {"now": "2026-11-23T04:20:00Z"}  # 12:20 in the city


@pytest.fixture(autouse=True)
def data(scripts: Scripts) -> None:
    """Stand on the data page, and note what Dash is asked to put into its address."""
    scripts.open("/data?indicator=o3&lines=440106&lang=en")
    scripts.speak("en")
    scripts.ask("() => { window.put = []; dash_clientside.set_props = (id, props) => put.push([id, props]); }")


def written(scripts: Scripts) -> list[str]:
    """Return the parameters of each address that was written."""
    for name, props in scripts.ask("put"):
        assert name == "data-url"
        assert props["href"].endswith(f"/data{props['search']}")
    return [props["search"] for _, props in scripts.ask("put")]


def choose(scripts: Scripts, **changes: Any) -> list[str]:
    chosen = STANDING | {"compare": [], "only": []} | changes
    values = [*(chosen[name] for name in STANDING), STANDING, FITS]
    scripts.ask("values => cityops.data.choose(...values)", values)
    return written(scripts)


def test_what_is_chosen_already_is_not_written_again(scripts: Scripts) -> None:
    assert choose(scripts) == []
    assert choose(scripts, compare=None) == []
    assert choose(scripts, compare=["o3"]) == []  # an indicator is not compared with itself


@pytest.mark.parametrize(
    "changes",
    [{"indicator": None}, {"start": ""}, {"end": None}, {"start": "0202-11-22T13:00"}, {"end": "1999-12-31T23:59"}],
)
def test_what_is_half_typed_is_not_written(scripts: Scripts, changes: dict[str, Any]) -> None:
    assert choose(scripts, **changes) == []


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"indicator": "pm25"}, "indicator=pm25&region=440100&level=district&interval=hour"),
        ({"compare": ["pm25", "o3", "no2"]}, "compare=pm25%2Cno2"),
        ({"interval": "day"}, "interval=day"),
        ({"start": "2026-11-01T00:00"}, "start=2026-11-01T00%3A00"),
        ({"start": " 2026-11-01 06:30"}, "start=2026-11-01T06%3A30"),
        ({"start": "2026-11-01"}, "start=2026-11-01T00%3A00"),
        ({"against": "year"}, "against=year"),
    ],
)
def test_a_choice_is_written_with_the_language_and_the_lines_that_stand_out(
    scripts: Scripts, changes: dict[str, Any], part: str
) -> None:
    [search] = choose(scripts, **changes)
    assert part in search
    assert search.endswith("&lines=440106&lang=en")


@pytest.mark.parametrize("written_time", ["2026-11-1", "yesterday", "2026-13-01", "2026-11-01 6:00"])
def test_what_is_no_time_is_marked_and_waits(scripts: Scripts, written_time: str) -> None:
    scripts.body('<input id="data-start">')
    assert choose(scripts, start=written_time) == []
    assert scripts.every("#data-start", "one.getAttribute('aria-invalid')") == ["true"]


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"indicator": "gdp"}, "region=440100&level=district&interval=quarter&"),
        (
            {"indicator": "gdp", "level": "street", "against": "to_date"},
            "level=district&interval=quarter&against=to_date",
        ),
        ({"indicator": "flights", "region": "440106"}, "region=440100&level=city&interval=day&"),
        ({"indicator": "pm25", "against": "to_date", "compare": ["o3"]}, "interval=hour&start="),
        ({"only": ["440106", "440105"]}, "only=440106%2C440105&"),
        ({"interval": "day"}, "interval=day&lang"),  # a day is one value of it: its newest ones
    ],
)
def test_interval_and_level_follow_what_the_indicators_have(
    scripts: Scripts, changes: dict[str, Any], part: str
) -> None:
    [search] = choose(scripts, **changes)
    assert part in search.replace("&lines=440106", "")
    assert ("to_date" in search) is (changes.get("indicator") == "gdp" and "against" in changes)


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({"region": "440106"}, "district"),
        ({"region": "440106", "level": "street"}, "street"),
        ({"region": "440106", "level": "city"}, "district"),
        ({"region": "440106013", "level": "city"}, "street"),
        ({"region": "440106013", "level": "district"}, "street"),
        ({"level": "city"}, "city"),
    ],
)
def test_other_places_let_go_of_the_lines_and_have_a_level_that_divides_them(
    scripts: Scripts, changes: dict[str, Any], level: str
) -> None:
    [search] = choose(scripts, **changes)
    assert f"level={level}&" in search
    assert "lines" not in search
    assert search.endswith("&lang=en")


PERIODS = ["today", "24h", "7d", "30d", "year", "last_year"]
QUICK = '<div id="data-quick">{}</div>'.format(
    "".join(f'<button data-period="{name}" disabled>{name}</button>' for name in PERIODS)
)


def shows(scripts: Scripts, **changes: Any) -> list[list[Any]]:
    """Have a choice come into force, and return whether each quick period is pressed and shut."""
    scripts.body(QUICK)
    scripts.ask("choice => cityops.data.show(choice, cityops.context)", STANDING | NOW | changes)
    return scripts.every("[data-period]", "[one.getAttribute('aria-pressed') === 'true', one.disabled]")


@pytest.mark.parametrize(
    ("period", "pressed"),
    [
        ({}, 1),
        ({"start": "2026-11-16T13:00"}, 2),
        ({"interval": "day", "start": "2026-10-25T00:00", "end": "2026-11-24T00:00"}, 3),
        ({"interval": "5min", "start": "2026-11-22T12:25", "end": "2026-11-23T12:25"}, 1),
        ({"start": "2026-11-21T13:00", "end": "2026-11-22T13:00"}, None),  # a day, but not the newest
        ({"start": "2026-11-22T12:00"}, None),
        ({"start": "2026-11-23T00:00"}, 0),
        ({"interval": "month", "start": "2026-01-01T00:00", "end": "2026-12-01T00:00"}, 4),
        ({"interval": "day", "start": "2025-01-01T00:00", "end": "2026-01-01T00:00"}, 5),
    ],
)
def test_a_quick_period_is_pressed_where_it_is_what_is_shown(
    scripts: Scripts, period: dict[str, Any], pressed: int | None
) -> None:
    assert shows(scripts, **period) == [[place == pressed, False] for place in range(len(PERIODS))]
    assert scripts.page.title() == "Data · cityops"


@pytest.mark.parametrize(
    ("interval", "period", "asked"),
    [
        ("hour", "7d", "interval=hour&period=7d"),
        ("5min", "24h", "interval=5min&period=24h"),
        ("day", "30d", "interval=day&period=30d"),
        ("5min", "7d", "interval=hour&period=7d"),
        ("hour", "year", "interval=day&period=year"),
        ("quarter", "year", "interval=quarter&period=year"),
        ("hour", "last_year", "interval=day&period=last_year"),
        ("hour", "today", "interval=hour&period=today"),
    ],
)
def test_a_period_stands_by_its_name_with_an_interval_that_serves_it(
    scripts: Scripts, interval: str, period: str, asked: str
) -> None:
    shows(scripts, interval=interval, start="2026-06-01T00:00", end="2026-06-02T00:00")
    scripts.ask("name => document.querySelector(`[data-period='${name}']`).click()", period)
    [search] = written(scripts)
    assert f"{asked}&" in search


@pytest.mark.parametrize(
    ("standing", "changes", "asked", "left"),
    [
        ("7d", {"indicator": "pm25"}, "&period=7d", "start="),
        ("newest", {"indicator": "pm25"}, "interval=hour&lines", "period="),
        ("newest", {"interval": "5min"}, "interval=5min&period=24h", "start="),
        ("24h", {"interval": "5min"}, "interval=5min&period=24h", "start="),
        ("7d", {"start": "2026-11-20T00:00"}, "start=2026-11-20T00%3A00&end=2026-11-23T13%3A00", "period="),
    ],
)
def test_a_time_that_goes_along_with_the_clock_does_so_until_another_is_typed(
    scripts: Scripts, standing: str, changes: dict[str, Any], asked: str, left: str
) -> None:
    shows(scripts)
    chosen = STANDING | {"compare": [], "only": []} | changes
    values = [*(chosen[name] for name in STANDING), STANDING | {"period": standing}, FITS]
    scripts.ask("values => cityops.data.choose(...values)", values)
    [search] = written(scripts)
    assert asked in search
    assert left not in search


def test_a_link_is_copied_whole_and_the_button_says_so_for_a_while(scripts: Scripts) -> None:
    scripts.body('<button data-copy="/export/series.csv?a=1&amp;b=2" data-copied="Copied">Copy link</button>')
    scripts.ask(
        "() => { document.execCommand = () => { window.copied = document.querySelector('textarea').value; }; }"
    )
    scripts.ask("document.querySelector('button').click()")
    scripts.page.wait_for_function("document.querySelector('button').disabled")
    assert scripts.ask("copied") == "http://scripts.test/export/series.csv?a=1&b=2"
    assert scripts.texts("button") == ["Copied"]
    assert scripts.texts("textarea") == []
    scripts.passes(2000)
    assert scripts.every("button", "[one.textContent, one.disabled]") == [["Copy link", False]]


def test_enter_in_a_field_does_not_load_the_page_anew(scripts: Scripts) -> None:
    scripts.body("<form><input><button></button></form>")
    prevented = "new Promise((done) => { addEventListener('submit', (event) => done(event.defaultPrevented));"
    assert scripts.ask(f"{prevented} document.querySelector('form').requestSubmit(); }})") is True
