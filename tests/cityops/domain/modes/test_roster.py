"""The roster: lines of a file with what becomes of each, who is on duty under which mode, and gaps that are said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.modes.modes import ModeKind
from cityops.domain.modes.roster import AHEAD, COLUMNS, RosterDuty, RosterError, RosterOutcome, judged, masked, watch

NOW = datetime(2026, 11, 28, 2, tzinfo=UTC)
"""Ten in the city."""
HOUR = timedelta(hours=1)
REGIONS = frozenset({"440100", "440106", "440106013"})
FIRST = "440100,值班长,1,张三,13812341234,2026-11-28 08:00,2026-11-28 20:00,normal alert"


def read(*lines: str, kept: Sequence[RosterDuty] = ()) -> list[tuple[int, str, str]]:
    found = judged([",".join(COLUMNS) + "\n", *(f"{line}\n" for line in lines)], kept, REGIONS)
    return [(one.line, one.outcome.value, one.why) for one in found.lines]


def duty(
    role: str = "值班长", start: float = -2, end: float = 10, region: str = "440100", **more: object
) -> RosterDuty:
    told = {"place": 1, "person": "张三", "phone": "13812341234", "kinds": frozenset({ModeKind.NORMAL})} | more
    return RosterDuty(region_code=region, role=role, starts_at=NOW + start * HOUR, ends_at=NOW + end * HOUR, **told)  # type: ignore[arg-type]


def test_lines_are_taken_one_by_one_and_read_again_are_as_they_were() -> None:
    second = FIRST.replace("张三", "李四").replace(",1,", ",2,")
    assert [one[1] for one in read(FIRST, second, FIRST)] == ["added", "added", "unchanged"]
    [kept] = judged([",".join(COLUMNS), FIRST], (), REGIONS).duties
    assert kept == replace(duty(), kinds=frozenset({ModeKind.NORMAL, ModeKind.ALERT}))
    changed = FIRST.replace("张三", "王五")
    assert [one[1] for one in read(changed, FIRST.replace("张三", ""), kept=[kept])] == ["changed", "removed"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (FIRST.replace("440100", "440106013"), "region_code: '440106013' is not the city or a district"),
        (FIRST.replace("值班长", ""), "role: '' is no name"),
        (FIRST.replace(",1,", ",1.5,"), "order: '1.5' is no whole number"),
        (FIRST.replace("13812341234", "call me"), "phone: it is no telephone number"),
        (FIRST.replace("2026-11-28 08:00", "tomorrow"), "from: 'tomorrow' is no time"),
        (FIRST.replace("2026-11-28 20:00", "2026-11-28 08:00"), "to: it is not within 31 days"),
        (FIRST.replace("alert", "war"), "modes: 'war' is no mode"),
        (FIRST.replace("张三", ""), "person: empty, and there is no such duty"),
        (FIRST.replace("08:00", "09:00"), "from: 张三 is 值班长 1 from 11-28 08:00 to 11-28 20:00"),
    ],
)
def test_a_line_that_cannot_be_taken_is_refused_with_why_and_the_others_are_taken(line: str, why: str) -> None:
    kept = [duty()] if "09:00" in line else []
    good = FIRST.replace("值班长", "技术保障")
    refused, taken = read(line, good, kept=kept)
    assert (refused[1], taken[1]) == (RosterOutcome.REFUSED, RosterOutcome.ADDED)
    assert why in refused[2]
    assert "13812341234" not in refused[2]


def test_what_is_no_roster_is_refused_as_a_whole() -> None:
    with pytest.raises(RosterError, match="does not name role"):
        judged(["region_code,person\n"], (), REGIONS)
    with pytest.raises(RosterError, match="no CSV from here on"):
        judged([",".join(COLUMNS) + "\n", '440100,"值班长"x\n'], (), REGIONS)


def test_the_roster_of_the_mode_in_force_is_the_one_that_holds() -> None:
    calm, storm = duty(person="张三"), duty(person="李四", kinds=frozenset({ModeKind.EMERGENCY}))
    told = [[one.person for one in watch([calm, storm], "440100", kind, NOW).now] for kind in ModeKind]
    assert told == [["张三"], [], ["李四"], []]


def test_a_district_without_a_roster_of_its_own_for_the_mode_goes_by_the_citys() -> None:
    city, own = duty(person="市"), duty(person="天河", region="440106")
    assert [one.person for one in watch([city, own], "440106013", ModeKind.NORMAL, NOW).now] == ["天河"]
    assert [one.person for one in watch([city, own], "440105", ModeKind.NORMAL, NOW).now] == ["市"]


def test_a_gap_is_told_by_role_and_without_anybody_as_one_of_all() -> None:
    leader = [duty(start=-2, end=8), duty(start=10, end=30)]
    [gap] = watch(leader, "440100", ModeKind.NORMAL, NOW).gaps
    assert (gap.role, gap.starts_at, gap.ends_at) == ("值班长", NOW + 8 * HOUR, NOW + 10 * HOUR)
    nobody = watch(leader, "440100", ModeKind.EMERGENCY, NOW)
    assert [(one.role, one.starts_at, one.ends_at) for one in nobody.gaps] == [("", NOW, NOW + AHEAD)]
    over = watch([duty(start=-20, end=-3)], "440100", ModeKind.NORMAL, NOW)
    assert [(one.role, one.starts_at, one.ends_at) for one in over.gaps] == [("值班长", NOW, NOW + AHEAD)]


spans = st.tuples(st.integers(-30, 30), st.integers(1, 20))


@given(st.lists(spans, min_size=1, max_size=6), st.integers(0, 23))
def test_at_each_moment_of_the_day_there_is_somebody_or_a_gap_and_never_both(
    times: list[tuple[int, int]], hour: int
) -> None:
    duties = [duty(start=start, end=start + length, place=place) for place, (start, length) in enumerate(times)]
    seen, at = watch(duties, "440100", ModeKind.NORMAL, NOW), NOW + hour * HOUR
    covered = any(one.starts_at <= at < one.ends_at for one in duties)
    assert any(one.starts_at <= at < one.ends_at for one in seen.gaps) != covered


@pytest.mark.parametrize(
    ("phone", "seen"),
    [("13812341234", "138****1234"), ("020-81234567", "020-8123****"), ("8200", "****"), ("", "")],
)
def test_numbers_are_masked(phone: str, seen: str) -> None:
    assert masked(duty(phone=phone)).phone == seen
