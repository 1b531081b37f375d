"""Source systems and totals of the platform in the state: who sends, how fresh, and what became of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cityops.api import schemas
from cityops.api.state.city import Moment
from cityops.domain.freshness import Freshness, freshness


def source_states(rows: Sequence[Mapping[Any, Any]], now: datetime) -> list[schemas.SourceState]:
    """Return the source systems, each with how fresh its newest message is `now`."""
    return [
        schemas.SourceState(**row, freshness=None if row["received"] is None else _freshness(row, now))
        for row in rows
    ]


def _freshness(row: Mapping[Any, Any], now: datetime) -> Freshness:
    last: datetime | None = row["last_received_at"]
    return freshness(None if last is None else (now - last).total_seconds(), row["expected_interval_s"])


def platform(
    moment: Moment, sources: Sequence[schemas.SourceState], readings_per_s: float | None
) -> schemas.Platform:
    """Compose the totals: devices and series as registered, items as the ledger has them."""
    registry = moment.snapshot.registry
    return schemas.Platform(
        **moment.totals,
        devices=len(registry.device_id),
        series=len(registry.series_id),
        sources=len(sources),
        sources_fresh=None
        if moment.totals["received"] is None
        else sum(source.freshness is Freshness.FRESH for source in sources),
        readings_per_s=None if readings_per_s is None else round(readings_per_s, 2),
    )
