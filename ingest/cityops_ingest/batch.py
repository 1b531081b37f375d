"""Assembles a batch: decodes its messages, looks devices up, and lays readings out in columns for the store."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import psycopg
import structlog
from numpy.typing import NDArray

from cityops.domain.rejects import Reason
from cityops.store.events import EventStep
from cityops.store.readings import ReadingColumns
from cityops.store.registry import KnownMetric
from cityops.store.rejects import Reject
from cityops.wire.topics import Kind, Topic
from cityops_ingest.catalog import Catalog, CatalogDevice
from cityops_ingest.decode import events, readings
from cityops_ingest.decode.items import Refusal
from cityops_ingest.decode.readings import Sample
from cityops_ingest.envelope import Envelope

log = structlog.get_logger()

UNKNOWN_KIND = "unknown"
"""Kind of a message whose topic does not tell."""


@dataclass(slots=True)
class Batch:
    """What one transaction writes; `*_of` give for each row the position of its message in `envelopes`."""

    envelopes: Sequence[Envelope]
    accounts: list[tuple[str, str]]
    readings: ReadingColumns
    reading_of: NDArray[np.intp]
    steps: list[tuple[int, EventStep]]
    rejects: list[tuple[int, Reject]]


@dataclass(slots=True)
class _Draft:
    """A batch while it is being assembled."""

    accounts: list[tuple[str, str]] = field(default_factory=list)
    samples: list[tuple[int, Sample]] = field(default_factory=list)
    rows: list[tuple[int, int, int, float, int, int, int]] = field(default_factory=list)
    steps: list[tuple[int, EventStep]] = field(default_factory=list)
    refusals: list[tuple[int, Refusal]] = field(default_factory=list)


def assemble(envelopes: Sequence[Envelope], catalog: Catalog, connection: psycopg.Connection) -> Batch:
    """Decode and resolve all messages; the connection is used only for what the catalogue does not know yet."""
    catalog.refresh(connection)
    draft = _Draft()
    for place, envelope in enumerate(envelopes):
        draft.accounts.append((envelope_source(envelope), UNKNOWN_KIND))
        try:
            _decode(place, envelope, catalog, draft)
        except Exception as error:  # a message that our own code fails on must not stop the others
            log.exception("message not decoded", topic=envelope.topic[:200])
            draft.refusals.append((place, Refusal(0, Reason.INTERNAL_ERROR, repr(error)[:200])))
    catalog.learn(connection, {sample.device for _, sample in draft.samples})
    for place, sample in draft.samples:
        _resolve(place, sample, catalog, connection, draft)
    return _finish(envelopes, draft)


def envelope_source(envelope: Envelope) -> str:
    """Return the source that a topic names, or a dash where it names none."""
    parts = envelope.topic.decode(errors="replace").split("/")
    return parts[3] if len(parts) > 3 and parts[3] else "-"


def _decode(place: int, envelope: Envelope, catalog: Catalog, draft: _Draft) -> None:
    topic = _topic(envelope, catalog)
    if isinstance(topic, Refusal):
        draft.refusals.append((place, topic))
        return
    draft.accounts[place] = (topic.source, topic.kind.value)
    if envelope.too_large:
        size = f"{envelope.payload_bytes} bytes, at most {envelope.limit} are taken"
        draft.refusals.append((place, Refusal(0, Reason.PAYLOAD_TOO_LARGE, size)))
    elif topic.kind is Kind.READINGS:
        _decode_readings(place, envelope, topic, draft)
    else:
        _decode_events(place, envelope, topic, catalog, draft)


def _decode_readings(place: int, envelope: Envelope, topic: Topic, draft: _Draft) -> None:
    now_us = round(envelope.received_at.timestamp() * 1_000_000)
    for found in readings.decode(envelope.payload, topic.device, now_us, line_delimited=envelope.line_delimited):
        if isinstance(found, Refusal):
            draft.refusals.append((place, found))
        else:
            draft.samples.append((place, found))


def _decode_events(place: int, envelope: Envelope, topic: Topic, catalog: Catalog, draft: _Draft) -> None:
    for step in events.decode(
        envelope.payload,
        topic.source,
        envelope.received_at,
        catalog.words,
        line_delimited=envelope.line_delimited,
    ):
        if isinstance(step, Refusal):
            draft.refusals.append((place, step))
        else:
            draft.steps.append((place, step[1]))


def _topic(envelope: Envelope, catalog: Catalog) -> Topic | Refusal:
    try:
        topic = Topic.parse(envelope.topic.decode())
    except UnicodeDecodeError as error:
        return Refusal(0, Reason.TOPIC_NOT_UTF8, str(error))
    except ValueError as error:
        return Refusal(0, Reason.BAD_TOPIC, str(error))
    if topic.source not in catalog.sources:
        return Refusal(0, Reason.UNKNOWN_SOURCE, f"source {topic.source!r}")
    return topic


def _resolve(place: int, sample: Sample, catalog: Catalog, connection: psycopg.Connection, draft: _Draft) -> None:
    source = draft.accounts[place][0]
    device = catalog.devices.get(sample.device)
    metric = catalog.metrics.get(sample.metric)
    if device and metric and device.device.source == source and metric.valid_min <= sample.value <= metric.valid_max:
        series = device.series.get(sample.metric) or catalog.series_of(connection, device, metric)
        row = (place, sample.ts, series, sample.value, sample.quality, metric.id, device.device.region_id)
        draft.rows.append(row)
        return
    refusal = _refuse(source, sample, device, metric)
    # What is wrong with the object is said once, not for each of its values.
    of_object = refusal.reason in {Reason.UNKNOWN_DEVICE, Reason.WRONG_SOURCE}
    if not (of_object and draft.refusals and draft.refusals[-1] == (place, refusal)):
        draft.refusals.append((place, refusal))


def _refuse(source: str, sample: Sample, device: CatalogDevice | None, metric: KnownMetric | None) -> Refusal:
    if device is None:
        return Refusal(sample.item, Reason.UNKNOWN_DEVICE, f"device {sample.device!r}")
    if device.device.source != source:
        belongs = f"device {sample.device!r} belongs to {device.device.source!r}, not to {source!r}"
        return Refusal(sample.item, Reason.WRONG_SOURCE, belongs)
    if metric is None:
        return Refusal(sample.item, Reason.UNKNOWN_METRIC, f"metric {sample.metric!r}")
    if not np.isfinite(sample.value):
        return Refusal(sample.item, Reason.NOT_FINITE, f"{sample.metric} = {sample.value}")
    limits = f"{sample.metric} = {sample.value:g}, valid {metric.valid_min:g} to {metric.valid_max:g}"
    return Refusal(sample.item, Reason.OUT_OF_RANGE, limits)


def _finish(envelopes: Sequence[Envelope], draft: _Draft) -> Batch:
    place, ts, series, value, quality, metric, region = zip(*draft.rows, strict=True) if draft.rows else [()] * 7
    columns = ReadingColumns(
        np.array(ts, np.int64),
        np.array(series, np.int32),
        np.array(value, np.float64),
        np.array(quality, np.int16),
        np.array(metric, np.int16),
        np.array(region, np.int16),
    )
    rejects = [(at, reject(envelopes[at], refusal, draft.accounts[at])) for at, refusal in draft.refusals]
    return Batch(envelopes, draft.accounts, columns, np.array(place, np.intp), draft.steps, rejects)


def reject(envelope: Envelope, refusal: Refusal, account: tuple[str, str]) -> Reject:
    """Return the row that records a refused item of a message sent on an account (source, kind)."""
    return Reject(
        envelope.received_at,
        account[1],
        account[0],
        envelope.topic.decode(errors="backslashreplace"),
        refusal.index,
        refusal.reason,
        refusal.detail,
        envelope.payload,
        envelope.payload_bytes,
        envelope.redelivered,
    )
