"""Judges the baselines on labelled series and writes docs/reference/baselines.md: made-up ones, and a real main.

Run it after changing `cityops.domain.baselines`: `.venv/bin/python docs/baselines.py`. A test runs it on few series.
The water main is `water-flow` of river (BSD-3): left out where river is not installed.
"""

import csv
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cityops.domain.baselines import learning
from cityops.domain.baselines.flags import flagged
from cityops.domain.baselines.forecasts import skill_of
from cityops.domain.baselines.learning import Baselines
from cityops.domain.baselines.seasons import DAY_HOURS, WEEK_HOURS, hour_number, slot_of
from cityops.domain.intervals import CITY_ZONE

PAGE = Path(__file__).parent / "reference" / "baselines.md"
WEEKS = 26
SERIES = 40
MONDAY = datetime(2026, 1, 5, tzinfo=CITY_ZONE)
FEAST = 10
"""Week whose working days are all off."""

GRACE_H = 2
"""A flag so long after an event is still of it."""
AFTERMATH_H = 48
"""And is no false one for so long: sums of a shift run down."""
MERGED_H = 3
"""Flagged hours no further apart are one flag."""

Values = NDArray[np.float32]


class Event(NamedTuple):
    """Hours of a series that a person would call odd: from the first one up to the end."""

    series: int
    first: int
    end: int


@dataclass(frozen=True)
class Labelled:
    """Series of one kind, hour by hour from `start` on, and what in them is odd."""

    name: str
    values: Values
    events: list[Event]
    start: datetime = MONDAY
    is_workday: Callable[[date], bool] | None = None


@dataclass
class Score:
    """What became of a kind of series."""

    name: str
    hours: int = 0
    events: int = 0
    found: int = 0
    flags: int = 0
    true_flags: int = 0
    delays: list[int] = field(default_factory=list)
    forecasts: list[float] = field(default_factory=list)

    @property
    def precision(self) -> float | None:
        """Return the share of flags that are of an event."""
        return self.true_flags / self.flags if self.flags else None

    @property
    def recall(self) -> float | None:
        """Return the share of events that were flagged."""
        return self.found / self.events if self.events else None


def judge(labelled: Labelled) -> Score:
    """Let baselines run over labelled series from nothing; events in the weeks of learning do not count."""
    hours, series = labelled.values.shape
    baselines = Baselines.empty(np.full(series, 0.01))
    found: dict[int, list[int]] = {one: [] for one in range(series)}
    first = hour_number(labelled.start)
    for hour in range(hours):
        slot = slot_of(labelled.start + timedelta(hours=hour), labelled.is_workday)
        standing = baselines.take(labelled.values[hour], slot, first + hour)
        for place in flagged(standing):
            found[int(place)].append(hour)
    score = Score(labelled.name, hours * series)
    judged_from = learning.LEAST_WEEKS * WEEK_HOURS
    for place, at in found.items():
        _score(score, [one for one in labelled.events if one.series == place and one.first >= judged_from], at)
    score.forecasts = [skill.mase for one in range(series) if (skill := skill_of(baselines, one)).mase is not None]
    return score


def _score(score: Score, events: Sequence[Event], flagged_hours: Sequence[int]) -> None:
    score.events += len(events)
    for event in events:
        inside = [hour for hour in flagged_hours if event.first <= hour < event.end + GRACE_H]
        score.found += bool(inside)
        score.delays += [inside[0] - event.first] if inside else []
    for begin, end in _runs(flagged_hours):
        score.flags += 1
        score.true_flags += any(begin < event.end + AFTERMATH_H and end >= event.first for event in events)


def _runs(hours: Sequence[int]) -> Iterator[tuple[int, int]]:
    breaks = [0, *(place for place, (a, b) in enumerate(pairwise(hours), 1) if b - a > MERGED_H), len(hours)]
    for begin, end in pairwise(breaks):
        if end > begin:
            yield hours[begin], hours[end - 1]


def usual(rng: np.random.Generator, series: int, weeks: int) -> tuple[Values, Values]:
    """Make weeks with rush hours on working days, quieter week-ends, weather, and noise that lasts; and its size."""
    hour = np.arange(weeks * WEEK_HOURS)
    of_day, day = hour % DAY_HOURS, hour // DAY_HOURS % 7
    rush = np.exp(-((of_day - 8) ** 2) / 6) + 0.8 * np.exp(-((of_day - 18) ** 2) / 8)
    shape = np.where(day < 5, rush, 0.45 * np.exp(-((of_day - 14) ** 2) / 30))
    size = rng.uniform(5, 200, series)
    noise = np.zeros((len(hour), series))
    weather = np.zeros(series)
    for one in range(1, len(hour)):
        noise[one] = 0.6 * noise[one - 1] + rng.normal(0, 0.8, series)
        weather = 0.99 * weather + rng.normal(0, 0.07, series)
        noise[one] += 0.4 * weather
    season = np.sin(2 * np.pi * hour / (52 * WEEK_HOURS))[:, None] * 0.3
    return (size * (2 + shape[:, None] + season + 0.08 * noise)).astype(np.float32), (0.08 * size).astype(np.float32)


def _at(rng: np.random.Generator, weeks: int, length: int, least: int = 6) -> int:
    """Draw when something begins, after `least` weeks and so that it ends in time."""
    return int(rng.integers(least * WEEK_HOURS, weeks * WEEK_HOURS - length - WEEK_HOURS))


def made_up(kind: str, series: int, weeks: int, seed: int = 7) -> Labelled:
    """Make labelled series of a kind: one event in each, at another time."""
    rng = np.random.default_rng([seed, *kind.encode()])
    values, size = usual(rng, series, weeks)
    events: list[Event] = []
    if kind == "wandering week":
        walk = np.cumsum(rng.normal(0, 1, (weeks, WEEK_HOURS, series)), axis=0)
        values = (size * (20 + walk.reshape(values.shape) + rng.normal(0, 0.1, values.shape))).astype(np.float32)
    for one in range(series):
        events += _disturbed(rng, kind, values[:, one], float(size[one]), one)
    if kind.startswith("holiday"):
        week = slice(FEAST * WEEK_HOURS, FEAST * WEEK_HOURS + 5 * DAY_HOURS)
        sunday = (FEAST - 1) * WEEK_HOURS + 6 * DAY_HOURS
        values[week] = np.tile(values[sunday : sunday + DAY_HOURS], (5, 1)) * rng.normal(1, 0.02, (120, 1))
    return Labelled(kind, values, events, is_workday=_calendar if kind == "holiday, calendar known" else None)


def _disturbed(rng: np.random.Generator, kind: str, values: Values, size: float, series: int) -> Iterator[Event]:
    """Put an event of a kind into a series, whose noise is `size`; gaps are none."""
    weeks, sign = len(values) // WEEK_HOURS, rng.choice((-1, 1))
    if kind == "spike":
        at, length = _at(rng, weeks, 1), 1
        values[at] += sign * size * rng.uniform(6, 15)
    elif kind == "outage":
        at, length = _at(rng, weeks, 24), int(rng.integers(4, 24))
        values[at : at + length] *= 0.3
    elif kind == "drift":
        at, length = _at(rng, weeks, 240), 240
        values[at : at + length] += sign * np.minimum(np.arange(length) / 120, 1) * 10 * size
    elif kind == "frozen":
        at, length = _at(rng, weeks, 48), int(rng.integers(12, 48))
        values[at : at + length] = values[at]
    elif kind == "shift":
        at, length = _at(rng, weeks, 5 * WEEK_HOURS), learning.LEARNT_WEEKS * WEEK_HOURS
        values[at:] += sign * size * rng.uniform(4, 10)
    else:
        if kind == "gap":
            at = _at(rng, weeks, 240)
            values[at : at + int(rng.integers(6, 240))] = np.nan
        return
    yield Event(series, at, at + length)


def _calendar(day: date) -> bool:
    feast = MONDAY.date() + timedelta(weeks=FEAST)
    return day.weekday() < 5 and not feast <= day < feast + timedelta(days=7)


KINDS = (
    "usual",
    "wandering week",
    "spike",
    "outage",
    "drift",
    "frozen",
    "gap",
    "shift",
    "holiday",
    "holiday, calendar known",
)

WATER_EVENTS = (
    ("2022-03-24T09:00+01:00", "2022-03-25T02:00+01:00"),
    ("2022-03-29T08:00+02:00", "2022-03-29T22:00+02:00"),
    ("2022-04-03T05:00+02:00", "2022-04-03T07:00+02:00"),
    ("2022-04-27T15:00+02:00", "2022-04-28T07:00+02:00"),
)
"""Three stretches of little water, the third event is the pump's peak: read off the values, river names no hours."""


def water_flow(rounds: int = 2) -> Labelled | None:
    """Return the flow of the main by hours, gone through more than once: the first weeks are for learning."""
    spec = importlib.util.find_spec("river")
    if spec is None or spec.origin is None:
        return None
    with (Path(spec.origin).parent / "datasets" / "water-flow.csv").open(newline="") as file:
        rows = [(datetime.fromisoformat(row["Time"]), float(row["Water flow [l/s]"])) for row in csv.DictReader(file)]
    start = rows[0][0].astimezone(UTC)
    length = -(-(hour_number(rows[-1][0]) - hour_number(start)) // WEEK_HOURS) * WEEK_HOURS
    values = np.full((length * rounds, 1), np.nan, np.float32)
    events = []
    for turn in range(rounds):
        for ts, value in rows:
            values[turn * length + hour_number(ts) - hour_number(start)] = value
        for begin, end in WATER_EVENTS:
            first, last = (hour_number(datetime.fromisoformat(one)) - hour_number(start) for one in (begin, end))
            events.append(Event(0, turn * length + first, turn * length + last))
    return Labelled(f"water-flow, {rounds} times" if rounds > 1 else "water-flow", values, events, start)


def scores(series: int = SERIES, weeks: int = WEEKS) -> list[Score]:
    """Judge all kinds, and the water main where there is one."""
    real = [one for rounds in (1, 2) if (one := water_flow(rounds)) is not None]
    return [judge(one) for one in (*(made_up(kind, series, weeks) for kind in KINDS), *real)]


INTRO = """# How far baselines may be trusted

<!-- Written by docs/baselines.py; change the code, then run it. -->

What [baselines](../decisions/0060-what-is-usual-is-learnt-by-hour-of-week.md) find in series of which it is known
what is odd in them: {series} made-up series of {weeks} weeks of each kind, hour by hour, with rush hours,
week-ends, a season, weather and noise that lasts, one event in each after the sixth week; and the flow of a real
water main.

- **recall**: events in which a flag stood, at the latest {grace} hours after their end; **precision**: flags that
  belong to an event; **delay**: hours from an event's first hour to its flag, for half and for nine of ten of them.
- **false flags**: those of no event, for each series and week; flagged hours no more than {merged} apart are one
  flag.
- **MASE**: mean absolute error of forecasts a day ahead, in units of that of the value a week before (seasonal
  naive); its median, and of how many series it is below 1. A forecast is offered only there.

| series | events | recall | precision | delay, h | false flags per week | MASE | forecasts offered |
|---|---|---|---|---|---|---|---|
"""

OUTRO = """
*Drifts* grow by ten deviations within five days and go back after ten: they are found once they are worth about
five. *Shifts* stay: they are the new level after {learnt} weeks, and nothing is flagged after that. *Gaps* and
*usual* have no event: what is flagged there is false. A *holiday* is five working days that go like a Sunday:
without a calendar it is told as unusual, with one it is not. *Wandering
week* are series of which each hour goes on from where it was a week before: there the week before is the better
forecast, and none is offered. An event within the {least} weeks of learning cannot be found and is not counted.

*water-flow* is of [river](https://github.com/online-ml/river) (BSD-3, Tecnojest s.r.l.): 1,268 hourly flows with
gaps, of which is said that water fails three times and that a pump runs once; the hours are read off the values.
Three of the four lie in the weeks of learning, so that it is gone through a second time, where all four count.
Missed is the pump: one hour 8 of 100 above what is usual, which is 3.8 deviations where a flag takes {outside:.0f}.
"""


def page(found: Sequence[Score], series: int = SERIES, weeks: int = WEEKS) -> str:
    """Return the page."""
    intro = INTRO.format(series=series, weeks=weeks, grace=GRACE_H, merged=MERGED_H)
    outro = OUTRO.format(learnt=learning.LEARNT_WEEKS, least=learning.LEAST_WEEKS, outside=learning.OUTSIDE)
    return intro + "".join(map(_line, found)) + outro


def _line(score: Score) -> str:
    def told(value: float | None) -> str:
        return "" if value is None else f"{value:.2f}"

    false = (score.flags - score.true_flags) / (score.hours / WEEK_HOURS)
    delay = " / ".join(f"{np.percentile(score.delays, share):.0f}" for share in (50, 90)) if score.delays else ""
    mase = told(float(np.median(score.forecasts))) if score.forecasts else ""
    offered = f"{sum(one < 1 for one in score.forecasts)} of {len(score.forecasts)}"
    precision = told(score.precision) if score.events else ""
    cells = (score.name, score.events or "", told(score.recall), precision, delay, f"{false:.3f}", mase, offered)
    return "| " + " | ".join(map(str, cells)) + " |\n"


if __name__ == "__main__":
    PAGE.write_text(page(scores()), encoding="utf-8")
