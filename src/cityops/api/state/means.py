"""What series said 10 to 30 minutes ago, against which their newest reading is held; kept for half a minute."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import Connection

from cityops.store.alarms import gravest

FROM, UP_TO = timedelta(minutes=30), timedelta(minutes=10)
KEPT_S = 30.0
MOST_KEPT = 10_000


class Means:
    """Remembers the mean of each series that was asked for; what is older than `KEPT_S` is looked up again."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[float, float | None]] = {}

    def of(self, connection: Connection, series: Iterable[int], now: datetime) -> dict[int, float]:
        """Return the mean of each series before `now`; one that said nothing then is left out."""
        wanted, kept, fresh_from = set(series), self._kept, monotonic() - KEPT_S
        if asked := [one for one in wanted if one not in kept or kept[one][0] < fresh_from]:
            self._kept = kept = kept if len(kept) < MOST_KEPT else {}
            found, at = gravest.means(connection, asked, now - FROM, now - UP_TO), monotonic()
            kept |= {one: (at, found.get(one)) for one in asked}
        told = {one: kept[one][1] for one in wanted if one in kept}
        return {one: mean for one, mean in told.items() if mean is not None}
