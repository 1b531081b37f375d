"""Flags: why a series stands out from what is usual, by how much and since when, in words for people and rules."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from cityops.domain.baselines.learning import Baselines, Judged
from cityops.domain.baselines.seasons import hour_at


class FlagReason(StrEnum):
    """Why a series stands out; of several the first counts."""

    FROZEN = "frozen"
    """The value has not moved for far longer than it ever stood still before."""
    SHIFT = "shift"
    """Its level has moved and stays moved."""
    ABOVE = "above"
    BELOW = "below"
    """The value lies outside what is usual in this hour."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A series that stands out: `deviations` from what is usual, signed; `since` begins the first hour of it."""

    reason: FlagReason
    deviations: float
    since: datetime


def flag_of(baselines: Baselines, standing: Judged, series: int, at: int) -> Flag | None:
    """Return why a series stands out in hour number `at`, of which `standing` was told; None if it does not."""
    running, deviations = baselines.running, float(standing.deviations[series])
    if np.isnan(deviations):
        return None
    if standing.frozen[series]:
        return Flag(FlagReason.FROZEN, deviations, hour_at(at - int(running.run[series])))
    if side := standing.shift[series]:
        since = (running.up_since if side > 0 else running.down_since)[series]
        return Flag(FlagReason.SHIFT, deviations, hour_at(int(since) if since >= 0 else at))
    if side := standing.outside[series]:
        reason = FlagReason.ABOVE if side > 0 else FlagReason.BELOW
        return Flag(reason, deviations, hour_at(int(running.out_since[series])))
    return None


def flagged(standing: Judged) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the places of the series that stand out."""
    return np.flatnonzero((standing.outside != 0) | standing.frozen | (standing.shift != 0))
