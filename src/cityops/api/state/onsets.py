"""Since when warnings stand: looked up in the raw readings of the last day, and kept for half a minute."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic

from sqlalchemy import Connection

from cityops.domain.state import WarningRow
from cityops.store import devices
from cityops.store.devices import Onset

LOOKED_BACK = timedelta(hours=24)
KEPT_S = 30.0
MOST_KEPT = 10_000

Key = tuple[int, int]


class Onsets:
    """Remembers the onset by series and level; what is older than `KEPT_S` is looked up again."""

    def __init__(self) -> None:
        self._kept: dict[Key, tuple[float, Onset]] = {}

    def of(self, connection: Connection, rows: Sequence[WarningRow], now: datetime) -> list[Onset]:
        """Return the onset of each warning; of one whose readings are not found, its newest reading at the latest."""
        keys = [(row.series_id, int(row.level)) for row in rows]
        kept, fresh_from = self._kept, monotonic() - KEPT_S
        asked = [key for key in keys if key not in kept or kept[key][0] < fresh_from]
        if asked:
            self._kept = kept = kept if len(kept) < MOST_KEPT else {}
            kept |= _looked_up(connection, asked, now)
        newest = [Onset(datetime.fromtimestamp(row.ts / 1e6, UTC), known=False) for row in rows]
        return [kept[key][1] if key in kept else last for key, last in zip(keys, newest, strict=True)]


def _looked_up(connection: Connection, keys: Sequence[Key], now: datetime) -> dict[Key, tuple[float, Onset]]:
    found = devices.onsets(connection, dict(keys), now - LOOKED_BACK)
    at = monotonic()
    return {key: (at, found[key[0]]) for key in keys if key[0] in found}
