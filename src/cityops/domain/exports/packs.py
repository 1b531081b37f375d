"""Daily packs (每日数据包): the files of one day in one zip, which day is due, and when the newest is too old."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cityops.domain.intervals import CITY_ZONE

LATE = timedelta(hours=1)
"""So long after midnight a day is taken for complete: what was held up on its way has come by then."""

KEEP_DAYS = 30


@dataclass(frozen=True, slots=True)
class Pack:
    """The zip of a day of the city, whole; `sha256` in hex, `made_at` aware."""

    day: date
    name: str
    bytes: int
    sha256: str
    made_at: datetime


def name_of(day: date) -> str:
    """Return what the zip of a day is called."""
    return f"cityops-{day}.zip"


def due(now: datetime) -> date:
    """Return the newest day that a pack can be made of."""
    return (now - LATE).astimezone(CITY_ZONE).date() - timedelta(days=1)


def is_late(newest: Pack | None, now: datetime) -> bool:
    """Tell whether the newest pack is older than a day after it was due."""
    return newest is None or newest.day < due(now) - timedelta(days=1)


def outlived(packs: Iterable[Pack], keep_days: int, now: datetime) -> list[Pack]:
    """Return those of days before the last `keep_days`."""
    first = due(now) - timedelta(days=keep_days - 1)
    return [one for one in packs if one.day < first]
