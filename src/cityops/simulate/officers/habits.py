"""How officers of the simulated city work: how often what goes wrong, and how long each act takes.

Rates are what cities publish of themselves, where they do: the bars that the platform's own rates are held against.
"""

from collections.abc import Mapping
from datetime import timedelta
from statistics import NormalDist
from typing import NamedTuple

from cityops.domain.events.acts import Act
from cityops.simulate.noise import key_of, uniform


class Habit(NamedTuple):
    """How often something happens, as a share of the cases in which it could; `basis` says who publishes it."""

    rate: float
    basis: str


class Pace(NamedTuple):
    """How long an act takes in the middle, in minutes of life, and the spread of its logarithm."""

    minutes: float
    spread: float


_ASSUMED = "assumed; no city publishes it"

HABITS: Mapping[str, Habit] = {
    "wrong dispatch": Habit(0.02, "Shenzhen 民意速办: 98 % of first dispatches are right"),
    "late": Habit(0.01, "Shenzhen: over 99 % on time; Shanghai: 99.5 %"),
    "late sign": Habit(0.5, f"of the late ones; {_ASSUMED}"),
    "forward": Habit(0.4, f"of a district's cases, to the street; {_ASSUMED}"),
    "rework": Habit(0.03, f"of results that are checked; {_ASSUMED}"),
    "reopen": Habit(0.01, "Shenzhen: over 99 % satisfied, and who is not is handled again"),
    "refuse": Habit(0.01, f"of cases reported; {_ASSUMED}"),
}

PACES: Mapping[Act, Pace] = {
    Act.ACCEPT: Pace(3, 0.6),  # within 15 minutes by the platform's own clock, nearly always
    Act.REFUSE: Pace(5, 0.5),
    Act.FILE: Pace(3, 0.6),
    Act.DISPATCH: Pace(3, 0.6),
    Act.ARBITRATE: Pace(5, 0.5),
    Act.SIGN: Pace(12, 0.8),
    Act.RETURN: Pace(20, 0.6),
    Act.FORWARD: Pace(8, 0.6),
    Act.PROCESS: Pace(10, 0.7),
    Act.CHECK: Pace(15, 0.6),
    Act.REWORK: Pace(10, 0.6),
    Act.CLOSE: Pace(6, 0.6),
    Act.REOPEN: Pace(90, 0.6),
}

HANDLED_IN = (0.08, 0.75)
"""Which share of the time that is left a unit takes that is on time."""

LATE_MINUTES = (3.0, 60.0)
"""How long after its end a late one acts; no pace makes it shorter, or nobody would be late."""


def happens(habit: str, seed: int, number: int, nth: int = 0) -> bool:
    """Tell whether something happens to a case, the n-th time that it could; the same for whoever asks."""
    return draw(habit, seed, number, nth) < HABITS[habit].rate


def takes(act: Act, seed: int, number: int, nth: int) -> timedelta:
    """Return how long the n-th step of a case takes, in time of life."""
    pace = PACES[act]
    normal = NormalDist().inv_cdf(min(max(draw(f"time to {act}", seed, number, nth), 1e-6), 1 - 1e-6))
    return timedelta(minutes=pace.minutes * 2.718281828 ** (pace.spread * normal))


def draw(name: str, seed: int, number: int, nth: int = 0) -> float:
    """Return a number in [0, 1) that belongs to a case and a use."""
    return float(uniform(key_of(seed, "officers", number), name, nth))
