"""Notices of holidays: a file is taken whole or refused with each fault, and moves those deadlines it touches."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from cityops.domain.events.deadlines import Extension, Limit, LimitKind, Pause, PauseReason, deadline
from cityops.domain.events.notices import LONGEST_FILE, NoticeError, Running, moved, read_notice
from cityops.domain.events.workdays import DayChange, WorkCalendar, statutory
from cityops.domain.intervals import CITY_ZONE

SOURCE = "示例通知"
USUAL = WorkCalendar()
HEADER = "day,kind,name,source"
OFF_2027 = (
    *("2027-01-01 元旦", "2027-02-05 除夕", "2027-02-06 春节", "2027-02-07 春节", "2027-02-08 春节"),
    *("2027-02-09 春节", "2027-02-10 春节", "2027-02-11 春节", "2027-04-05 清明", "2027-05-01 劳动节"),
    *("2027-05-02 劳动节", "2027-05-03 劳动节", "2027-06-09 端午", "2027-09-15 中秋", "2027-10-01 国庆"),
    *("2027-10-02 国庆", "2027-10-03 国庆", "2027-10-04 国庆", "2027-10-05 国庆"),
)
WORKED_2027 = ("2027-01-30", "2027-02-20")


def lines_2027() -> list[str]:
    """Return the lines of a made-up notice for 2027, without those that name the columns."""
    off = [f"{day},off,{name},{SOURCE}" for day, name in map(str.split, OFF_2027)]
    return off + [f"{day},working,,{SOURCE}" for day in WORKED_2027]


def file(*lines: str) -> bytes:
    return "\n".join((HEADER, *lines)).encode()


def faults(raw: bytes, year: int | None = None) -> list[str]:
    with pytest.raises(NoticeError) as refused:
        read_notice(raw, year)
    told = str(refused.value)
    assert told.startswith(f"the calendar stays as it was, for the file has {len(refused.value.faults)} faults:")
    assert all(str(one) in told for one in refused.value.faults)
    return [str(one) for one in refused.value.faults]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


def test_a_notice_is_read_whole_with_its_days_in_order_also_as_a_spreadsheet_saves_it() -> None:
    notice = read_notice(file(*reversed(lines_2027())), 2027)
    assert (notice.year, notice.source, len(notice.changes)) == (2027, SOURCE, 21)
    assert notice.changes[0] == DayChange(date(2027, 1, 1), False, SOURCE, "元旦", 2027)
    assert notice.changes[1] == DayChange(date(2027, 1, 30), True, SOURCE, "", 2027)
    saved = b"\xef\xbb\xbf" + "\r\n".join((HEADER, "", *lines_2027(), "")).encode()
    assert read_notice(saved, 2027) == notice


def test_single_days_may_be_of_any_year_and_each_of_its_own_source() -> None:
    notice = read_notice(b"source,name,kind,day\nA, x ,off,2026-09-24\nB,,working,2027-03-06\n")
    assert [(str(one.day), one.works, one.source, one.name, one.notice_year) for one in notice.changes] == [
        ("2026-09-24", False, "A", "x", None),
        ("2027-03-06", True, "B", "", None),
    ]
    assert notice.year is None


def test_the_last_day_of_the_calendar_may_be_named() -> None:
    assert read_notice(file("2049-12-31,off,,A")).changes[0].day == date(2049, 12, 31)


def test_the_week_before_new_year_belongs_to_the_notice() -> None:
    assert read_notice(file(*lines_2027(), f"2026-12-27,working,,{SOURCE}"), 2027).changes[0].day == date(
        2026, 12, 27
    )


def test_every_fault_is_told_with_line_reason_and_remedy() -> None:
    assert faults(
        file("2026-13-01,off,,A", ",off,,", "2026-09-24,free,,A", "2026-09-24,off,,A", "2026-09-24,off,,A")
    ) == [
        "line 2: day: '2026-13-01' is no day; write it like 2027-02-06",
        "line 3: day, source: empty or missing; fill it in",
        "line 4: kind: 'free' is no kind of day; write off or working",
        "line 6: day: it stands in line 5 already; keep one of the two",
    ]
    assert faults(file("2050-01-01,off,,A", "2026-09-24,off,A", "2026-09-25,off,a\u202eb,A")) == [
        "line 2: day: the calendar reaches from 2004-01-01 to 2049-12-31; correct the day",
        "line 3: row: it has 3 cells, the first line has 4; quote cells that hold a comma, and leave none out",
        "line 4: name: 'a\\u202eb' has control characters or more than 200 characters;"
        " take out what is not seen, or shorten it",
    ]


def test_a_file_that_is_none_is_refused() -> None:
    assert faults("日".encode("gb18030")) == ["the file: text: it is not in UTF-8; save it as CSV UTF-8"]
    assert faults(b"") == ["line 1: row: the columns are ''; name them day,kind,name,source"]
    assert faults(b"day,kind,name\n") == [
        "line 1: row: the columns are 'day,kind,name'; name them day,kind,name,source"
    ]
    assert faults(file()) == ["the file: day: it names no day; write a line for each day that is off or made working"]
    assert faults(file('2026-09-24,off,"x,A')) == [
        "line 2: row: it is no CSV (unexpected end of data); quote cells that hold a comma or a quote"
    ]
    assert faults(file(*["2026-09-24,off,,A"] * (LONGEST_FILE + 1))) == [
        "the file: row: it has over 2000 lines; check that it is the right one"
    ]


def test_a_whole_notice_may_lack_no_holiday_of_the_law() -> None:
    lines = [line for line in lines_2027() if not line.startswith("2027-02-07")]
    lines[0] = f"2027-01-02,off,元旦,{SOURCE}"
    assert faults(file(*lines), 2027) == [
        "the file: day: 2027-01-01 元旦 is a holiday by law, and not off; add it as off",
        "the file: day: 2027-02-07 春节 is a holiday by law, and not off; add it as off",
    ]
    assert len(statutory(2027)) == 13  # since 2025: 1 + 4 + 1 + 2 + 1 + 1 + 3


def test_a_whole_notice_has_one_source_and_only_days_that_it_can_have() -> None:
    odd = (
        "2027-03-03,working,,示例通知",
        "2026-12-24,off,,示例通知",
        "2028-01-01,off,,示例通知",
        "2027-03-05,off,,另一",
    )
    assert faults(file(*lines_2027(), *odd), 2027) == [
        "line 23: kind: 2027-03-03 is a Wednesday, worked anyway; correct the day, or leave the line out",
        "line 24: day: 2026-12-24 is not in the notice of 2027;"
        " write a day of 2027 or of the last week before, or import it without --year",
        "line 25: day: 2028-01-01 is not in the notice of 2027;"
        " write a day of 2027 or of the last week before, or import it without --year",
        "line 26: source: '另一' is another notice; write one source in all lines of a notice",
    ]
    assert "the file: --year: the calendar reaches from 2004 to 2049; correct the year" in faults(file(), 2060)


WORK_DAYS, URGENT = Limit(LimitKind.WORK_DAYS, 5), Limit(LimitKind.URGENT_HOURS, 200)


def test_a_moved_deadline_keeps_its_extensions() -> None:
    notice = read_notice(file(*lines_2027()), 2027)
    granted = (Extension(at("2027-02-03T11:00"), 2),)
    made = deadline(WORK_DAYS, at("2027-02-03T10:00"), (), USUAL, granted)
    kept = Running(1, WORK_DAYS, at("2027-02-03T10:00"), (), granted, made.due, made.provisional, stopped=False)
    [one] = moved([kept], USUAL, WorkCalendar(notice.changes, {2027: notice.source}))
    assert (one.after.due, one.after.extensions) == (at("2027-02-19T10:00"), granted)


def running(key: str, start: str, limit: Limit = WORK_DAYS, *pauses: Pause, stopped: bool = False) -> Running:
    """Return a deadline as it was kept while the notice for 2027 was not known."""
    made = deadline(limit, at(start), pauses, USUAL)
    return Running(key, limit, at(start), pauses, (), made.due, made.provisional, stopped)


def test_a_notice_moves_running_deadlines_that_it_touches_and_no_others() -> None:
    notice = read_notice(file(*lines_2027()), 2027)
    after = WorkCalendar(notice.changes, {2027: notice.source})
    kept = [
        running("over the festival", "2027-02-03T10:00"),
        running("over the make-up day", "2027-01-28T10:00"),
        running("far from any holiday", "2027-03-01T10:00"),
        running("in 2026", "2026-11-02T10:00"),
        running("over New Year", "2026-12-29T10:00"),
        running("by the natural clock", "2027-02-03T10:00", URGENT),
        running("closed", "2027-02-03T10:00", stopped=True),
        running(
            "stands still", "2027-02-03T10:00", WORK_DAYS, Pause(at("2027-02-04T10:00"), None, PauseReason.RETURNED)
        ),
    ]
    found = {
        one.before.key: (one.before.due, one.after.due, one.after.provisional) for one in moved(kept, USUAL, after)
    }
    assert found == {
        "over the festival": (at("2027-02-16T10:00"), at("2027-02-17T10:00"), False),  # 11 February is off too
        "over the make-up day": (at("2027-02-04T10:00"), at("2027-02-03T10:00"), False),
        "far from any holiday": (at("2027-03-08T10:00"), at("2027-03-08T10:00"), False),  # certain now
        "over New Year": (at("2027-01-06T10:00"), at("2027-01-06T10:00"), False),
        "stands still": (None, None, False),
    }


def test_a_single_day_moves_those_that_run_over_it_though_they_were_certain() -> None:
    after = WorkCalendar([DayChange(date(2026, 9, 24), False, "台风停工")])
    kept = [running("over it", "2026-09-23T10:00"), running("after it", "2026-09-28T10:00")]
    [one] = moved(kept, USUAL, after)
    assert (one.before.key, one.before.due, one.after.due) == (
        "over it",
        at("2026-10-08T10:00"),
        at("2026-10-09T10:00"),
    )
    assert moved([replace(kept[0], stopped=True)], USUAL, after) == []
