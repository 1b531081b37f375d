"""Replays rejects: takes open ones from the store, decodes them as the worker does, and stores what is good now.

A reject and what it becomes are written in one transaction, so that each is replayed once whatever is killed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
import psycopg

from cityops.domain.rejects import Reason
from cityops.store import ledger, readings
from cityops.store.ledger import NO_SOURCE, Tally
from cityops.store.rejects import replay
from cityops.store.rejects.replay import LEDGER_WORKER, Attempt, Claimed, RejectFilter
from cityops_ingest.batch import conflicts
from cityops_ingest.batch.assembly import Draft, Record, decode
from cityops_ingest.batch.keeping import record_records
from cityops_ingest.batch.resolve import Resolved, resolve
from cityops_ingest.catalog import Catalog
from cityops_ingest.database_clock import database_clock
from cityops_ingest.decode.items import Refusal
from cityops_ingest.decode.times import microseconds
from cityops_ingest.envelope import Envelope, Outcome
from cityops_ingest.formats.foreign import Foreign
from cityops_ingest.formats.routing import NO_ROUTES, Routes
from cityops_ingest.trouble import Verdict, judge, told

BATCH = 200
"""Rejects per transaction: with 64 KiB each, 13 MB in memory; a kill costs at most so many to be tried again."""

_FIRST = datetime(1, 1, 2, tzinfo=UTC), 0


@dataclass(slots=True)
class _Trial:
    """What claimed rejects hold, laid out by their position among the claimed."""

    accounts: list[tuple[str, str]]
    resolved: Resolved
    records: list[tuple[int, int, Record]]
    refusals: list[tuple[int, Refusal]]
    stored: list[int] = field(default_factory=list)
    duplicate: list[int] = field(default_factory=list)


class Replay:
    """Tries the open rejects of a filter again, oldest first, each once."""

    def __init__(
        self, store: psycopg.Connection, registry: psycopg.Connection, worker: str, routes: Routes = NO_ROUTES
    ) -> None:
        self._store, self._registry, self._worker = store, registry, worker
        self._foreign = Foreign(routes, is_replay=True)
        self._catalog = Catalog()

    def run(
        self, wanted: RejectFilter, limit: int | None = None, *, dry_run: bool = False
    ) -> Iterator[list[tuple[Claimed, Attempt]]]:
        """Yield what came of each batch after its commit, or, in a dry run, after it was rolled back.

        Only what was received before the start is tried, so that it ends while new rejects come in. In a dry run,
        what two rejects of different batches both hold counts as stored twice.
        """
        database_clock.refresh(self._store)
        started = database_clock.now()
        bounded = replace(wanted, until=min(wanted.until or started, started))
        after, left = _FIRST, limit
        while left is None or left > 0:
            tried = self._batch(bounded, after, BATCH if left is None else min(BATCH, left), dry_run=dry_run)
            if not tried:
                return
            after = tried[-1][0].received_at, tried[-1][0].id
            left = None if left is None else left - len(tried)
            yield tried

    def _batch(
        self, wanted: RejectFilter, after: tuple[datetime, int], limit: int, *, dry_run: bool
    ) -> list[tuple[Claimed, Attempt]]:
        with self._store.transaction(force_rollback=dry_run):
            claimed = replay.claim(self._store, wanted, after, limit)
            if not claimed:
                return []
            # A dry run makes the series it needs in its own transaction, which takes them back.
            attempts = self._try(claimed, self._store if dry_run else self._registry)
            tried = list(zip(claimed, attempts, strict=True))
            replay.settle(self._store, self._worker, tried, database_clock.now())
            return tried

    def _try(self, claimed: Sequence[Claimed], registry: psycopg.Connection) -> list[Attempt]:
        """Store claimed rejects; where the database refuses something, halve them until that stands alone.

        Raises
        ------
        psycopg.Error
            The database is away, or could not do it.
        """
        try:
            with self._store.transaction():
                return self._attempt(claimed, registry)
        except (psycopg.Error, UnicodeError) as error:
            if judge(error) not in {Verdict.REFUSED, Verdict.BAD_DATA}:
                raise
            if len(claimed) == 1:
                return [Attempt(0, 0, Reason.DATABASE_REFUSED, told(error))]
            middle = len(claimed) // 2
            return self._try(claimed[:middle], registry) + self._try(claimed[middle:], registry)

    def _attempt(self, claimed: Sequence[Claimed], registry: psycopg.Connection) -> list[Attempt]:
        trial = self._decode(claimed, registry)
        with self._store.cursor() as cursor:
            _store_readings(cursor, trial, len(claimed), self._catalog)
            counted = [Outcome(*one) for one in zip(trial.stored, trial.duplicate, strict=True)]
            trial.refusals += record_records(cursor, trial.records, counted)
            trial.stored, trial.duplicate = [one.stored for one in counted], [one.duplicate for one in counted]
            self._account(cursor, trial, max(one.received_at for one in claimed))
        refused: dict[int, list[Refusal]] = defaultdict(list)
        for place, refusal in trial.refusals:
            refused[place].append(refusal)
        return [
            _result(stored, duplicate, refused[place])
            for place, (stored, duplicate) in enumerate(zip(trial.stored, trial.duplicate, strict=True))
        ]

    def _decode(self, claimed: Sequence[Claimed], registry: psycopg.Connection) -> _Trial:
        self._catalog.refresh(registry)
        self._foreign.prepare(registry)
        messages = {_message(one): one for one in claimed}  # a message of many refused items is decoded once
        draft = decode([_envelope(one) for one in messages.values()], self._catalog, self._foreign)
        items = _by_message(draft, len(messages))
        places = {message: place for place, message in enumerate(messages)}
        taken = Draft()
        for place, one in enumerate(claimed):
            taken.accounts.append(draft.accounts[places[_message(one)]])
            _take(items[places[_message(one)]], place, one, taken)
        sources = [source for source, _ in taken.accounts]
        nows_us = [microseconds(one.received_at) for one in claimed]
        resolved = resolve(taken.observations, sources, nows_us, self._catalog, registry)
        return _Trial(taken.accounts, resolved, taken.records, taken.refusals + resolved.refusals)

    def _account(self, cursor: psycopg.Cursor, trial: _Trial, newest: datetime) -> None:
        # What is refused again is not counted: the ledger has it as rejected since it came.
        tallies: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
        for (source, kind), stored, duplicate in zip(trial.accounts, trial.stored, trial.duplicate, strict=True):
            if stored or duplicate:
                tally = tallies[source if source in self._catalog.sources else NO_SOURCE, kind]
                tally.stored += stored
                tally.duplicate += duplicate
        ledger.add(cursor, LEDGER_WORKER, newest, tallies)


def _message(one: Claimed) -> tuple[str, bytes, datetime, bool, bool]:
    return one.topic, one.payload, one.received_at, one.line_delimited, one.reason == Reason.RETAINED


def _envelope(one: Claimed) -> Envelope:
    # The time of receipt stays the first one: a clock that was ahead then is not right because time has passed.
    return Envelope(
        one.topic.encode(),
        one.payload,
        len(one.payload),
        one.received_at,
        lambda _outcome: None,
        line_delimited=one.line_delimited,
        retained=one.reason == Reason.RETAINED,
    )


def _by_message(draft: Draft, messages: int) -> list[Draft]:
    """Part a draft into one for each message."""
    parts = [Draft() for _ in range(messages)]
    for place, observation in draft.observations:
        parts[place].observations.append((place, observation))
    for place, item, record in draft.records:
        parts[place].records.append((place, item, record))
    for place, refusal in draft.refusals:
        parts[place].refusals.append((place, refusal))
    return parts


def _take(message: Draft, place: int, wanted: Claimed, into: Draft) -> None:
    """Take from a decoded message what a reject stands for: all of it, an item, or an item's value of a metric."""

    def is_meant(item: int) -> bool:
        return wanted.whole or item == wanted.item_index or (wanted.refusals > 1 and item > wanted.item_index)

    before = len(into.observations) + len(into.records) + len(into.refusals)
    for _, observation in message.observations:
        if is_meant(observation.item):
            values = {
                metric: value for metric, value in observation.values.items() if wanted.metric_code in {None, metric}
            }
            if values:
                into.observations.append((place, observation._replace(values=values)))
    into.records += [(place, item, record) for _, item, record in message.records if is_meant(item)]
    into.refusals += [
        (place, one)
        for _, one in message.refusals
        if is_meant(one.index) and wanted.metric_code in {None, one.metric}
    ]
    if before == len(into.observations) + len(into.records) + len(into.refusals):
        into.refusals.append((place, _missing(message, wanted)))


def _missing(message: Draft, wanted: Claimed) -> Refusal:
    """Return why a message no longer has the item: it is now refused as a whole, or is read otherwise than then."""
    for _, one in message.refusals:
        if one.index == wanted.item_index and one.metric is None:
            return one
    if message.refusals and not message.observations and not message.records:
        return message.refusals[0][1]
    return Refusal(wanted.item_index, Reason.WRONG_TYPE, f"the message has no item {wanted.item_index} any more")


def _store_readings(cursor: psycopg.Cursor, trial: _Trial, rejects: int, catalog: Catalog) -> None:
    resolved = trial.resolved
    columns, message_of = resolved.columns, resolved.message_of
    if not len(columns):
        trial.stored, trial.duplicate = [0] * rejects, [0] * rejects
        return
    keep = readings.first_of_each(columns)
    inserted = readings.insert(cursor, columns.take(keep), np.zeros(len(keep), dtype=bool), catalog.limits.touch)
    differing, refused = conflicts.of_readings(columns, keep, inserted, resolved.item_of, catalog.metric_by_id)
    trial.refusals += zip(message_of[differing].tolist(), refused, strict=True)
    received = np.bincount(message_of, minlength=rejects) - np.bincount(message_of[differing], minlength=rejects)
    stored = np.bincount(message_of[keep[inserted.is_new]], minlength=rejects)
    trial.stored, trial.duplicate = stored.tolist(), (received - stored).tolist()


def _result(stored: int, duplicate: int, refusals: list[Refusal]) -> Attempt:
    if not refusals:
        return Attempt(stored, duplicate)
    more = f" (and {len(refusals) - 1} more)" if len(refusals) > 1 else ""
    return Attempt(stored, duplicate, refusals[0].reason, refusals[0].detail[:900] + more)
