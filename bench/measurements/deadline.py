"""How fast deadlines are computed: as they come in a city, of all kinds, paused and extended, on one core."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from bench.figures import Figure, Setting
from bench.harness import QUICK, Bench, World
from cityops.domain.events.deadlines import Deadline, Extension, Limit, LimitKind, Pause, PauseReason, deadline
from cityops.domain.events.workdays import WorkCalendar

CASES = 50_000
ROUNDS = 5
WANTED_PER_S = 10_000
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

Case = tuple[Limit, datetime, list[Pause], list[Extension]]


def cases(count: int) -> list[Case]:
    """Return cases of a year: limits up to 15, two fifths paused once or three times, a fifth extended."""
    chance, found = random.Random(1), list[Case]()
    for _ in range(count):
        start = _BEGIN + timedelta(seconds=chance.randrange(340 * 86_400))
        limit, pauses = Limit(chance.choice(list(LimitKind)), chance.choice((1, 1, 2, 2, 3, 5, 7, 15))), list[Pause]()
        at = start
        for _ in range(chance.choice((0, 0, 0, 1, 3))):
            stop = at + timedelta(seconds=chance.randrange(7_200))
            at = stop + timedelta(seconds=chance.randrange(2 * 86_400))
            pauses.append(Pause(stop, at, PauseReason.RETURNED))
        extensions = [Extension(start)] * chance.choice((0, 0, 0, 0, 0, 0, 0, 0, 1, 2))
        found.append((limit, start, pauses, extensions))
    return found


def measure(bench: Bench, _worlds: Sequence[World]) -> Iterator[Figure]:
    """Compute when each is due; then also explain each, stretch by stretch."""
    calendar = WorkCalendar()
    asked = cases(CASES // 10 if bench.sizes is QUICK else CASES)
    settings: dict[str, Setting] = {"cases": len(asked), "best of": ROUNDS, "wanted": f"≥ {WANTED_PER_S:,}"}
    bench.say(f"deadline: {len(asked):,} cases, {ROUNDS} times")
    yield Figure("deadline.per_s", _per_s(asked, calendar, lambda made: made.due), "1/s", settings)
    explained = asked[: len(asked) // 5]
    told: dict[str, Setting] = {"cases": len(explained), "best of": ROUNDS}
    yield Figure("deadline.explained_per_s", _per_s(explained, calendar, lambda made: made.spans), "1/s", told)


def _per_s(asked: Sequence[Case], calendar: WorkCalendar, look: Callable[[Deadline], object]) -> float:
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for limit, start, pauses, extensions in asked:
            look(deadline(limit, start, pauses, calendar, extensions))
        rounds.append(time.perf_counter() - began)
    return len(asked) / min(rounds)
