"""What each kind of device sees: its own metrics and no other, in the rhythm of day, week, season and rain."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops import reference
from cityops.domain.intervals import CITY_ZONE
from cityops.simulate import environment, incidents, mobility, utilities, water, weather
from cityops.simulate.environment import Signals
from cityops.simulate.fleet import fleet
from cityops.simulate.incidents import IncidentKind
from cityops.simulate.noise import Floats
from cityops.simulate.signals import _SIGNALS, metric, values
from cityops.simulate.sites import Sites, sites_of

KINDS = {kind.code: kind for kind in reference.device_kinds()}
TUESDAY, SUNDAY, JULY, JANUARY = "2026-11-24", "2026-11-29", "2026-07-21", "2026-01-20"
See = Callable[[Sites, Floats], Signals]


@cache
def groups(seed: int = 20) -> dict[str, Sites]:
    return {sites.kind: sites for sites in sites_of(fleet(600, seed), seed)}


def hours(day: str) -> Floats:
    """Return every tenth minute of a local day, one row each."""
    start = datetime.fromisoformat(day).replace(tzinfo=CITY_ZONE).timestamp()
    return start + np.arange(0, 86_400, 600.0)[:, None]


def by_hour(kind: str, code: str, day: str) -> Floats:
    """Return the mean over all devices for each hour of a local day."""
    sites = groups()[kind]
    line = _SIGNALS[kind](sites, hours(day) + np.zeros(sites.total))[code].mean(axis=1)
    return np.asarray(line.reshape(24, 6).mean(axis=1))


def test_every_declared_kind_is_simulated_with_every_metric_that_it_declares() -> None:
    assert set(_SIGNALS) == set(KINDS) == set(groups())
    for code, sites in groups().items():
        seen = _SIGNALS[code](sites, np.full(sites.total, 1_795_000_000.0))
        assert set(seen) == set(KINDS[code].metrics), code
        assert list(values(sites, np.full(sites.total, 1_795_000_000.0))) == list(KINDS[code].metrics)


def test_every_declared_metric_is_seen_by_some_kind() -> None:
    assert {code for kind in KINDS.values() for code in kind.metrics} == {one.code for one in reference.metrics()}


def test_nobody_asked_is_nobody_answered_with_all_metrics_named() -> None:
    sites = groups()["air"].take(np.array([], np.int64))
    assert {code: column.tolist() for code, column in values(sites, np.array([])).items()} == {
        code: [] for code in KINDS["air"].metrics
    }


@settings(max_examples=60)
@given(st.integers(946_684_800, 4_102_444_800), st.sampled_from(sorted(KINDS)), st.sampled_from([1, 2, 20]))
def test_what_is_seen_is_nearly_always_what_is_sent(moment: int, kind: str, seed: int) -> None:
    """The valid range is that of the instrument: a city that leaned on its edges would not be one."""
    sites = groups(seed)[kind]
    raw = _SIGNALS[kind](sites, np.full(sites.total, float(moment)))
    for code, column in raw.items():
        declared = metric(code)
        assert np.isfinite(column).all(), code
        beyond = (column < declared.valid_min) | (column > declared.valid_max)
        assert np.mean(np.broadcast_to(beyond, sites.total)) < 0.2, code


@given(st.sampled_from(sorted(KINDS)), st.sampled_from([1, 2]))
def test_another_seed_is_another_city(kind: str, seed: int) -> None:
    here, there = groups(seed)[kind], groups(20)[kind]
    t = 1_795_000_000 + np.arange(0, 86_400, 3600.0)[:, None]
    one, other = (values(sites, t + np.zeros(sites.total)) for sites in (here, there))
    assert any(one[code].mean() != other[code].mean() for code in one)


@pytest.mark.parametrize(
    ("kind", "code", "high", "low"),
    [
        ("air", "no2", 8, 13),
        ("air", "o3", 14, 3),
        ("air", "air_temperature", 15, 4),
        ("air", "co", 18, 13),
        ("noise", "noise_leq", 15, 3),
        ("dust", "dust_pm10", 10, 3),
        ("dust", "site_noise", 16, 13),
        ("street_light", "lamp_on", 22, 12),
        ("street_light", "lamp_power", 21, 3),
        ("traffic", "traffic_index", 18, 3),
        ("traffic", "traffic_flow", 18, 3),
        ("traffic", "traffic_speed", 3, 18),
        ("crowd", "crowd_load", 20, 5),
        ("crowd", "crowd_count", 20, 5),
        ("power", "power_load", 20, 4),
        ("power", "power_load_ratio", 11, 4),
        ("power", "voltage", 4, 20),
    ],
)
def test_the_day_has_its_rhythm(kind: str, code: str, high: int, low: int) -> None:
    line = by_hour(kind, code, TUESDAY)
    assert line[high] > line[low]


@pytest.mark.parametrize(
    ("kind", "code", "hour", "sunday_is_more"),
    [
        ("traffic", "traffic_index", 8, False),
        ("crowd", "crowd_load", 15, True),
        ("dust", "dust_pm10", 9, False),
        ("power", "power_load_ratio", 10, False),
    ],
)
def test_the_week_has_its_rhythm(kind: str, code: str, hour: int, sunday_is_more: bool) -> None:
    working, sunday = (by_hour(kind, code, day)[hour] for day in (TUESDAY, SUNDAY))
    assert bool(sunday > working) is sunday_is_more


def test_summer_is_hot_and_cooling_costs_power() -> None:
    assert by_hour("air", "air_temperature", JULY).mean() > by_hour("air", "air_temperature", JANUARY).mean() + 8
    assert by_hour("power", "power_load_ratio", JULY)[15] > by_hour("power", "power_load_ratio", JANUARY)[15]


@cache
def wet_and_dry(kind: str) -> tuple[Sites, Floats, Floats]:
    """Return sites with instants of a week at which it pours on one, and at which nobody has had rain of late."""
    sites = groups()[kind]
    t = np.concatenate([hours(f"2026-06-{day:02}") for day in range(10, 17)]) + np.zeros(sites.total)
    return sites, t, weather.rain(sites, t)


@pytest.mark.parametrize(
    ("kind", "see", "code", "more"),
    [
        ("air", environment.air, "relative_humidity", True),
        ("air", environment.air, "wind_speed", True),
        ("traffic", mobility.traffic, "traffic_index", True),
        ("crowd", mobility.crowd, "crowd_load", False),
        ("rain_gauge", environment.rain_gauge, "rain_intensity", True),
        ("waterlogging", water.waterlogging, "water_depth", True),
        ("river_level", water.river_level, "river_velocity", True),
    ],
)
def test_rain_is_felt(kind: str, see: See, code: str, more: bool) -> None:
    sites, t, falling = wet_and_dry(kind)
    seen = see(sites, t)[code]
    wet, dry = seen[falling > 15], seen[falling < 0.1]
    assert len(wet) > 5
    assert bool(wet.mean() > dry.mean()) is more


def test_a_gauge_counts_no_trace_and_all_else() -> None:
    sites, t, _ = wet_and_dry("rain_gauge")
    counted = environment.rain_gauge(sites, t)["rain_intensity"]
    assert ((counted == 0) | (counted >= 0.2)).all()
    assert counted.max() > 5


def test_lamps_are_off_or_lit_and_never_glimmer() -> None:
    sites = groups()["street_light"]
    seen = utilities.street_light(sites, hours(TUESDAY) + np.zeros(sites.total))
    lit = seen["lamp_on"]
    assert ((lit == 0) | (lit >= 0.5)).all()
    assert lit.max() <= 100
    assert seen["lamp_power"].min() > 0  # the controller itself takes some


def test_a_crowd_is_whole_people_within_what_a_place_holds() -> None:
    sites = groups()["crowd"]
    seen = mobility.crowd(sites, hours(SUNDAY) + np.zeros(sites.total))
    assert (seen["crowd_count"] == np.floor(seen["crowd_count"])).all()
    assert (seen["crowd_load"].min() >= 0, seen["crowd_load"].max() <= 115) == (True, True)


@settings(max_examples=30)
@given(st.integers(946_684_800, 4_102_444_800))
def test_the_tide_comes_and_goes_twice_a_day(moment: int) -> None:
    sites = groups()["river_level"]
    t = moment + np.arange(0, 12.42 * 3600, 600)[:, None] + np.zeros(sites.total)
    level = water.river_level(sites, t)["river_level_above_warning"]
    assert (level.max(axis=0) - level.min(axis=0) > 0.8).all()


@pytest.mark.parametrize(
    ("kind", "see", "incident", "code", "rises"),
    [
        ("noise", environment.noise, incidents.LOUD_NIGHT, "noise_leq", True),
        ("gas", utilities.gas, incidents.GAS_LEAK, "gas_lel", True),
        ("gas", utilities.gas, incidents.FLAT_BATTERY, "battery_voltage", False),
        ("manhole_cover", water.manhole_cover, incidents.OPEN_COVER, "cover_tilt", True),
        ("manhole_cover", water.manhole_cover, incidents.WEAK_BATTERY, "battery_voltage", False),
        ("traffic", mobility.traffic, incidents.CRASH, "traffic_speed", False),
        ("traffic", mobility.traffic, incidents.CRASH, "traffic_index", True),
        ("power", utilities.power, incidents.OVERLOAD, "power_load_ratio", True),
        ("street_light", utilities.street_light, incidents.DARK_LAMPS, "lamp_power", False),
    ],
)
def test_an_incident_shows_in_its_metric(kind: str, see: See, incident: IncidentKind, code: str, rises: bool) -> None:
    """While one is struck its value differs from what the same device sees before or after it by far."""
    sites = groups()[kind]
    grave = [
        one
        for one in incidents.incidents(sites.seed, incident, sites.total, 1_795_000_000, 1_797_500_000)
        if one.gravity > 0.7 and (kind != "street_light" or _is_night(one.start_s + one.duration_s / 2))
    ]
    differences = []
    for one in grave[:8]:
        alone = sites.take(np.array([one.position]))
        day = np.array([[0.0]]) + one.start_s + one.duration_s / 2
        other = day + 86_400 * 7
        during, later = see(alone, day)[code].item(), see(alone, other)[code].item()
        differences.append(during - later)
    assert len(differences) >= 3
    assert (float(np.median(differences)) > 0) is rises


def _is_night(moment: float) -> bool:
    local = (moment / 3600 + 8) % 24
    return local < 4 or local > 20
