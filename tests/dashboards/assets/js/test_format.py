"""Numbers, counts, ages, times and badges as the page scripts write them, in both languages."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from cityops.domain.metrics import at_decimals
from factories.state import NOON
from fixtures.scripts import Scripts

BOTH = pytest.mark.parametrize("lang", ["zh", "en"])


def ms(*parts: int) -> float:
    """Return a time of the city, by its wall, as JavaScript counts."""
    year, month, day, hour, minute, second = (*parts, 0, 0, 0)[:6]
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp() * 1000 - 8 * 3600e3


def test_numbers_are_rounded_as_warnings_are_compared(scripts: Scripts) -> None:
    """A value that is shown as 0.30 has the level of 0.30, also where a half or a 32-bit float lies between."""
    edges = [(whole + part) / 10**places for places in (0, 1, 2) for whole in (0, 30, 4) for part in (0, 0.4, 0.5)]
    values = [*edges, 1234.5, 0.35, 1.005, 0.29500000178813934, 0.30000001192092896, 0.04]
    floats = [float(np.float32(value)) for value in values]
    asked = [[sign * value, places] for value in (*values, *floats) for places in (0, 1, 2) for sign in (1, -1)]
    shown = scripts.ask("asked => asked.map(([value, places]) => cityops.format.number(value, places))", asked)
    expected = [f"{float(at_decimals(value, places)):,.{places}f}".replace("-", "−") for value, places in asked]
    assert [pair for pair in zip(asked, shown, expected, strict=True) if pair[1] != pair[2]] == []


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        ("null", 1, "—"),
        ("undefined", 0, "—"),
        ("0", 0, "0"),
        ("0", 2, "0.00"),
        ("-0.04", 1, "0.0"),
        ("-1.35", 2, "−1.35"),
        ("999", 0, "999"),
        ("1000", 0, "1,000"),
        ("182400.4", 0, "182,400"),
    ],
)
def test_a_number_is_written_in_full_and_what_is_not_known_as_a_dash(
    scripts: Scripts, value: str, decimals: int, shown: str
) -> None:
    assert scripts.ask(f"cityops.format.number({value}, {decimals})") == shown


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (None, "—", "—"),
        (0, "0", "0"),
        (9_999, "9,999", "9,999"),
        (10_000, "10,000", "10.0k"),
        (99_949, "99,949", "99.9k"),
        (100_000, "10.0万", "100k"),
        (3_360_004, "336万", "3.4M"),
        (99_000_000, "9,900万", "99.0M"),
        (100_000_000, "1.0亿", "100M"),
        (12_345_678_900, "123亿", "12,346M"),
    ],
)
def test_a_large_count_is_put_in_the_language_s_own_powers(
    scripts: Scripts, value: int | None, zh: str, en: str
) -> None:
    for lang, shown in (("zh", zh), ("en", en)):
        scripts.speak(lang)
        assert scripts.ask("value => cityops.format.count(value)", value) == shown


@pytest.mark.parametrize(
    ("seconds", "words", "zh", "en"),
    [
        (0, "ago", "刚刚", "just now"),
        (0.99, "ago", "刚刚", "just now"),
        (-30, "ago", "刚刚", "just now"),  # a device's clock is ahead
        (1, "ago", "1 秒前", "1 s ago"),
        (99.9, "ago", "99 秒前", "99 s ago"),
        (100, "ago", "1 分钟前", "1 min ago"),
        (5_999, "ago", "99 分钟前", "99 min ago"),
        (6_000, "ago", "1 小时前", "1 h ago"),
        (172_799, "ago", "47 小时前", "47 h ago"),
        (172_800, "ago", "2 天前", "2 d ago"),
        (1e9, "ago", "11574 天前", "11574 d ago"),
        (8, "short", "8秒", "8 s"),
        (-8, "short", "0秒", "0 s"),
        (0, "lasting", "已持续 0 秒", "for 0 s"),
        (7_200, "lasting", "已持续 2 小时", "for 2 h"),
        (7_200, "lasting-over", "持续 2 小时以上", "for over 2 h"),
    ],
)
def test_an_age_is_whole_and_never_older_than_it_is(
    scripts: Scripts, seconds: float, words: str, zh: str, en: str
) -> None:
    for lang, shown in (("zh", zh), ("en", en)):
        scripts.speak(lang)
        assert scripts.ask("([seconds, words]) => cityops.format.age(seconds, words)", [seconds, words]) == shown


@pytest.mark.parametrize(
    ("at", "clock", "zh", "en"),
    [
        (ms(2026, 11, 23, 12), "12:00:00", "2026年11月23日 星期一", "Monday, 2026-11-23"),
        (ms(2026, 11, 22, 23, 59, 59), "23:59:59", "2026年11月22日 星期日", "Sunday, 2026-11-22"),
        (ms(2027, 1, 1), "00:00:00", "2027年1月1日 星期五", "Friday, 2027-1-1"),
        (ms(2028, 2, 29, 7, 5, 9), "07:05:09", "2028年2月29日 星期二", "Tuesday, 2028-2-29"),
    ],
)
def test_times_are_the_city_s_whatever_zone_the_computer_is_in(
    scripts: Scripts, at: float, clock: str, zh: str, en: str
) -> None:
    assert scripts.ask("at => cityops.format.clock(at)", at) == clock
    assert scripts.ask("at => cityops.format.clock(at, false)", at) == clock[:5]
    assert scripts.ask("at => cityops.format.axisTime(at)", at).endswith(f"T{clock}")
    for lang, date in (("zh", zh), ("en", en)):
        scripts.speak(lang)
        assert scripts.ask("at => cityops.format.date(at)", at) == date


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (ms(2026, 11, 23, 12), "12:00"),
        (ms(2026, 11, 23), "00:00"),
        (ms(2026, 11, 22, 23, 59), "11-22 23:59"),
        (ms(2025, 11, 23, 12), "11-23 12:00"),
    ],
)
def test_what_began_on_another_day_says_which(scripts: Scripts, at: float, shown: str) -> None:
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())
    assert scripts.ask("at => cityops.format.onset(at)", at) == shown


@BOTH
def test_a_level_has_its_colour_and_its_word_and_none_is_nothing(scripts: Scripts, lang: str) -> None:
    scripts.speak(lang)
    words = {"zh": ["蓝", "黄", "橙", "红"], "en": ["Blue", "Yellow", "Orange", "Red"]}[lang]
    scripts.draw("cityops.render('here', [0, null, 1, 2, 3, 4].map(cityops.format.badge));", ids=["here"])
    assert scripts.texts("#here > *") == words
    assert scripts.every("#here > *", "one.className") == [f"badge level-{level}" for level in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("lang", "key", "values", "said"),
    [
        ("en", "facts.streets", {"n": 1}, "1 street or town"),
        ("en", "facts.streets", {"n": "1"}, "1 street or town"),
        ("en", "facts.streets", {"n": "1,001"}, "1,001 streets and towns"),
        ("en", "facts.streets", {"n": 0}, "0 streets and towns"),
        ("zh", "headline.coverage", {"fresh": 3, "expected": 4}, "及时 3/4"),
        ("zh", "data.no_time", {"text": "{n} $&"}, "无法识别时间“{n} $&”，请按 2026-01-31T08:00 的格式填写。"),
    ],
)
def test_a_text_is_filled_as_the_server_fills_it(
    scripts: Scripts, lang: str, key: str, values: dict[str, Any], said: str
) -> None:
    scripts.speak(lang)
    assert scripts.ask("([key, values]) => cityops.text(key, values)", [key, values]) == said


def test_a_text_that_is_not_in_the_catalogue_is_an_error_that_names_it(scripts: Scripts) -> None:
    scripts.speak("zh")
    told = "() => { try { cityops.text('no.such'); } catch (error) { return error.message; } }"
    assert scripts.ask(told) == "no text no.such"
