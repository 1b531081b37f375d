"""What a mode may be, whose it is, what it is called, and which one holds in a region."""

from datetime import UTC, datetime, timedelta

import pytest

from cityops.domain.access import WHOLE_CITY, Scope, ScopeKind
from cityops.domain.alarms.rules import Grouping, RuleClass
from cityops.domain.modes.modes import (
    Grade,
    Matter,
    ModeError,
    ModeInForce,
    ModeKind,
    NewMode,
    NotOverItError,
    check_over,
    check_start,
    holding,
    pace,
)

NOW = datetime(2026, 11, 27, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
TIANHE = Scope(ScopeKind.DISTRICTS, frozenset({"440106"}))


def mode(
    region: str = "440100", kind: ModeKind = ModeKind.EMERGENCY, grade: Grade | None = Grade.II, **more: object
) -> NewMode:
    told: dict[str, object] = {"matter": Matter.FLOOD, "reason": "暴雨", "approver": "陈", "until": None} | more
    return NewMode(region_code=region, kind=kind, grade=grade, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (mode(kind=ModeKind.NORMAL), "end the one"),
        (mode(grade=None), "has one of 1"),
        (mode(kind=ModeKind.EVENT), "has none"),
        (mode(region="440106013"), "is a street"),
        (mode(until=NOW), "within the next 720 h"),
        (mode(until=NOW + timedelta(days=31)), "within the next 720 h"),
        (mode(drill=True), "a drill has a planned end"),
        (mode(drill=True, until=NOW + 25 * HOUR), "within the next 24 h"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_would_do(wrong: NewMode, said: str) -> None:
    with pytest.raises(ModeError, match=said):
        check_start(wrong, NOW)


def test_what_makes_sense_is_taken() -> None:
    for one in (
        mode(),
        mode("440106", until=NOW + HOUR),
        mode(kind=ModeKind.EVENT, grade=None),
        mode(drill=True, until=NOW + HOUR),
    ):
        check_start(one, NOW)


def test_the_citys_mode_is_for_those_over_the_city() -> None:
    check_over(WHOLE_CITY, "440106")
    check_over(TIANHE, "440106")
    for region, whose in (("440100", "the city"), ("440105", "district 440105")):
        with pytest.raises(NotOverItError, match=whose):
            check_over(TIANHE, region)


def test_a_mode_without_titles_is_called_by_matter_grade_and_kind() -> None:
    assert mode().titles == ("防汛Ⅱ级应急响应", "Flood control response, grade Ⅱ")
    assert mode(kind=ModeKind.EVENT, grade=None, matter=Matter.CROWD).titles == (
        "大型活动保障",
        "Large event in force",
    )
    assert mode(title_zh="防汛Ⅱ级响应", title_en="Flood II").titles == ("防汛Ⅱ级响应", "Flood II")


def test_a_district_is_in_its_own_mode_else_in_the_citys() -> None:
    def kept(number: int, region: str) -> ModeInForce:
        return ModeInForce(number, region, ModeKind.ALERT, Matter.AIR, 3, "", "", "", "", NOW, None, False)

    city, own = kept(1, "440100"), kept(2, "440106")
    regions = ("440100", "440106", "440106013", "440105")
    assert [holding([own, city], code) for code in regions] == [city, own, own, city]
    assert [holding([own], code) for code in regions] == [None, own, own, None]


def test_alarms_of_the_matter_are_told_again_sooner() -> None:
    def in_(kind: ModeKind, region: str = "440106") -> list[ModeInForce]:
        return [ModeInForce(1, region, kind, Matter.FLOOD, 2, "", "", "", "", NOW, None, False)]

    paces = [pace(in_(kind), "440106013", "flood") for kind in (ModeKind.ALERT, ModeKind.EMERGENCY, ModeKind.EVENT)]
    assert paces == [2, 5, 1]
    assert pace(in_(ModeKind.EMERGENCY), "440106013", "gas") == pace(in_(ModeKind.EMERGENCY), "440105", "flood") == 1
    assert Grouping().sooner(5) == Grouping(interval=timedelta(minutes=1), repeat=timedelta(minutes=48))


def test_every_matter_has_names_and_classes_of_alarms() -> None:
    assert len({one.name_zh for one in Matter}) == len({one.name_en for one in Matter}) == len(Matter)
    assert all(one.classes <= set(RuleClass) for one in Matter if one.classes)
    assert Matter.OTHER.classes == set(RuleClass)
    assert RuleClass.GAS not in Matter.FLOOD.classes, "a leak within a flood drill is a leak"
