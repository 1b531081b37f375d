"""The rail of source systems: each in its place, only one that is not on time is lifted, by a shape and a word."""

from typing import Any

import pytest

from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_state


def source(number: int, freshness: str, **changes: Any) -> Told:
    told = {"code": f"s{number}", "name_zh": f"源{number}", "name_en": f"Source {number}", "freshness": freshness}
    return told | {"expected_interval_s": 60, "last_received_at": NOON.isoformat()} | changes


def listed(scripts: Scripts, sources: list[Told], lang: str = "zh") -> list[str]:
    """Return the items in their order."""
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())
    context = scripts.speak(lang)
    state = told_state() | {"sources": sources}
    scripts.draw("cityops.sources.draw(...given);", [state, context], ids=["sources"])
    return scripts.texts(".source")


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", ["源0 0秒", "源1 迟 12分", "源2 静默 26分", "空气 5秒", "源4 从未上报", "源5 0秒"]),
        (
            "en",
            [
                *("Source 0 0 s", "Source 1 late 12 min", "Source 2 silent 26 min"),
                *("Air 5 s", "Source 4 never reported", "Source 5 0 s"),
            ],
        ),
    ],
)
def test_late_silent_never_and_manual_look_and_read_different_and_each_stays_in_its_place(
    scripts: Scripts, lang: str, said: list[str]
) -> None:
    sources = [
        source(0, "fresh"),
        source(1, "late", last_received_at="2026-11-23T03:48:00Z", expected_interval_s=300),
        source(2, "silent", last_received_at="2026-11-23T03:34:00Z"),
        source(3, "fresh", code="eco-air", last_received_at="2026-11-23T03:59:55Z"),
        source(4, "silent", last_received_at=None),
        source(5, "manual"),
    ]
    listed(scripts, sources, lang)
    words = "[...one.children].slice(1).map((part) => part.textContent).join(' ')"
    assert scripts.every(".source", words) == said
    lights = ["fresh", "late", "silent", "fresh", "never", "manual"]
    assert scripts.every(".light", "one.getAttribute('class')") == [f"light light-{one}" for one in lights]
    assert scripts.every(".source", "one.classList.contains('is-bad')") == [False, True, True, False, False, False]


def test_with_more_than_there_is_room_for_the_worst_come_first_and_the_rest_is_counted(scripts: Scripts) -> None:
    kinds = ["fresh"] * 18 + ["late", "silent"]
    said = listed(scripts, [source(number, kind) for number, kind in enumerate(kinds)])
    assert [said[0][:3], said[1][:3], len(said), said[-1]] == ["源19", "源18", 19, "另 2 源"]
