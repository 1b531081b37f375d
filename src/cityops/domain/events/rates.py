"""Rates of handling that cannot be set: of each case its facts, and of many cases who did well of those that could.

Facts come from the acts and clocks of cases (`cityops.store.events.rates`) and from nothing that anybody may write.
What went wrong once stays so: handled again, closed early or appealed against, a case is not better in any rate.
Formulas follow the practice of 12345 work orders and of GB/T 30428.4 (performance); where nothing could have been,
there is no rate.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

SIGN_WITHIN = timedelta(hours=24)
"""A unit signs for a case, or returns it, within a day by the natural clock (签收: 1 day in the orders of 12345)."""


SMALL = 10
"""A rate of fewer cases than this says little: one more or less moves it by ten points."""


class CaseMeasure(StrEnum):
    """What is measured of handling, in the order in which a case goes through it."""

    ANSWERED = "answered"
    FIRST_DISPATCH_RIGHT = "first_dispatch_right"
    RETURNED = "returned"
    SIGNED_IN_TIME = "signed_in_time"
    DONE_IN_TIME = "done_in_time"
    REWORKED = "reworked"
    ASKED = "asked"
    SOLVED = "solved"
    SATISFIED = "satisfied"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is known of how one case was handled; None: it could not be yet, or nobody asked."""

    contacted: bool | None = None
    """Whether the citizen was contacted within the time for it. None: nobody waits, or there still is time. Closed
    without it: False."""
    dispatched: bool = False
    redirected: bool = False
    """Whether it went to another unit after its first dispatch, by return, arbitration or another dispatch."""
    returned: bool = False
    signed: bool | None = None
    """Whether each unit that it was sent to signed within `SIGN_WITHIN`. None: each still may, or returned it."""
    late: bool | None = None
    """Whether in some round, whoever's, the time to handle it ran out before its result. None: no round is over."""
    excused: bool = False
    """Whether an appeal against being late was granted; that it was late remains."""
    done: bool = False
    """Whether a result was reported."""
    reworked: bool = False
    closed: bool = False
    """Whether it was ever closed."""
    reopened: bool = False
    solved: bool | None = None
    """What whoever reported it said each time that he was asked: all times yes. None: never asked."""
    satisfied: bool | None = None


_SIGNS = (False, True, None)
"""What a fact may be, in the order of the digits by which facts are kept."""


def packed(facts: CaseFacts) -> int:
    """Return facts as one whole number, a digit to the base of three for each."""
    number = 0
    for field in reversed(fields(CaseFacts)):
        number = number * len(_SIGNS) + _SIGNS.index(getattr(facts, field.name))
    return number


def unpacked(number: int) -> CaseFacts:
    """Return the facts that were packed into a number."""
    found: dict[str, Any] = {}
    for field in fields(CaseFacts):
        number, digit = divmod(number, len(_SIGNS))
        found[field.name] = _SIGNS[digit]
    return CaseFacts(**found)


def holds(measure: CaseMeasure, facts: CaseFacts) -> bool | None:
    """Return whether a measure holds of a case; None: the case does not count in it."""
    return measured(facts)[measure]


def measured(facts: CaseFacts) -> Mapping[CaseMeasure, bool | None]:
    """Return of a case whether each measure holds; None: the case does not count in it."""
    return {
        CaseMeasure.ANSWERED: facts.contacted,
        CaseMeasure.FIRST_DISPATCH_RIGHT: not facts.redirected if facts.dispatched else None,
        CaseMeasure.RETURNED: facts.returned if facts.dispatched else None,
        CaseMeasure.SIGNED_IN_TIME: facts.signed,
        # A round that was cut short, by closing or merging, is no result in time.
        CaseMeasure.DONE_IN_TIME: not facts.late if facts.late or (facts.late is False and facts.done) else None,
        CaseMeasure.REWORKED: facts.reworked if facts.done else None,
        CaseMeasure.ASKED: facts.satisfied is not None if facts.closed else None,
        CaseMeasure.SOLVED: facts.solved,
        CaseMeasure.SATISFIED: facts.satisfied,
        CaseMeasure.REOPENED: facts.reopened if facts.closed else None,
    }


class Rate(NamedTuple):
    """A rate with what it was made of, so that rates of parts can be added up."""

    numerator: int
    denominator: int
    excused: int = 0
    """Of being done in time: late cases whose appeal was granted. They count as late; this is how many there are."""

    @property
    def value(self) -> float | None:
        """The share, from 0 to 1; None where nothing could have been: neither 0 nor 1 would be true."""
        return self.numerator / self.denominator if self.denominator else None


def rates(cases: Iterable[tuple[CaseFacts, int]]) -> dict[CaseMeasure, Rate]:
    """Return every rate of many cases, given as facts with how many cases have just these."""
    good, counted, excused = Counter[CaseMeasure](), Counter[CaseMeasure](), 0
    for facts, number in cases:
        excused += number if facts.late and facts.excused else 0
        for measure, held in measured(facts).items():
            good[measure] += number if held else 0
            counted[measure] += number if held is not None else 0
    of = {CaseMeasure.DONE_IN_TIME: excused}
    return {one: Rate(good[one], counted[one], of.get(one, 0)) for one in CaseMeasure}


class Definition(NamedTuple):
    """What a measure is called, how it is counted, and on whose practice it rests."""

    name_zh: str
    name_en: str
    text_zh: str
    text_en: str
    source: str
    source_en: str
    better: str
    """`high` or `low`: which values are good."""


_HOTLINE = "12345 政务服务便民热线考核", "assessment of the 12345 hotline"
_GRID = "GB/T 30428.4", "GB/T 30428.4"

DEFINITIONS: Mapping[CaseMeasure, Definition] = {
    CaseMeasure.ANSWERED: Definition(
        "响应率",
        "answered",
        "在先行联系时限内联系了诉求人的案件 ÷ 有诉求人且已联系、已到时限或已结案的案件；未联系即结案计为未响应。",
        "Cases whose citizen was contacted within the time for it, of those with a citizen that were contacted, are "
        "past that time or closed; closed without contact is not answered.",
        *_HOTLINE,
        "high",
    ),
    CaseMeasure.FIRST_DISPATCH_RIGHT: Definition(
        "首派准确率",
        "first dispatch right",
        "首次派遣后未退回、未仲裁改派、未改派其他单位的案件 ÷ 已派遣的案件。",
        "Cases that went to no other unit after their first dispatch (not returned, not arbitrated, not sent "
        "elsewhere), of those dispatched.",
        *_HOTLINE,
        "high",
    ),
    CaseMeasure.RETURNED: Definition(
        "退单率",
        "returned",
        "被承办单位退回过的案件 ÷ 已派遣的案件。",
        "Cases that some unit returned, of those dispatched.",
        *_GRID,
        "low",
    ),
    CaseMeasure.SIGNED_IN_TIME: Definition(
        "按时签收率",
        "signed in time",
        "每次派遣后均在 24 小时内签收的案件 ÷ 已签收或已超过签收时限的案件；时限内退回的不计。",
        "Cases signed for within 24 hours after each dispatch, of those that were signed for or are past that time; "
        "what was returned within it does not count.",
        *_HOTLINE,
        "high",
    ),
    CaseMeasure.DONE_IN_TIME: Definition(
        "按期办结率",
        "done in time",
        "各轮处置均未超期且已反馈结果的案件 ÷ 各轮处置已有结论（反馈后结束，或已超期）的案件；"
        "申诉通过的另计数，超期事实不改。",
        "Cases with a result and no round beyond its time, of those with a round that ended with a result or ran "
        "out; late ones whose appeal was granted are counted beside it and stay late.",
        *_GRID,
        "high",
    ),
    CaseMeasure.REWORKED: Definition(
        "返工率",
        "reworked",
        "核查未通过、返工过的案件 ÷ 反馈过结果的案件。",
        "Cases sent back for rework, of those whose result was reported.",
        *_GRID,
        "low",
    ),
    CaseMeasure.ASKED: Definition(
        "回访率",
        "asked",
        "有效回访的案件 ÷ 结过案的案件；满意率、解决率只对已回访的计算。",
        "Cases whose citizen was asked, of those ever closed; solved and satisfied are shares of the asked alone.",
        *_HOTLINE,
        "high",
    ),
    CaseMeasure.SOLVED: Definition(
        "实际解决率",
        "solved",
        "每次回访均答已解决的案件 ÷ 已回访的案件。",
        "Cases said to be solved each time that was asked, of those asked.",
        *_HOTLINE,
        "high",
    ),
    CaseMeasure.SATISFIED: Definition(
        "满意率",
        "satisfied",
        "每次回访均答满意的案件 ÷ 已回访的案件；未回访不算满意。",
        "Cases whose citizen was satisfied each time that was asked, of those asked; not asked is not satisfied.",
        *_HOTLINE,
        "high",
    ),
    CaseMeasure.REOPENED: Definition(
        "重办率",
        "reopened",
        "结案后重办过的案件 ÷ 结过案的案件。",
        "Cases reopened after closing, of those ever closed.",
        *_HOTLINE,
        "low",
    ),
}
