"""The data page's controls: they write the address, quick periods end with the running bucket, links are copied."""

from typing import Any

import pytest

from fixtures.scripts import Scripts

STANDING = {
    "indicator": "o3",
    "compare": "",
    "region": "440100",
    "level": "district",
    "interval": "hour",
    "start": "2026-11-22T13:00",
    "end": "2026-11-23T13:00",
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
    chosen = STANDING | {"compare": []} | changes
    scripts.ask("values => cityops.data.choose(...values)", [*(chosen[name] for name in STANDING), STANDING])
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
    ],
)
def test_a_choice_is_written_with_the_language_and_the_lines_that_stand_out(
    scripts: Scripts, changes: dict[str, Any], part: str
) -> None:
    [search] = choose(scripts, **changes)
    assert part in search
    assert search.endswith("&lines=440106&lang=en")


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


QUICK = '<div id="data-quick">{}</div>'.format(
    "".join(f'<button data-hours="{hours}" disabled>{hours}</button>' for hours in (24, 168, 720))
)


def shows(scripts: Scripts, **changes: Any) -> list[list[Any]]:
    """Have a choice come into force, and return whether each quick period is pressed and shut."""
    scripts.body(QUICK)
    scripts.ask("choice => cityops.data.show(choice, cityops.context)", STANDING | NOW | changes)
    return scripts.every("[data-hours]", "[one.getAttribute('aria-pressed') === 'true', one.disabled]")


@pytest.mark.parametrize(
    ("period", "pressed"),
    [
        ({}, 0),
        ({"start": "2026-11-16T13:00"}, 1),
        ({"interval": "day", "start": "2026-10-25T00:00", "end": "2026-11-24T00:00"}, 2),
        ({"interval": "5min", "start": "2026-11-22T12:25", "end": "2026-11-23T12:25"}, 0),
        ({"start": "2026-11-21T13:00", "end": "2026-11-22T13:00"}, None),  # a day, but not the newest
        ({"start": "2026-11-22T12:00"}, None),
    ],
)
def test_a_quick_period_is_pressed_where_it_is_what_is_shown(
    scripts: Scripts, period: dict[str, Any], pressed: int | None
) -> None:
    assert shows(scripts, **period) == [[place == pressed, False] for place in range(3)]
    assert scripts.page.title() == "Data · cityops"


@pytest.mark.parametrize(
    ("interval", "hours", "start", "end"),
    [
        ("hour", 168, "2026-11-16T13%3A00", "2026-11-23T13%3A00"),
        ("5min", 24, "2026-11-22T12%3A25", "2026-11-23T12%3A25"),
        ("day", 720, "2026-10-25T00%3A00", "2026-11-24T00%3A00"),
    ],
)
def test_a_quick_period_reaches_to_the_end_of_the_running_bucket_of_the_city(
    scripts: Scripts, interval: str, hours: int, start: str, end: str
) -> None:
    shows(scripts, interval=interval)
    scripts.ask("hours => document.querySelector(`[data-hours='${hours}']`).click()", hours)
    [search] = written(scripts)
    assert f"interval={interval}&start={start}&end={end}&" in search


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
