"""Decodes an events message into steps of cases, checked against the declared words and registered codes."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cityops.domain.events.reported import ATTRIBUTES, DESCRIPTION_LIMIT, TITLE_LIMIT, EventStep
from cityops.domain.events.status import Severity, Status
from cityops.domain.regions import CommunityError, region_code
from cityops.domain.rejects import Reason
from cityops.wire.events import EventItem
from cityops_ingest.decode.items import ItemDecoder, Refusal
from cityops_ingest.decode.times import mended, microseconds, refusal_of


def _mend(_index: int, item: dict[str, Any]) -> tuple[dict[str, Any], list[Refusal]]:
    """Read times that the type does not take, and a place as text; a place that is no number is none (nan)."""
    place = {name: _degrees(item[name]) for name in ("lon", "lat") if item.get(name) is not None}
    return mended(item, ["occurred_at", "status_at"]) | place, []


def _degrees(raw: Any) -> float:
    try:
        return float(raw)
    except (TypeError, ValueError, OverflowError):
        return math.nan


_items = ItemDecoder(EventItem, _mend)
_AROUND = (112.9, 22.4), (114.1, 24.0)
"""Corners of a rectangle around Guangzhou, some ten kilometres wider than the city."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CODE_LIMIT = 100
_TIMES = "occurred_at", "status_at"
_TAKEN = [name for name in ATTRIBUTES if name in EventItem.__struct_fields__]
"""Attributes that are told under their own names."""


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
        try:
            item.region = region_code(item.region)
        except CommunityError as error:
            yield Refusal(index, Reason.UNKNOWN_REGION, f"region {error}")
            continue
        refusal = _refusal(index, item, received_at, words)
        if refusal:
            yield refusal
            continue
        impossible = _impossible(item.lon, item.lat)
        if impossible:
            yield Refusal(index, Reason.IMPOSSIBLE_PLACE, impossible)
            item.lon = item.lat = None
        yield index, _step(item, source, received_at)


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
    ):
        if wrong:
            return Refusal(index, reason, detail)
    return _wrong_time(index, item, received_at)


def _holds_nul(item: EventItem) -> bool:
    texts = (getattr(item, name) for name in _TAKEN)
    return any(isinstance(text, str) and "\0" in text for text in texts)


def _wrong_time(index: int, item: EventItem, received_at: datetime) -> Refusal | None:
    now_us = round(received_at.timestamp() * 1_000_000)
    for moment in (item.occurred_at, item.status_at):
        wrong = refusal_of(microseconds(moment), now_us)
        if wrong:
            return Refusal(index, *wrong)
    return None


def _impossible(lon: float | None, lat: float | None) -> str | None:
    """Return why a place cannot be, None where it can or none is given; the step is taken without it."""
    if lon is None and lat is None:
        return None
    if lon is None or lat is None:
        return "a place has both lon and lat"
    if (lon, lat) == (0, 0):
        return "place 0, 0: what a receiver says that has none"
    if _is_near(lon, lat):
        return None
    swapped = ": lon and lat are changed over" if _is_near(lat, lon) else ""
    return f"place {lon:g}, {lat:g} is not in or near the city{swapped}"


def _is_near(lon: float, lat: float) -> bool:
    (west, south), (east, north) = _AROUND
    return west <= lon <= east and south <= lat <= north


def _step(item: EventItem, source: str, received_at: datetime) -> EventStep:
    times = {name: _EPOCH + timedelta(microseconds=microseconds(getattr(item, name))) for name in _TIMES}
    renamed = {"source_system_code": source, "class_code": item.event_class, "region_code": item.region}
    played = {"drill": item.exercise}
    taken: dict[str, Any] = {name: getattr(item, name) for name in _TAKEN}
    return EventStep(**taken | times | renamed | played, received_at=received_at)
