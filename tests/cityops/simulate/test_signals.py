"""Signals: valid at any time and seed, and one value for one device and instant, however it is asked for."""

from datetime import datetime
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops import reference
from cityops.domain.intervals import CITY_ZONE
from cityops.simulate import rhythm, weather
from cityops.simulate.fleet import fleet
from cityops.simulate.noise import Floats
from cityops.simulate.signals import metric, values
from cityops.simulate.sites import Sites, sites_of

KINDS = [kind.code for kind in reference.device_kinds()]
MOMENTS = st.integers(min_value=946_684_800, max_value=4_102_444_800)  # 2000 to 2100


@cache
def groups(seed: int = 20, count: int = 600) -> dict[str, Sites]:
    return {sites.kind: sites for sites in sites_of(fleet(count, seed), seed)}


def local(text: str) -> Floats:
    return np.array([datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE).timestamp()])


def mean(kind: str, code: str, text: str) -> float:
    sites = groups(count=2000)[kind]
    return float(values(sites, np.broadcast_to(local(text), sites.total))[code].mean())


@settings(max_examples=150, deadline=None)
@given(moment=MOMENTS, seed=st.sampled_from([1, 2, 20]), kind=st.sampled_from(KINDS))
def test_every_value_lies_within_its_metrics_valid_range(moment: int, seed: int, kind: str) -> None:
    sites = groups(seed)[kind]
    t = moment + np.arange(0, 3600, 600)[:, None] + sites.phase_ms / 1000
    for code, sent in values(sites, t).items():
        declared = metric(code)
        assert np.isfinite(sent).all(), code
        assert sent.min() >= declared.valid_min, code
        assert sent.max() <= declared.valid_max, code
        assert (np.round(sent, declared.decimals) == sent).all(), code


@settings(max_examples=60, deadline=None)
@given(moment=MOMENTS, kind=st.sampled_from(KINDS), place=st.integers(0, 3))
def test_a_value_depends_on_device_and_time_alone(moment: int, kind: str, place: int) -> None:
    sites = groups()[kind]
    hour = moment + np.arange(0, 3600, 300)[:, None] + sites.phase_ms / 1000
    grid = values(sites, hour)
    alone = sites.take(np.array([place]))
    for step in (0, 5, 11):
        single = values(alone, hour[step, [place]])
        assert {code: column[0] for code, column in single.items()} == {
            code: column[step, place] for code, column in grid.items()
        }


def test_the_instants_of_the_devices_are_each_met_once_whatever_the_windows() -> None:
    sites = groups()["traffic"]
    start = 1_795_000_000_000
    whole = list(zip(*(part.tolist() for part in sites.instants(start, start + 300_000)), strict=True))
    parts = []
    for offset in range(0, 300_000, 7_500):
        positions, times = sites.instants(start + offset, start + offset + 7_500)
        parts += list(zip(positions.tolist(), times.tolist(), strict=True))
    assert sorted(parts) == sorted(whole)
    assert len(whole) == sites.total * 10
    assert [time for _, time in whole] == sorted(time for _, time in whole)


def test_rain_of_three_hours_is_the_integral_of_the_intensity() -> None:
    sites = groups()["rain_gauge"]
    end = float(local("2026-06-15T18:00")[0])
    steps = end - 10800 + np.arange(5, 10800, 10.0)
    summed = weather.rain(sites, steps[:, None] * np.ones(sites.total)).sum(axis=0) * 10 / 3600
    assert summed.max() > 1
    assert weather.rain_3h(sites, np.full(sites.total, end)) == pytest.approx(summed, abs=0.3)


def test_every_half_hour_or_so_it_rains_somewhere() -> None:
    sites = groups(count=2000)["waterlogging"]
    t = float(local("2026-11-23T00:00")[0]) + np.arange(0, 86_400, 60)[:, None]
    dry = weather.rain(sites, t * np.ones(sites.total)).max(axis=1) < 2
    longest = max(len(run) for run in "".join("d" if minute else "w" for minute in dry).split("w"))
    assert longest <= 45


def test_rush_hours_are_on_working_days() -> None:
    tuesday, sunday = "2026-11-24", "2026-11-29"
    assert rhythm.rush(local(f"{tuesday}T08:15"))[0] > 0.7
    assert rhythm.rush(local(f"{tuesday}T18:15"))[0] > 0.9
    assert rhythm.rush(local(f"{sunday}T08:15"))[0] < 0.2
    assert (
        mean("traffic", "traffic_speed", f"{tuesday}T18:15") < mean("traffic", "traffic_speed", f"{sunday}T03:00") - 8
    )


def test_lamps_burn_by_night_and_crowds_come_by_day() -> None:
    assert mean("street_light", "lamp_on", "2026-11-24T21:00") > 90
    assert mean("street_light", "lamp_on", "2026-11-24T12:00") == 0
    assert mean("crowd", "crowd_load", "2026-11-28T20:00") > 3 * mean("crowd", "crowd_load", "2026-11-24T05:00")


def test_a_normal_day_has_few_warnings_and_a_year_has_the_gravest() -> None:
    shares = []
    gravest = 0.0
    day = float(local("2026-11-24T00:00")[0])
    for sites in groups(count=2000).values():
        t = day + np.arange(0, 86_400, 300)[:, None] + sites.phase_ms / 1000
        for code, sent in values(sites, t).items():
            levels = [metric(code).warning(float(value)) for value in np.unique(sent)]
            counts = np.unique(sent, return_counts=True)[1]
            shares.append(float(sum(n for level, n in zip(levels, counts, strict=True) if level >= 2) / counts.sum()))
            gravest = max(gravest, *levels)
    assert max(shares) < 0.02
    assert gravest == 4
