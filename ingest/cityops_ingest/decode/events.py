"""Decodes an events message into steps of cases, checked against the declared words and registered codes."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cityops.domain.events import DESCRIPTION_LIMIT, TITLE_LIMIT, Severity, Status
from cityops.domain.rejects import Reason
from cityops.store.events import EventStep
from cityops.wire.events import EventItem
from cityops_ingest.decode.items import ItemDecoder, Refusal
from cityops_ingest.decode.times import microseconds, refusal_of

_items = ItemDecoder(EventItem)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CODE_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Codes that an event record may name."""

    classes: frozenset[str]
    regions: frozenset[str]


def decode(
    payload: bytes, source: str, received_at: datetime, words: Vocabulary, *, line_delimited: bool = False
) -> Iterator[tuple[int, EventStep] | Refusal]:
    """Yield the steps of a message with their places in it, or why a step is refused."""
    for index, item in _items(payload, line_delimited=line_delimited):
        if isinstance(item, Refusal):
            yield item
            continue
        refusal = _refusal(index, item, received_at, words)
        yield refusal or (index, _step(item, source, received_at))


def _refusal(index: int, item: EventItem, received_at: datetime, words: Vocabulary) -> Refusal | None:
    for reason, wrong, detail in (
        (Reason.UNKNOWN_CLASS, item.event_class not in words.classes, f"class {item.event_class!r}"),
        (Reason.UNKNOWN_REGION, item.region not in words.regions, f"region {item.region!r}"),
        (Reason.UNKNOWN_STATUS, item.status not in set(Status), f"status {item.status!r}"),
        (Reason.UNKNOWN_STATUS, item.severity not in set(Severity), f"severity {item.severity!r}"),
        (Reason.WRONG_TYPE, not item.external_id, "external_id is empty"),
        (Reason.WRONG_TYPE, _holds_nul(item), "a text holds the character NUL, which cannot be stored"),
        (Reason.TOO_LONG, len(item.external_id) > _CODE_LIMIT, f"external_id is over {_CODE_LIMIT} characters"),
        (Reason.TOO_LONG, len(item.title) > TITLE_LIMIT, f"title is over {TITLE_LIMIT} characters"),
        (
            Reason.TOO_LONG,
            max(len(item.description or ""), len(item.address or "")) > DESCRIPTION_LIMIT,
            f"description or address is over {DESCRIPTION_LIMIT} characters",
        ),
        (Reason.OUT_OF_RANGE, not _is_place(item.lon, item.lat), f"place {item.lon}, {item.lat}"),
    ):
        if wrong:
            return Refusal(index, reason, detail)
    return _wrong_time(index, item, received_at)


def _holds_nul(item: EventItem) -> bool:
    return any("\0" in text for text in (item.external_id, item.title, item.description or "", item.address or ""))


def _wrong_time(index: int, item: EventItem, received_at: datetime) -> Refusal | None:
    now_us = round(received_at.timestamp() * 1_000_000)
    for moment in (item.occurred_at, item.status_at):
        wrong = refusal_of(microseconds(moment), now_us)
        if wrong:
            return Refusal(index, *wrong)
    return None


def _is_place(lon: float | None, lat: float | None) -> bool:
    if lon is None or lat is None:
        return lon is None and lat is None
    return math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90


def _step(item: EventItem, source: str, received_at: datetime) -> EventStep:
    return EventStep(
        source,
        item.external_id,
        item.sequence,
        item.event_class,
        item.severity,
        item.status,
        item.title,
        item.description,
        item.address,
        item.region,
        item.lon,
        item.lat,
        _EPOCH + timedelta(microseconds=microseconds(item.occurred_at)),
        _EPOCH + timedelta(microseconds=microseconds(item.status_at)),
        received_at,
    )
