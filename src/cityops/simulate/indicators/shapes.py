"""How each indicator moves by season, day and week, as shares of its usual range; made up, as all of the simulator.

What is usual stands in the declaration, so that one that is new in a file is simulated too, by the plain shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SimulatedShape:
    """Shares of the usual range by which a value moves; `parts` is the city's denominator in a period of a ratio."""

    season: float = 0.1
    """Higher in the hottest days than in the coldest."""
    day: float = 0.0
    """Higher by day than at night."""
    weekend: float = 0.0
    """Higher at weekends than on working days."""
    growth: float = 0.0
    """Higher after a year."""
    noise: float = 0.2
    calm: bool = False
    """Nothing on most days: a region has an episode now and then."""
    is_stock: bool = False
    """What stands at an instant: of a running period it is not less than of a whole one."""
    parts: int = 1_000


PLAIN = SimulatedShape()

SHAPES: Mapping[str, SimulatedShape] = {
    "hotline_volume": SimulatedShape(season=0.2, weekend=-0.3),
    "orders_transferred": SimulatedShape(season=0.2, weekend=-0.3),
    "hotline_answered": SimulatedShape(season=-0.1, parts=75_000),
    "orders_on_time": SimulatedShape(parts=7_500),
    "orders_satisfied": SimulatedShape(parts=2_400),
    "orders_first_right": SimulatedShape(parts=7_500),
    "resource_themes": SimulatedShape(season=0, growth=0.2, noise=0.02),
    "terminals_online_rate": SimulatedShape(day=0.1, is_stock=True, parts=84_000),
    "o3_8h": SimulatedShape(season=0.3, day=0.5),
    "good_air_days": SimulatedShape(season=-0.3),
    "water_quality_good": SimulatedShape(season=-0.2, is_stock=True, parts=64),
    "gdp": SimulatedShape(season=-0.2, growth=0.08, noise=0.05),
    "rain_stations_50mm": SimulatedShape(calm=True, is_stock=True, parts=420),
    "signals_in_force": SimulatedShape(calm=True),
    "response_level": SimulatedShape(calm=True),
    "people_moved": SimulatedShape(calm=True),
    "shelters_open": SimulatedShape(calm=True),
    "reservoir_storage": SimulatedShape(season=0.4, noise=0.05),
    "grid_load": SimulatedShape(season=0.5, day=0.4, weekend=-0.15, noise=0.08),
    "power_used": SimulatedShape(season=0.6, growth=0.06, noise=0.1),
    "outage_users": SimulatedShape(calm=True),
    "gas_supplied": SimulatedShape(season=-0.4, growth=0.05),
    "ambulances": SimulatedShape(season=0.2),
    "ambulance_minutes": SimulatedShape(weekend=-0.2, parts=1_100),
    "emergency_beds": SimulatedShape(day=0.2, is_stock=True, parts=3_200),
    "icu_beds": SimulatedShape(season=-0.1, is_stock=True, parts=1_500),
    "market_entities": SimulatedShape(season=0, growth=0.2, noise=0.01),
    "residents": SimulatedShape(season=0, growth=0.04, noise=0.01),
    "terminals_connected": SimulatedShape(season=0, growth=0.3, noise=0.02),
    "video_connected": SimulatedShape(season=0, growth=0.3, noise=0.02),
    "records_gathered": SimulatedShape(season=0, growth=0.4, noise=0.01),
    "systems_connected": SimulatedShape(season=0, growth=0.2, noise=0.02),
    "departments_connected": SimulatedShape(season=0, growth=0.1, noise=0.02),
    "calls_110": SimulatedShape(day=0.5, weekend=0.1),
    "traffic_accidents": SimulatedShape(day=0.6, weekend=-0.1),
    "online_handled": SimulatedShape(weekend=-0.6, growth=0.05),
    "online_possible": SimulatedShape(growth=0.1, noise=0.05, is_stock=True, parts=2_300),
    "metro_passengers": SimulatedShape(weekend=-0.2, growth=0.05),
    "station_passengers": SimulatedShape(weekend=0.2),
    "metro_trains": SimulatedShape(season=0, day=0.8, weekend=-0.15, noise=0.05),
    "bus_passengers": SimulatedShape(weekend=-0.3, growth=-0.05),
    "flights_on_time": SimulatedShape(season=-0.3, parts=720),
    "urban_on_time": SimulatedShape(parts=40_000),
    "water_supplied": SimulatedShape(season=0.4, growth=0.02, noise=0.1),
    "pipe_pressure": SimulatedShape(season=0, day=-0.3),
    "sewage_treated": SimulatedShape(season=0.4),
}
