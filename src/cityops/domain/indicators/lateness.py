"""When values from outside are late, and how long an old one stands in for those that have not come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.measures import Filled, Pushed
from cityops.domain.indicators.privacy import made_of


class NewestPeriod(NamedTuple):
    """The newest value of an indicator that was not withdrawn: the end of its period, and when it came."""

    period_end: datetime
    received_at: datetime

    @property
    def told_until(self) -> datetime:
        """Until when it tells what was: a period that was not over when it came is told up to then."""
        return min(self.period_end, self.received_at)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How an indicator stands; all None of one that is not from outside, or of which nothing has come yet.

    `late_since` is when the next value should have been there, None while it is not late; until `stands_in_until` the
    newest may stand in for it, by the declared tolerance.
    """

    newest_end: datetime | None = None
    late_since: datetime | None = None
    stands_in_until: datetime | None = None

    def is_too_old(self, now: datetime) -> bool:
        """Return whether the newest value tells nothing of the present: it is late, and nothing stands in for it."""
        return self.late_since is not None and (self.stands_in_until is None or self.stands_in_until < now)


def lateness(
    indicator: Indicator,
    every: Mapping[str, Indicator],
    newest: Mapping[str, NewestPeriod],
    now: datetime,
    *,
    finished: bool = False,
) -> Lateness:
    """Return how an indicator stands: one that is made of others is as late as the latest of them.

    With `finished` values of periods that are over are looked at alone, so that the next is due when the next period
    is over, however often the running one is told.
    """
    parts = [
        _of_one(one.declared, newest[one.code], now, finished=finished)
        for one in made_of(indicator, every)
        if one.declared and one.code in newest
    ]
    if not parts:
        return Lateness()
    ends = [one.newest_end for one in parts if one.newest_end is not None]
    late = [one.late_since for one in parts if one.late_since is not None]
    stand_in = [one.stands_in_until for one in parts if one.late_since is not None] or [
        one.stands_in_until for one in parts if one.stands_in_until is not None
    ]
    until = None if None in stand_in else min((one for one in stand_in if one is not None), default=None)
    return Lateness(min(ends, default=None), min(late, default=None), until)


def _of_one(declared: IndicatorDeclaration, newest: NewestPeriod, now: datetime, *, finished: bool) -> Lateness:
    due = newest.told_until + declared.cadence
    if finished or declared.cadence >= declared.period.shortest:  # 30 days are a month, of 31 days too
        due = max(due, declared.period.shifted(newest.period_end, 1))
    due += declared.grace
    stands_in = None if declared.tolerance is None else newest.told_until + declared.tolerance
    return Lateness(newest.period_end, due if due < now else None, stands_in)


def is_from_outside(indicator: Indicator) -> bool:
    """Return whether its values come from outside, so that they can be late."""
    return indicator.declared is not None and isinstance(indicator.declared.measure, Pushed | Filled)
