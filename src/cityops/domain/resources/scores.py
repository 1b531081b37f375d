"""Scores of a source system's data: each a share of what is counted, over a stated window, without any weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Score:
    """A share: `part` of `whole`. Without a whole there is nothing to judge, and no share."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        """The share from 0 to 1, unrounded; None where there is nothing to judge."""
        return self.part / self.whole if self.whole else None


SCORES: Mapping[str, tuple[str, str]] = {
    "on_time": ("on_time", "looks"),
    "exchanged": ("days_with", "days"),
    "complete": ("online", "devices"),
    "rejected": ("rejected", "received"),
    "duplicate": ("duplicate", "received"),
    "revised": ("revised", "periods"),
}
"""What each score divides by what.

Looks, one in five minutes, at which the newest message was no older than two expected intervals; days with any
message; devices that are online now; items received; values by period of which there is more than one revision.
"""


def scores(counted: Mapping[str, Any], days: int) -> dict[str, Score]:
    """Return the scores of a source from what was counted of it in a window of so many days; null counts as 0."""
    known = {**counted, "days": days}
    return {name: Score(int(known[part] or 0), int(known[whole] or 0)) for name, (part, whole) in SCORES.items()}
