"""Records what is no reading, steps of cases and values of indicators, in the batch's transaction."""

from collections.abc import Sequence
from typing import Protocol

import psycopg

from cityops.domain.events.reported import EventStep
from cityops.domain.indicators.revisions import IndicatorReport
from cityops.store.events import history
from cityops.store.indicators.recorded import RecordedValue
from cityops.store.indicators.recorded import record as record_values
from cityops_ingest.batch import conflicts
from cityops_ingest.batch.assembly import Record
from cityops_ingest.decode.items import Refusal


class Counting(Protocol):
    """Where it is counted what became of a message's items."""

    stored: int
    duplicate: int


def record_records(
    cursor: psycopg.Cursor, records: Sequence[tuple[int, int, Record]], counted: Sequence[Counting]
) -> list[tuple[int, Refusal]]:
    """Record steps and values, each given with its message and its place there; `counted` is by message.

    Returns refusals of those that differ from what is kept, with their message.
    """
    steps = [(place, item, one) for place, item, one in records if isinstance(one, EventStep)]
    values = [(place, item, one) for place, item, one in records if isinstance(one, IndicatorReport)]
    refused = []
    if steps:
        found = history.record(cursor, [step for _, _, step in steps])
        _count([place for place, _, _ in steps], found, counted)
        told = conflicts.of_steps([(item, step) for _, item, step in steps], found)
        refused += [(steps[number][0], refusal) for number, refusal in told]
    if values:
        kept = record_values(cursor, [value for _, _, value in values])
        _count([place for place, _, _ in values], kept, counted)
        told = conflicts.of_values([(item, value) for _, item, value in values], kept)
        refused += [(values[number][0], refusal) for number, refusal in told]
    return refused


def _count(
    places: Sequence[int],
    recorded: Sequence[history.Recorded | RecordedValue],
    counted: Sequence[Counting],
) -> None:
    for place, one in zip(places, recorded, strict=True):
        counted[place].stored += one.is_new
        counted[place].duplicate += not one.is_new and not one.differs_in
