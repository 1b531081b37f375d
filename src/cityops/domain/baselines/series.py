"""Which series the platform learns by itself: each metric in each region of the registry, in that order."""

import numpy as np
from numpy.typing import NDArray

from cityops.domain.baselines.packing import Keys
from cityops.domain.state import Registry


def keys_of(registry: Registry) -> Keys:
    """Return the ids of metric and region of each series."""
    pairs = [(metric, region) for metric in registry.metric_ids for region in registry.region_ids]
    return np.array(pairs, np.int32).reshape(-1, 2)


def place_of(registry: Registry, metric: int, region: int) -> int:
    """Return where a metric of a region stands, both by their place in the registry."""
    return metric * len(registry.region_ids) + region


def floors(registry: Registry) -> NDArray[np.float64]:
    """Return the least deviation of each series: half of the last digit that its metric is shown with."""
    halves = [0.5 / 10.0**metric.decimals for metric in registry.metrics]
    return np.repeat(np.array(halves, np.float64), len(registry.region_ids))
