"""The title bar: the data's own time and age, and how many of the sources are on time, by sign and colour."""

import pytest

from fixtures.scripts import Scripts, told_state


@pytest.mark.parametrize(
    ("kinds", "count", "sign", "light"),
    [
        (["fresh", "fresh"], "2/2", "●", "light light-all"),
        (["fresh", "late"], "1/2", "▲", "light light-some"),
        (["silent"], "0/1", "▲", "light light-some"),
        (["manual", "fresh"], "1/2", "▲", "light light-some"),
        ([], "0/0", "●", "light light-all"),
    ],
)
def test_the_sources_on_time_are_counted(
    scripts: Scripts, kinds: list[str], count: str, sign: str, light: str
) -> None:
    scripts.speak("zh")
    state = told_state() | {"sources": [{"freshness": kind} for kind in kinds]}
    scripts.draw("cityops.titlebar.asOf(given);", state, ids=["as-of"])
    assert scripts.texts(".as-of-count") == [count]
    assert scripts.texts(".light") == [sign]
    assert scripts.every(".light", "one.className") == [light]


def test_the_data_s_time_is_the_city_s_and_has_an_age(scripts: Scripts) -> None:
    scripts.speak("en")
    scripts.draw("cityops.titlebar.asOf(given);", told_state(), ids=["as-of"])
    assert scripts.texts(".as-of-data > *") == ["Data as of", "11:59:58", "2 s ago"]
    assert scripts.every(".as-of-data", "one.dataset.freshness") == ["fresh"]


def test_a_city_without_data_has_a_dash_for_both(scripts: Scripts) -> None:
    scripts.speak("zh")
    scripts.draw("cityops.titlebar.asOf(given);", told_state() | {"as_of": None}, ids=["as-of"])
    assert scripts.texts(".as-of-data > *") == ["数据截至", "—", "—"]
