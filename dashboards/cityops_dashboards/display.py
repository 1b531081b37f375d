"""The span of colours and axes on ordinary days.

What the wall and a district's page show stands in scenes. Everything else about a metric (name, unit, thresholds) is
its declaration in `cityops.reference`.
"""

from cityops import reference
from cityops.domain.metrics import Aggregate, Direction, Metric

DISTRICT_TILES = 6
"""So many numbers stand in the head of a district's page, the first that are measured there."""
DEFAULT_METRIC = "pm25"

SPANS = {
    "pm25": (0, 90), "pm10": (0, 180), "no2": (0, 120), "o3": (0, 240), "so2": (0, 60), "co": (0, 6),
    "air_temperature": (6, 36), "relative_humidity": (40, 100), "wind_speed": (0, 12), "noise_leq": (45, 75),
    "river_level_above_warning": (-3, 0), "river_velocity": (0, 3), "rain_intensity": (0, 60), "rain_3h": (0, 120),
    "water_depth": (0, 30), "cover_tilt": (0, 30), "cover_clearance": (0, 3), "traffic_speed": (10, 70),
    "traffic_flow": (0, 1800), "traffic_index": (0, 9), "lamp_on": (40, 100), "lamp_power": (0, 240),
    "gas_lel": (0, 12), "dust_pm10": (0, 240), "site_noise": (50, 80), "crowd_load": (0, 90),
    "power_load_ratio": (0, 90), "voltage": (205, 235), "battery_voltage": (3.0, 3.6),
}  # fmt: skip
"""Normal ranges for the whole city, each of six even steps, for there are six colours; none for sums, which grow
with the number of devices."""


def span(metric: Metric) -> tuple[float, float] | None:
    """Return the ordinary span of a metric in its unit, None for a sum over devices."""
    if metric.aggregate is Aggregate.SUM:
        return None
    return SPANS.get(metric.code, (metric.valid_min, metric.valid_max))


def thresholds(metric: Metric) -> list[float | None]:
    """Return the metric's thresholds from blue to red, None where a level is not used."""
    if metric.direction is Direction.NONE:
        return [None] * 4
    return [metric.blue, metric.yellow, metric.orange, metric.red]


def metric_of(code: str) -> Metric:
    """Return a declared metric, or the default one for a code that nobody declared."""
    declared = {metric.code: metric for metric in reference.metrics()}
    return declared.get(code, declared[DEFAULT_METRIC])
