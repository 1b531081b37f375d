"""The list of source systems: who is not on time stands first, and those without room are counted, not dropped."""

from typing import Any

import pytest

from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_state


def source(number: int, freshness: str, **changes: Any) -> Told:
    told = {"code": f"s{number}", "name_zh": f"源{number}", "name_en": f"Source {number}", "freshness": freshness}
    return told | {"expected_interval_s": 60, "last_received_at": NOON.isoformat()} | changes


def listed(scripts: Scripts, sources: list[Told], lang: str = "zh", **platform: Any) -> list[str]:
    """Return the names in their order."""
    context = scripts.speak(lang)
    state = told_state() | {"sources": sources}
    state["platform"] |= platform
    scripts.draw("cityops.sources.list(...given);", [state, context], ids=["sources", "sources-count"])
    return scripts.texts(".source-name")


def test_who_is_silent_stands_before_who_is_late_and_both_before_the_others(scripts: Scripts) -> None:
    kinds = ["fresh", "manual", "late", "silent", "fresh", "late"]
    names = listed(scripts, [source(number, kind) for number, kind in enumerate(kinds)])
    assert names == ["源3", "源2", "源5", "源1", "源0", "源4"]  # alike ones in the order they come in
    assert scripts.every(".source", "one.dataset.judged") == ["silent", "late", "late", "manual", "fresh", "fresh"]


@pytest.mark.parametrize(
    ("kinds", "zh", "en"),
    [
        (["fresh"] * 9, None, None),
        (["fresh"] * 12, "其余 3 个数据源及时", "3 more on time"),
        (["late"] * 10, "其余 1 个数据源，1 个不及时", "1 more, 1 not on time"),
        (["silent"] * 8 + ["manual"] * 2 + ["fresh"], "其余 2 个数据源，1 个不及时", "2 more, 1 not on time"),
    ],
)
def test_those_without_room_are_counted_and_it_is_said_if_they_are_not_on_time(
    scripts: Scripts, kinds: list[str], zh: str | None, en: str | None
) -> None:
    for lang, said in (("zh", zh), ("en", en)):
        names = listed(scripts, [source(number, kind) for number, kind in enumerate(kinds)], lang)
        assert len(names) == 9
        assert scripts.texts(".source-rest") == ([said] if said else [])


def test_a_source_has_the_age_of_what_came_last_or_has_never_spoken(scripts: Scripts) -> None:
    sources = [source(1, "silent", last_received_at=None), source(2, "fresh")]
    assert listed(scripts, sources) == ["源1", "源2"]
    assert scripts.texts(".source .age") == ["未上报", "0秒"]
    assert listed(scripts, sources, "en") == ["Source 1", "Source 2"]
    assert scripts.texts(".source .age") == ["never", "0 s"]


@pytest.mark.parametrize(
    ("rate", "kept", "said"),
    [(62.4, 3_360_004, "62/s · 3.4M kept"), (None, 0, "—/s · 0 kept"), (0.0, 9_999, "0/s · 9,999 kept")],
)
def test_what_comes_in_is_told_for_who_looks_after_the_platform(
    scripts: Scripts, rate: float | None, kept: int, said: str
) -> None:
    assert listed(scripts, [], "en", readings_per_s=rate, readings_kept=kept) == []
    assert scripts.texts("#sources-count") == [said]
