"""What baselines cost: values of a whole city's series an hour at a time, learnt and judged on one core."""

from collections.abc import Iterator, Sequence
from time import process_time

import numpy as np

from bench.figures import Figure, Setting
from bench.harness import Bench, World
from cityops.domain.baselines.learning import Baselines
from cityops.domain.baselines.seasons import DAY_HOURS, WEEK_HOURS, Slot

WARM_HOURS = 26 * DAY_HOURS
"""Before the clock starts: three weeks are learnt, so that all is judged."""

GAPS = 0.02


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Let a series of each device learn a day after three weeks; beside it a plain pass over as much memory."""
    series, hours = bench.sizes.registered_devices, DAY_HOURS
    bench.say("baseline: values per second")
    rng = np.random.default_rng(1)
    values = rng.normal(20, 3, (WEEK_HOURS, series)).astype(np.float32)
    values[rng.random(values.shape) < GAPS] = np.nan
    baselines = Baselines.empty(np.full(series, 0.01))
    for hour in range(WARM_HOURS):
        _take(baselines, values, hour)
    began = process_time()
    for hour in range(WARM_HOURS, WARM_HOURS + hours):
        _take(baselines, values, hour)
    spent = process_time() - began
    plain = _plain(baselines, values, hours)
    settings: dict[str, Setting] = {"series": series, "hours": hours, "cores": 1, "gaps": GAPS}
    yield Figure("baseline.values_per_s", series * hours / spent, "values/s", settings)
    yield Figure("baseline.ratio_to_plain_mean", spent / plain, "", settings)


def _take(baselines: Baselines, values: np.ndarray[tuple[int, int], np.dtype[np.float32]], hour: int) -> None:
    slot = Slot(hour % WEEK_HOURS, WEEK_HOURS + hour % DAY_HOURS)
    baselines.take(values[hour % len(values)], slot, hour)


def _plain(baselines: Baselines, values: np.ndarray[tuple[int, int], np.dtype[np.float32]], hours: int) -> float:
    """Return the processor time of a plain exponentially weighted mean and variance over the same rows."""
    began = process_time()
    for hour in range(hours):
        mean, variance = baselines.mean[hour], baselines.variance[hour]
        difference = values[hour] - mean
        mean += np.float32(0.1) * difference
        variance += np.float32(0.1) * (difference * difference - variance)
    return process_time() - began
