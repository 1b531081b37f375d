"""Bulletins of air quality over time: hourly concentrations of a region in, one for each hour or day out."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from cityops.domain.indicators.standards.air_quality.averages import (
    DAY_HOURS,
    Hours,
    concentrations_of_day,
    concentrations_of_hour,
)
from cityops.domain.indicators.standards.air_quality.editions import edition_at
from cityops.domain.indicators.standards.air_quality.index import AirQuality, air_quality
from cityops.domain.indicators.standards.air_quality.pollutants import Pollutant
from cityops.domain.intervals import Interval

LEAD = timedelta(hours=DAY_HOURS - 1)
"""Hours that must be known before the first of which a bulletin is made: moving means reach back so far."""


class AirBulletin(NamedTuple):
    """The air of a bucket, and where its hours stand in the list: from `first`, up to `last`, not with it."""

    start: datetime
    quality: AirQuality
    first: int
    last: int


def bulletins(interval: Interval, start: datetime, hours: Mapping[Pollutant, Hours]) -> Iterator[AirBulletin]:
    """Yield the bulletin of each bucket from `start` on, in order.

    Parameters
    ----------
    interval
        HOUR gives real-time reports (实时报), DAY those of natural days of the city's zone (日报).
    start
        Where the first bucket begins: a whole hour, or a midnight of the city's zone.
    hours
        Hourly means of each pollutant, equally many: by the day those from `start` on, by the hour also those of
        `LEAD` before it.
    """
    count = len(next(iter(hours.values())))
    step = DAY_HOURS if interval is Interval.DAY else 1
    for place, last in enumerate(range(DAY_HOURS, count + 1, step)):
        begins = start + place * interval.length
        edition = edition_at(begins)
        window = {one: hourly[last - DAY_HOURS : last] for one, hourly in hours.items()}
        if interval is Interval.DAY:
            quality = air_quality(edition, edition.items_of_day, concentrations_of_day(window))
        else:
            quality = air_quality(edition, edition.items_of_hour, concentrations_of_hour(window))
        yield AirBulletin(begins, quality, last - step, last)
