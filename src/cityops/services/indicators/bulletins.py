"""Reads the hours of pollutants that air quality is computed from, for its route and for series of its index."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.standards.air_quality.averages import is_valid_hour
from cityops.domain.indicators.standards.air_quality.bulletins import LEAD, AirBulletin, bulletins
from cityops.domain.indicators.standards.air_quality.pollutants import Pollutant
from cityops.domain.intervals import Interval
from cityops.services.indicators.coverage import coverage_of
from cityops.store.indicators import series as store


@dataclass(frozen=True)
class PollutantHours:
    """Hours of one pollutant in one region: the mean of each valid one, how many readings came, what is owed."""

    means: list[float | None]
    counts: list[int]
    owed: store.Expected


class ToldBulletin(NamedTuple):
    """A bulletin with the end of its bucket, how many readings it is of, and its poorest pollutant's coverage."""

    bulletin: AirBulletin
    end: datetime
    n: int
    coverage: float | None


def told(
    connection: Connection,
    indicators: Mapping[str, Indicator],
    regions: Sequence[str],
    grain: Grain,
    start: datetime,
    end: datetime,
    now: datetime,
) -> dict[str, list[ToldBulletin]]:
    """Return the bulletins of each region by hour or day from `start` to `end`, both on borders, in order."""
    found = _read(connection, indicators, hours_of(regions, grain, start, end))
    return {code: [*_told(hours, grain, start, now)] for code, hours in found.items()}


def hours_of(regions: Sequence[str], grain: Grain, start: datetime, end: datetime) -> store.Span:
    """Return the hours that must be read for a period: by the hour also those that moving means reach back to."""
    lead = LEAD if grain is Grain.HOUR else timedelta(0)
    return store.Span(tuple(regions), Interval.HOUR, start - lead, end)


def _read(
    connection: Connection, indicators: Mapping[str, Indicator], hours: store.Span
) -> dict[str, dict[Pollutant, PollutantHours]]:
    """Return the hours of each region and pollutant, in order."""
    found: dict[str, dict[Pollutant, PollutantHours]] = {code: {} for code in hours.regions}
    for pollutant in Pollutant:
        expected = store.expected(connection, pollutant, hours.regions)
        for code in hours.regions:
            found[code][pollutant] = PollutantHours([], [], expected.get(code, store.Expected(0, 0.0)))
        for one in store.bins(connection, hours, indicators[pollutant]):
            into = found[one.region_code][pollutant]
            into.means.append(_mean(one, into.owed))
            into.counts.append(one.n)
    return found


def _mean(hour: store.Bin, owed: store.Expected) -> float | None:
    """Return the mean of an hour's readings, None where they cover too little of it."""
    if hour.sum is None or not is_valid_hour(hour.n, owed.readings_per_s):
        return None
    return hour.sum / hour.n


def _told(
    hours: Mapping[Pollutant, PollutantHours], grain: Grain, start: datetime, now: datetime
) -> Iterator[ToldBulletin]:
    for one in bulletins(grain.interval, start, {pollutant: of.means for pollutant, of in hours.items()}):
        end = one.start + grain.interval.length
        counts = {pollutant: sum(of.counts[one.first : one.last]) for pollutant, of in hours.items()}
        each = (coverage_of(one.start, end, n, hours[pollutant].owed, now) for pollutant, n in counts.items())
        coverage = min((share for share in each if share is not None), default=None)
        yield ToldBulletin(one, end, sum(counts.values()), coverage)
