"""Remembers from when to when each series has readings, to tell what is surely new from what may be a repetition."""

import numpy as np
from numpy.typing import NDArray

from cityops.store.readings import ReadingColumns

_NEVER = np.iinfo(np.int64)


class Extents:
    """Earliest and latest time (microseconds since 1970 UTC) stored per series id, as far as this worker knows.

    A reading outside its series' extent is new, unless another worker has stored it meanwhile; the database then
    says so. Of a series that had readings before this worker started, the earliest time is not known.
    """

    def __init__(self) -> None:
        self._earliest = np.empty(0, np.int64)
        self._latest = np.empty(0, np.int64)

    def seed(self, series: NDArray[np.int32], latest: NDArray[np.int64]) -> None:
        """Take over the newest stored time of each series."""
        self._grow(series)
        np.maximum.at(self._latest, series, latest)
        self._earliest[series] = _NEVER.min

    def outside(self, columns: ReadingColumns) -> NDArray[np.bool_]:
        """Return for each reading whether it lies outside the known extent of its series."""
        self._grow(columns.series)
        before = columns.ts < self._earliest[columns.series]
        return before | (columns.ts > self._latest[columns.series])

    def widen(self, columns: ReadingColumns) -> None:
        """Take readings into account that are now stored."""
        self._grow(columns.series)
        np.minimum.at(self._earliest, columns.series, columns.ts)
        np.maximum.at(self._latest, columns.series, columns.ts)

    def _grow(self, series: NDArray[np.int32]) -> None:
        needed = int(series.max(initial=-1)) + 1 - len(self._latest)
        if needed > 0:
            room = max(needed, len(self._latest) // 2)
            self._earliest = np.append(self._earliest, np.full(room, _NEVER.max))
            self._latest = np.append(self._latest, np.full(room, _NEVER.min))
