"""Ages in the browser: they grow by themselves, by the server's clock, and what is old by now is not called fresh."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from cityops.domain.freshness import freshness
from factories.state import NOON
from fixtures.scripts import Scripts

CADENCES = (1, 60, 300, 86_400)


def at(seconds_ago: float) -> str:
    return (NOON - timedelta(seconds=seconds_ago)).isoformat()


@pytest.fixture(autouse=True)
def noon(scripts: Scripts) -> None:
    """Have the server's clock say noon."""
    scripts.open()
    scripts.speak("en")
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())


def judged(scripts: Scripts, asked: Sequence[tuple[str, str | None, int | None]]) -> list[str]:
    found: list[str] = scripts.ask("asked => asked.map((one) => cityops.ages.freshness(...one))", asked)
    return found


def test_an_age_is_judged_as_the_server_judges_it(scripts: Scripts) -> None:
    ages = [(cadence * share + more, cadence) for cadence in CADENCES for share in (0, 1, 2, 6, 7) for more in (0, 1)]
    asked = [("fresh", at(age), cadence) for age, cadence in ages]
    assert judged(scripts, asked) == [freshness(age, cadence).value for age, cadence in ages]


@pytest.mark.parametrize(
    ("told", "age_s", "cadence_s", "by_now"),
    [
        ("late", 0, 60, "late"),  # as it was found out, whatever its newest reading
        ("late", 361, 60, "silent"),
        ("silent", 0, 60, "silent"),
        ("manual", 1e6, 60, "manual"),  # nobody said when the next one is due
        ("fresh", 1e6, 0, "fresh"),
        ("fresh", 1e6, None, "fresh"),
        ("fresh", -600, 60, "fresh"),
        ("fresh", None, 60, "fresh"),
    ],
)
def test_nothing_becomes_fresher_and_what_has_no_cadence_does_not_age(
    scripts: Scripts, told: str, age_s: float | None, cadence_s: int | None, by_now: str
) -> None:
    assert judged(scripts, [(told, None if age_s is None else at(age_s), cadence_s)]) == [by_now]


def test_time_is_the_server_s_however_wrong_this_computer_s_clock_is(scripts: Scripts) -> None:
    for days in (-400, 0, 3):
        told = NOON + timedelta(days=days)
        scripts.ask("now => cityops.ages.setServerTime(now)", told.isoformat())
        assert scripts.ask("cityops.ages.now()") == told.timestamp() * 1000
    scripts.passes(5000)
    assert scripts.ask("cityops.ages.now()") == (told.timestamp() + 5) * 1000


@pytest.mark.parametrize(
    ("kind", "shown", "later"),
    [
        ("age", "8 s ago", "10 s ago"),
        ("age is-short", "8 s", "10 s"),
        ("age is-lasting", "for 8 s", "for 10 s"),
        ("age is-lasting-over", "for over 8 s", "for over 10 s"),
    ],
)
def test_an_age_grows_every_second_in_the_words_of_its_place(
    scripts: Scripts, kind: str, shown: str, later: str
) -> None:
    scripts.draw("cityops.render('here', cityops.ages.element(...given));", [at(8), 60, kind], ids=["here"])
    assert scripts.texts("#here span") == [shown]
    scripts.passes(2000)
    assert scripts.texts("#here span") == [later]


def test_what_has_never_spoken_has_no_age(scripts: Scripts) -> None:
    scripts.draw("cityops.render('here', cityops.ages.element(null, 60));", ids=["here"])
    scripts.passes(2000)
    assert scripts.texts("#here span") == ["—"]


def test_what_holds_an_age_is_judged_by_it_every_second(scripts: Scripts) -> None:
    scripts.body(
        f'<p data-judged="fresh"><span data-as-of="{at(119)}" data-cadence="60"></span></p>'
        f'<p data-judged="silent"><span data-as-of="{at(0)}" data-cadence="60"></span></p>'
        f'<p data-judged="fresh"><span data-as-of="{at(9999)}" data-cadence="0"></span></p>'
    )
    found = []
    for ms in (1000, 1000, 240_000):
        scripts.passes(ms)
        found.append(scripts.every("p", "one.dataset.freshness"))
    assert found == [["fresh", "silent", "fresh"], ["late", "silent", "fresh"], ["silent", "silent", "fresh"]]


def test_every_clock_of_the_page_tells_the_city_s_time_and_day(scripts: Scripts) -> None:
    scripts.body('<i class="clock-time"></i><i class="clock-time"></i><b class="clock-date"></b>')
    scripts.ask("now => cityops.ages.setServerTime(now)", "2026-11-23T15:59:58Z")
    scripts.passes(1000)
    assert (scripts.texts("i"), scripts.texts("b")) == (["23:59:59"] * 2, ["Monday, 2026-11-23"])
    scripts.passes(1000)
    assert (scripts.texts("i"), scripts.texts("b")) == (["00:00:00"] * 2, ["Tuesday, 2026-11-24"])


def test_a_page_that_is_still_to_come_has_no_time(scripts: Scripts) -> None:
    scripts.open()
    scripts.body('<i class="clock-time"></i>')
    scripts.passes(3000)
    assert scripts.texts("i") == [""]
