"""Assembles a batch for the store: decodes its messages, has devices looked up, turns refusals into rejects."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import psycopg
import structlog

from cityops.domain.events.reported import EventStep
from cityops.domain.indicators.revisions import IndicatorReport
from cityops.domain.rejects import Reason
from cityops.store.readings import ReadingColumns
from cityops.store.rejects.records import Reject
from cityops.wire.topics import TOPIC_LIMIT, Kind, Topic
from cityops_ingest.batch.columns import Objects, Rows
from cityops_ingest.batch.refusals import rejects_of
from cityops_ingest.batch.resolve import Resolved, resolve
from cityops_ingest.catalog import Catalog
from cityops_ingest.database_clock import NOT_KNOWN, database_clock
from cityops_ingest.decode import events, indicators, readings
from cityops_ingest.decode.bounds import MOST_FOREIGN_PARTS, MOST_ITEMS, crowded
from cityops_ingest.decode.items import Refusal
from cityops_ingest.decode.readings import Observation
from cityops_ingest.decode.times import microseconds
from cityops_ingest.envelope import MESSAGE_LIMIT, Envelope
from cityops_ingest.formats.foreign import Foreign
from cityops_ingest.formats.routing import Adapter, Route
from cityops_ingest.trouble import Verdict, judge, reason_of, told

log = structlog.get_logger()

Record = EventStep | IndicatorReport
"""What is no reading: a step of a case, or a value of an indicator."""

UNKNOWN_KIND = "unknown"
"""Kind of a message whose topic does not tell."""


@dataclass(slots=True)
class Batch:
    """What one transaction writes.

    `reading_of` gives for each reading the position of its message in `envelopes`, `item_of` its item's place there;
    records come with both, rejects with the position of their message.
    """

    envelopes: Sequence[Envelope]
    accounts: list[tuple[str, str]]
    readings: ReadingColumns
    reading_of: Rows
    item_of: Rows
    records: list[tuple[int, int, Record]]
    rejects: list[tuple[int, Reject]]

    @property
    def first_item(self) -> int:
        """Place of the first reading's item, else of the first record's, in its message; 0 where there is none."""
        if len(self.readings):
            return int(self.item_of[0])
        return self.records[0][1] if self.records else 0

    def of_messages(self, begin: int, end: int) -> "Batch":
        """Return a batch of the messages from `begin` up to `end`."""
        rows = np.flatnonzero((self.reading_of >= begin) & (self.reading_of < end))
        return Batch(
            self.envelopes[begin:end],
            self.accounts[begin:end],
            self.readings.take(rows),
            self.reading_of[rows] - begin,
            self.item_of[rows],
            [(place - begin, item, record) for place, item, record in self.records if begin <= place < end],
            [(place - begin, one) for place, one in self.rejects if begin <= place < end],
        )

    def of_items(self, begin: int, end: int, *, with_rejects: bool) -> "Batch":
        """Return a batch of a part of the items of its messages, counted over readings first and records then."""
        first_record = len(self.readings)
        rows = np.arange(min(begin, first_record), min(end, first_record))
        return Batch(
            self.envelopes,
            self.accounts,
            self.readings.take(rows),
            self.reading_of[rows],
            self.item_of[rows],
            self.records[max(0, begin - first_record) : max(0, end - first_record)],
            self.rejects if with_rejects else [],
        )

    def of_refusals(
        self,
        envelopes: Sequence[Envelope],
        accounts: list[tuple[str, str]],
        refusals: Sequence[tuple[int, Refusal]],
    ) -> "Batch":
        """Return a batch of nothing but the rejects of messages."""
        none = np.empty(0, np.intp)
        rejects = _rejects(envelopes, refusals, accounts)
        return Batch(envelopes, accounts, self.readings.take(none), none, none, [], rejects)

    def rejects_with(self, conflicts: Sequence[tuple[int, Refusal]]) -> list[tuple[int, Reject]]:
        """Return the rejects, with those of what only the store could refuse."""
        return self.rejects + _rejects(self.envelopes, conflicts, self.accounts) if conflicts else self.rejects


@dataclass(slots=True)
class Draft:
    """A batch while it is being assembled: entries bear the position of their message, records also their item's."""

    accounts: list[tuple[str, str]] = field(default_factory=list)
    nows_us: list[int] = field(default_factory=list)
    objects: Objects | None = None
    observations: list[tuple[int, Observation]] = field(default_factory=list)
    records: list[tuple[int, int, Record]] = field(default_factory=list)
    refusals: list[tuple[int, Refusal]] = field(default_factory=list)


def assemble(
    envelopes: Sequence[Envelope],
    catalog: Catalog,
    connection: psycopg.Connection,
    foreign: Foreign,
    *,
    is_refused: bool = False,
) -> Batch:
    """Decode and resolve all messages; the connection is used only for what the catalogue does not know yet.

    `is_refused` says that the database has refused these messages before: each that it refuses is then rejected.
    """
    catalog.refresh(connection)
    database_clock.refresh(connection)
    foreign.prepare(connection)
    try:
        draft, resolved = _read(envelopes, catalog, connection, foreign, {})
    except Exception as error:  # of one of the messages, which must not stop the others
        if isinstance(error, psycopg.Error) and not is_refused:
            raise
        log.warning("batch not resolved, looking for the message", error=told(error), messages=len(envelopes))
        failing = _failing(envelopes, catalog, connection, foreign)
        draft, resolved = _read(envelopes, catalog, connection, foreign, failing)
    refusals = draft.refusals + resolved.refusals
    rejects = _rejects(envelopes, refusals, draft.accounts)
    columns, message_of, item_of = resolved.columns, resolved.message_of, resolved.item_of
    return Batch(envelopes, draft.accounts, columns, message_of, item_of, draft.records, rejects)


def _read(
    envelopes: Sequence[Envelope],
    catalog: Catalog,
    connection: psycopg.Connection,
    foreign: Foreign,
    failing: Mapping[int, Exception],
) -> tuple[Draft, Resolved]:
    objects = Objects()
    draft = decode(envelopes, catalog, foreign, objects, failing)
    while foreign.agree(connection):
        objects = Objects()
        draft = decode(envelopes, catalog, foreign, objects, failing)
    sources = [source for source, _ in draft.accounts]
    return draft, resolve(draft.observations, sources, draft.nows_us, catalog, connection, objects)


def _failing(
    envelopes: Sequence[Envelope], catalog: Catalog, connection: psycopg.Connection, foreign: Foreign
) -> dict[int, Exception]:
    """Return the messages that cannot be resolved, each tried alone, with what is said of them."""
    failing: dict[int, Exception] = {}
    for place, envelope in enumerate(envelopes):
        try:
            _read([envelope], catalog, connection, foreign, {})
        except Exception as error:
            if judge(error) not in {Verdict.REFUSED, Verdict.BAD_DATA}:
                raise
            failing[place] = error
    return failing


def decode(
    envelopes: Sequence[Envelope],
    catalog: Catalog,
    foreign: Foreign,
    objects: Objects | None = None,
    failing: Mapping[int, Exception] | None = None,
) -> Draft:
    """Decode all messages; also those of a replay, which then takes only the items that were refused.

    Well-formed readings messages go to `objects` if these are given, else every object becomes an observation.
    Messages that are known to be `failing` are refused.
    """
    draft = Draft(objects=objects)
    for place, envelope in enumerate(envelopes):
        if envelope.received_at is NOT_KNOWN:
            envelope.received_at = database_clock.now()
        draft.accounts.append((envelope_source(envelope), UNKNOWN_KIND))
        draft.nows_us.append(microseconds(envelope.received_at))
        try:
            if failing and place in failing:
                raise failing[place]
            _decode(place, envelope, catalog, draft, foreign)
        except Exception as error:  # a message that our own code fails on must not stop the others
            log.exception("message not decoded", topic=envelope.topic[:200])
            draft.refusals.append((place, Refusal(0, reason_of(error), told(error))))
    return draft


def envelope_source(envelope: Envelope) -> str:
    """Return the source that a topic names, or a dash where it names none."""
    parts = envelope.topic.decode(errors="replace").split("/")
    return parts[3] if len(parts) > 3 and parts[3] else "-"


def _decode(place: int, envelope: Envelope, catalog: Catalog, draft: Draft, foreign: Foreign) -> None:
    if envelope.clears:
        return
    topic = _topic(envelope.topic)
    is_foreign = isinstance(topic, Refusal) and len(envelope.topic) <= TOPIC_LIMIT
    route = foreign.routes.find(envelope.topic) if is_foreign else None
    if route:
        topic = Topic(Kind.READINGS, route.source)
    if isinstance(topic, Topic):
        topic = _carried(topic, catalog)
    if isinstance(topic, Refusal):
        draft.refusals.append((place, topic))
        return
    draft.accounts[place] = (topic.source, topic.kind.value)
    if envelope.refused:
        draft.refusals.append((place, envelope.refused))
    elif envelope.too_large:
        size = f"{envelope.payload_bytes} bytes, at most {envelope.limit} are taken"
        draft.refusals.append((place, Refusal(0, Reason.PAYLOAD_TOO_LARGE, size)))
    elif crowd := _crowd(envelope, route):
        draft.refusals.append((place, Refusal(0, Reason.PAYLOAD_TOO_LARGE, crowd)))
    elif route:
        _keep(place, foreign.decode(envelope, route).items, draft)
    elif topic.kind is Kind.READINGS:
        _decode_readings(place, envelope, topic, draft)
    else:
        _decode_records(place, envelope, topic, catalog, draft)


def _crowd(envelope: Envelope, route: Route | None) -> str | None:
    """Return what a message has too many of to be decoded, None where nothing."""
    if route is None:
        return crowded(envelope.payload, line_delimited=envelope.line_delimited)
    if route.adapter is Adapter.SPARKPLUG:  # a metric may be of two bytes: over HTTP no more than over MQTT
        size = f"{envelope.payload_bytes} bytes, at most {MESSAGE_LIMIT} are taken"
        return size if envelope.payload_bytes > MESSAGE_LIMIT else None
    return crowded(envelope.payload, line_delimited=False, most_parts=MOST_FOREIGN_PARTS)


def _decode_readings(place: int, envelope: Envelope, topic: Topic, draft: Draft) -> None:
    now_us, is_long = draft.nows_us[place], len(envelope.payload) > MOST_ITEMS
    if draft.objects is not None and not envelope.line_delimited:
        items = readings.whole(envelope.payload)
        if items is not None:
            if not (is_long and _are_too_many(place, sum(len(item.values or "1") for item in items), draft)):
                draft.objects.add(place, items, topic.device, now_us)
            return
    found = readings.decode(envelope.payload, topic.device, now_us, line_delimited=envelope.line_delimited)
    if not is_long:
        _keep(place, found, draft)
        return
    kept = list(found)
    if not _are_too_many(place, sum(len(one.values) for one in kept if isinstance(one, Observation)), draft):
        _keep(place, kept, draft)


def _are_too_many(place: int, number: int, draft: Draft) -> bool:
    """Refuse a message of too many readings as a whole."""
    if number <= MOST_ITEMS:
        return False
    told = f"{number:,} readings, at most {MOST_ITEMS:,} are taken: send less at a time"
    draft.refusals.append((place, Refusal(0, Reason.PAYLOAD_TOO_LARGE, told)))
    return True


def _keep(place: int, decoded: Iterable[Observation | Refusal], draft: Draft) -> None:
    for found in decoded:
        if isinstance(found, Refusal):
            draft.refusals.append((place, found))
        else:
            draft.observations.append((place, found))


def _decode_records(place: int, envelope: Envelope, topic: Topic, catalog: Catalog, draft: Draft) -> None:
    told = envelope.payload, topic.source, envelope.received_at
    found: Iterable[tuple[int, Record] | Refusal]
    if topic.kind is Kind.EVENTS:
        found = events.decode(*told, catalog.words, line_delimited=envelope.line_delimited)
    else:
        found = indicators.decode(*told, catalog.indicators, line_delimited=envelope.line_delimited)
    for one in found:
        if isinstance(one, Refusal):
            draft.refusals.append((place, one))
        else:
            draft.records.append((place, *one))


def _carried(topic: Topic, catalog: Catalog) -> Topic | Refusal:
    carries = catalog.sources.get(topic.source)
    if carries is None:
        return Refusal(0, Reason.UNKNOWN_SOURCE, f"source {topic.source!r}")
    if carries != topic.kind:
        return Refusal(0, Reason.NOT_CARRIED, f"source {topic.source!r} carries {carries}, not {topic.kind}")
    return topic


def _topic(name: bytes) -> Topic | Refusal:
    if len(name) > TOPIC_LIMIT:
        return Refusal(0, Reason.BAD_TOPIC, f"the topic is too long: at most {TOPIC_LIMIT:,} bytes are taken")
    return _parsed(name)


@lru_cache(maxsize=200_000)  # every device publishes on a topic of its own, over and over
def _parsed(name: bytes) -> Topic | Refusal:
    try:
        return Topic.parse(name.decode())
    except UnicodeDecodeError as error:
        return Refusal(0, Reason.TOPIC_NOT_UTF8, str(error))
    except ValueError as error:
        return Refusal(0, Reason.BAD_TOPIC, str(error))


def _rejects(
    envelopes: Sequence[Envelope], refusals: Sequence[tuple[int, Refusal]], accounts: Sequence[tuple[str, str]]
) -> list[tuple[int, Reject]]:
    by_message: defaultdict[int, list[Refusal]] = defaultdict(list)
    for place, refusal in refusals:
        by_message[place].append(refusal)
    return [
        (place, row)
        for place, found in by_message.items()
        for row in rejects_of(
            envelopes[place], found, accounts[place], is_ours=isinstance(_topic(envelopes[place].topic), Topic)
        )
    ]
