"""How many came in each hour of some weeks, with floods, as SVG for documents: pure, numbers in, shapes out."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cityops.domain.intervals import CITY_ZONE

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LABELS = 8
"""So many days are named at most."""

LEAST_FLOOD_PX = 3.0
LABEL_PX = 36.0
"""A day is named only where its name has room."""


@dataclass(frozen=True, slots=True)
class HoursFrame:
    """A drawing of `width` by `height` px; room for the axis and the names is left at its edges."""

    width: int
    height: int
    left: int = 44
    right: int = 12
    top: int = 18
    bottom: int = 24


@dataclass(frozen=True, slots=True)
class HoursDrawing:
    """What a template draws, all in px: columns as one path, floods, named days, a limit, the highest value."""

    columns: str
    floods: Sequence[tuple[float, float]]
    """Beginning and width of each."""
    days: Sequence[tuple[float, str]]
    limit: float | None
    """Height of the line of the limit; None where it lies above the drawing."""
    highest: tuple[float, int]
    floor: float


def hours(
    frame: HoursFrame,
    counts: Sequence[int],
    start: datetime,
    floods: Sequence[tuple[datetime, datetime]] = (),
    limit: int = 0,
) -> HoursDrawing:
    """Return the drawing of counts of consecutive hours from a moment with a time zone on."""
    wide, floor = frame.width - frame.left - frame.right, float(frame.height - frame.bottom)
    tall, high = floor - frame.top, max([1, *counts])
    each = wide / max(1, len(counts))

    def x(at: datetime) -> float:
        return frame.left + each * ((at - start) / HOUR)

    columns = "".join(
        f"M{frame.left + each * place:.1f} {floor:g}v{-tall * count / high:.1f}h{each:.2f}v{tall * count / high:.1f}z"
        for place, count in enumerate(counts)
        if count
    )
    return HoursDrawing(
        columns,
        [(round(x(begin), 1), round(max(x(end) - x(begin), LEAST_FLOOD_PX), 1)) for begin, end in floods],
        [
            (round(x(at), 1), at.astimezone(CITY_ZONE).strftime("%m-%d"))
            for at in _days(start, len(counts))
            if x(at) + LABEL_PX <= frame.width
        ],
        round(floor - tall * limit / high, 1) if 0 < limit <= high else None,
        (float(frame.top), high),
        floor,
    )


def _days(start: datetime, count: int) -> Iterator[datetime]:
    """Yield the city's midnights that are named, from the first one on."""
    local = start.astimezone(CITY_ZONE)
    at = local.replace(hour=0, minute=0, second=0, microsecond=0)
    at, end = (at if at == local else at + DAY), start + count * HOUR
    step = DAY * max(1, math.ceil(count / 24 / LABELS))
    while at < end:
        yield at
        at += step
