"""Warning levels of devices, found by the database: by the same rule as `Metric.warning`, whatever the value."""

import numpy as np

from cityops import reference
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY
from cityops.store import devices
from cityops.store.devices import DeviceFilter
from cityops.store.engine import make_engine, reading
from factories.world import World

KINDS = {
    "water_depth": "waterlogging",
    "cover_clearance": "manhole_cover",
    "river_level_above_warning": "river_level",
}
METRICS = [metric for metric in reference.metrics() if metric.code in KINDS]


def test_the_database_compares_a_value_as_it_is_shown(migrated_database: str, world: World) -> None:
    """Around each threshold, as 32-bit floats: itself, and up to a step of the last digit that is shown beside it."""
    expected = {}
    for metric in METRICS:
        thresholds = [level for level in (metric.blue, metric.yellow, metric.orange, metric.red) if level is not None]
        for threshold in (*thresholds, -0.04):
            for steps in (-1, -0.5, -0.4, 0, 0.4, 0.5):
                value = float(np.float32(threshold + steps / 10**metric.decimals))
                code = world.device(f"{metric.code} {threshold} {steps}", KINDS[metric.code])
                world.says(code, metric.code, value, world.ago(1))
                expected[code] = int(metric.warning(value))
    engine = make_engine(migrated_database)
    with reading(engine, WHOLE_CITY) as connection:
        found = devices.page(connection, DeviceFilter(), utc_now(), "", 1000)
    engine.dispose()
    assert {one["code"]: one["warning"] for one in found} == expected
    assert set(expected.values()) == {0, 1, 2, 3, 4}
