"""The title bar: one light for all data, the sources on time, the mode, the theme, what spares a wall."""

import pytest

from factories.state import NOON
from fixtures.scripts import Scripts, told_state

IDS = ["as-of", "mode"]


@pytest.mark.parametrize(
    ("kinds", "count", "light"),
    [
        (["fresh", "fresh"], "2/2", "fresh"),
        (["fresh", "late"], "1/2", "late"),
        (["late", "silent"], "0/2", "silent"),
        (["manual", "fresh"], "1/2", "fresh"),
        ([], "0/0", "fresh"),
    ],
)
def test_one_light_shows_the_worst_of_the_sources_which_are_counted(
    scripts: Scripts, kinds: list[str], count: str, light: str
) -> None:
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())
    scripts.speak("zh")
    told = {"last_received_at": NOON.isoformat(), "expected_interval_s": 60}
    state = told_state() | {"sources": [told | {"freshness": kind} for kind in kinds]}
    scripts.draw("cityops.titlebar.asOf(given);", state, ids=IDS)
    assert scripts.texts(".as-of-count") == [count]
    assert scripts.every(".light", "one.getAttribute('class')") == [f"light light-{light}"]


def test_the_data_have_an_age_and_a_cut_line_makes_the_light_go_out(scripts: Scripts) -> None:
    scripts.speak("en")
    scripts.draw("cityops.titlebar.asOf(given);", told_state(), ids=IDS)
    assert scripts.texts(".as-of-data > :not(svg)") == ["Data", "2 s ago"]
    assert scripts.every(".as-of-data", "one.dataset.freshness") == ["fresh"]
    scripts.ask("ReactDOM.flushSync(() => cityops.titlebar.cut(true))")
    assert scripts.texts(".as-of-sources") == ["connection lost"]
    assert scripts.every(".light", "one.getAttribute('class')") == ["light light-silent"]
    scripts.ask("ReactDOM.flushSync(() => cityops.titlebar.cut(false))")
    assert scripts.texts(".as-of-sources") == ["16/17 sources on time"]


def test_a_city_without_data_has_a_dash(scripts: Scripts) -> None:
    scripts.speak("zh")
    scripts.draw("cityops.titlebar.asOf(given);", told_state() | {"as_of": None}, ids=IDS)
    assert scripts.texts(".as-of-data > :not(svg)") == ["数据", "—"]


def test_a_mode_is_an_outline_as_usual_inverse_where_it_is_not_and_a_drill_says_so(scripts: Scripts) -> None:
    scripts.speak("zh")
    normal = {"kind": "normal", "title_zh": "", "title_en": "", "drill": False}
    said = []
    for mode in (None, normal, normal | {"kind": "emergency", "title_zh": "应急响应 暴雨 Ⅱ级", "drill": True}):
        scripts.draw("cityops.titlebar.asOf(given);", told_state() | {"mode": mode}, ids=IDS)
        said.append(list(zip(scripts.texts(".mode"), scripts.every(".mode", "one.className"), strict=True)))
    assert said == [[], [("平时", "mode")], [("应急响应 暴雨 Ⅱ级", "mode is-on"), ("演练", "mode is-on")]]


def test_the_key_t_changes_the_theme_in_address_and_links_and_types_into_fields(scripts: Scripts) -> None:
    scripts.open("/?lang=en")
    scripts.body('<input id="field"><a href="/desk?lang=en">Desk</a>')
    scripts.page.locator("#field").press("t")
    assert scripts.address == "/?lang=en"
    scripts.page.locator("a").press("t")
    assert scripts.address == "/?lang=en&theme=light"
    assert scripts.ask("document.documentElement.dataset.theme") == "light"
    assert scripts.every("a", "new URL(one.href).search") == ["?lang=en&theme=light"]
    scripts.page.locator("a").press("T")
    assert (scripts.address, scripts.every("a", "new URL(one.href).search")) == ("/?lang=en", ["?lang=en"])


def test_a_wall_is_fainter_by_night_and_moves_by_two_pixels_every_ten_minutes(scripts: Scripts) -> None:
    night = {}
    for hour in (21, 22, 5, 6):
        at = f"2026-11-23T{(hour - 8) % 24:02}:30:00Z"
        night[hour] = scripts.ask("at => cityops.titlebar.spared(Date.parse(at)).isNight", at)
    assert night == {21: False, 22: True, 5: True, 6: False}
    shifts = [scripts.ask("ms => cityops.titlebar.spared(ms).shift", minutes * 60_000) for minutes in range(0, 90, 5)]
    assert shifts[0::2] == shifts[1::2]
    assert len(set(shifts)) == 9
    assert {px for shift in shifts for px in shift.split()} == {"-2px", "0px", "2px"}
