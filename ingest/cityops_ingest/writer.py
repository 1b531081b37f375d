"""Stores batches, one transaction each, and settles their messages after the commit; the only writer of a worker."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from queue import Queue
from threading import Event, Lock, Thread
from typing import TypeVar

import numpy as np
import psycopg
import structlog
from numpy.typing import NDArray
from psycopg import errors

from cityops.store import canary, ledger, readings
from cityops.store.engine import connect_writer
from cityops.store.ledger import NO_SOURCE, Tally
from cityops.store.readings import first_of_each
from cityops.store.rejects import records
from cityops.store.rejects.records import Reject
from cityops.store.upkeep.retention import DroppedTimeError
from cityops_ingest import telemetry
from cityops_ingest.backlog import Backlog
from cityops_ingest.batch import conflicts
from cityops_ingest.batch.apart import Remainder
from cityops_ingest.batch.assembly import Batch, assemble
from cityops_ingest.batch.extents import Extents
from cityops_ingest.batch.keeping import record_records
from cityops_ingest.catalog import Catalog
from cityops_ingest.envelope import Envelope, Outcome, settle_all
from cityops_ingest.formats.foreign import Foreign
from cityops_ingest.formats.routing import NO_ROUTES, Routes
from cityops_ingest.trouble import Repeats, Verdict, judge, told

log = structlog.get_logger()

Result = TypeVar("Result")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
"""Pauses between attempts while the database is away: soon enough after a restart, and no hammering."""

REMEDY = "compare its schema, privileges and triggers with this version's: `cityops doctor`, `cityops db upgrade`"


class Link:
    """A connection that is opened when it is needed and again after it was closed."""

    def __init__(self, database_url: str, name: str, opened: Callable[[psycopg.Connection], None]) -> None:
        self._database_url, self._name, self._opened = database_url, name, opened
        self._connection: psycopg.Connection | None = None

    def connection(self) -> psycopg.Connection:
        """Return the open connection; `opened` is called with each new one."""
        if self._connection is None:
            self._connection = connect_writer(self._database_url, self._name)
            try:
                self._opened(self._connection)
            except BaseException:
                self.close()
                raise
        return self._connection

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Writer:
    """Takes batches from a backlog until it is closed; never gives a batch up and never dies of one.

    Two threads share the work: while one waits for the database with a batch, the other decodes the next.
    """

    def __init__(self, database_url: str, worker: str, backlog: Backlog, routes: Routes = NO_ROUTES) -> None:
        self._worker = worker
        self._backlog = backlog
        self._foreign = Foreign(routes, worker)
        self._catalog = Catalog()
        self._catalog_lock = Lock()
        self._extents = Extents()
        self._registry = Link(database_url, f"cityops ingest {worker} registry", lambda _connection: None)
        self._store = Link(database_url, f"cityops ingest {worker}", self._learn_extents)
        self._abandoned = Event()

    def run(self) -> None:
        """Store batches until the backlog is closed and drained, or the writer is abandoned."""
        prepared: Queue[Batch | None] = Queue(maxsize=1)
        decoder = Thread(target=self._prepare_all, args=(prepared,), name="decoder")
        decoder.start()
        while (batch := prepared.get()) is not None:
            self._write(batch)
            self._backlog.settled()
        decoder.join()
        self.close()

    def abandon(self) -> None:
        """Stop trying: what is not committed stays unacknowledged and comes again."""
        self._abandoned.set()

    def close(self) -> None:
        """Close the connections; the next batch opens others."""
        self._registry.close()
        self._store.close()

    def store(self, envelopes: Sequence[Envelope]) -> None:
        """Store one batch, however often that must be tried, and settle its messages after the commit."""
        batch = self._prepare(envelopes)
        if batch is not None:
            self._write(batch)

    def _prepare_all(self, prepared: "Queue[Batch | None]") -> None:
        try:
            while not self._abandoned.is_set() and (envelopes := self._backlog.take()):
                batch = self._prepare(envelopes)
                if batch is not None:
                    prepared.put(batch)
        finally:
            prepared.put(None)

    def _prepare(self, envelopes: Sequence[Envelope]) -> Batch | None:
        repeats = Repeats()
        return self._insist(self._registry, lambda: self._assemble(envelopes, repeats), len(envelopes))

    def _write(self, batch: Batch) -> None:
        remainder = Remainder(batch)
        with telemetry.batch_seconds.time():
            outcomes = self._insist(self._store, lambda: self._work_off(remainder), len(batch.envelopes))
        if outcomes is not None:
            settle_all(batch.envelopes, outcomes)

    def _insist(self, link: Link, attempt: Callable[[], Result], messages: int) -> Result | None:
        """Try until it succeeds, on a new connection after each failure; None if the writer is abandoned before."""
        pause = FIRST_PAUSE_S
        while not self._abandoned.is_set():
            try:
                result = attempt()
            except Exception as error:  # whatever it is, the batch is kept and tried again
                telemetry.database_failing.set()
                log.warning("batch not stored, trying again", error=told(error), messages=messages)
                link.close()
                self._abandoned.wait(pause)
                pause = min(LONGEST_PAUSE_S, pause * 2)
            else:
                telemetry.database_failing.clear()
                return result
        return None

    def _assemble(self, envelopes: Sequence[Envelope], repeats: Repeats) -> Batch:
        with self._catalog_lock:
            try:
                connection = self._registry.connection()
                return assemble(envelopes, self._catalog, connection, self._foreign, is_refused=repeats.are_enough)
            except psycopg.Error as error:  # either thread may be here, and must not try again on a dead connection
                self._registry.close()
                repeats.note(error)
                raise

    def _work_off(self, remainder: Remainder) -> list[Outcome]:
        """Store what is left of a batch, in smaller and smaller parts once it has been refused often enough."""
        self._store.connection()  # what fails here says nothing of the batch
        while remainder.parts:
            try:
                outcomes = self._commit(remainder.parts[-1])
            except DroppedTimeError:  # maintenance has just moved the edge; who knows it refuses item by item
                self._catalog.forget_age()
                left = list(dict.fromkeys(one for part in reversed(remainder.parts) for one in part.envelopes))
                remainder.parts = [self._assemble(left, Repeats())]
            except Exception as error:
                self._take_apart(remainder, error)
            else:
                remainder.stored(outcomes)
        if remainder.refused:
            self._reject(remainder)
        telemetry.database_refusing.set(0)
        return remainder.result()

    def _take_apart(self, remainder: Remainder, error: Exception) -> None:
        """Part what could not be stored, or take out the one item that is refused; raise what must be waited for."""
        verdict = judge(error)
        if verdict in {Verdict.AWAY, Verdict.STRAINED}:
            # A connection that breaks during the commit leaves unknown whether that took place.
            for envelope in remainder.parts[-1].envelopes:
                envelope.resendable = True
        remainder.repeats.note(error)
        if verdict is Verdict.AWAY or not remainder.repeats.are_enough:
            raise error
        if remainder.part():
            if self._store.connection().closed:  # it broke: another one, and half of what it broke at
                raise error
        elif verdict is not Verdict.STRAINED and self._is_at_fault(remainder):
            log.warning("item refused by the database", error=told(error))
            remainder.refuse(error, self._catalog.metric_by_id)
        else:
            telemetry.database_refusing.set(1)
            log.error("the database refuses whatever it is given", error=told(error), remedy=REMEDY)
            raise error

    def _is_at_fault(self, remainder: Remainder) -> bool:
        """Return whether the next part is refused for what it is: others are taken, or there are none to try."""
        if not remainder.is_message_at_fault:
            connection = self._store.connection()
            part = remainder.parts[-1]
            remainder.is_message_at_fault = canary.takes_others(connection, part.readings.series.tolist())
        return remainder.is_message_at_fault

    def _commit(self, batch: Batch) -> list[Outcome]:
        connection = self._store.connection()
        keep = first_of_each(batch.readings)
        columns = batch.readings.take(keep)
        try:
            stored, outcomes = self._transact(connection, batch, keep, self._extents.outside(columns))
        except errors.UniqueViolation:  # another worker, or an earlier life of this one, was first
            telemetry.staged_batches.inc()
            stored, outcomes = self._transact(connection, batch, keep, np.zeros(len(columns), dtype=bool))
        self._extents.widen(columns)
        telemetry.count(outcomes, int(stored.sum()))
        return outcomes

    def _transact(
        self, connection: psycopg.Connection, batch: Batch, keep: NDArray[np.intp], presumed_new: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], list[Outcome]]:
        with connection.transaction(), connection.cursor() as cursor:
            inserted = readings.insert(cursor, batch.readings.take(keep), presumed_new, self._catalog.limits.touch)
            differing, refused = conflicts.of_readings(
                batch.readings, keep, inserted, batch.item_of, self._catalog.metric_by_id
            )
            outcomes = _outcomes_of_readings(batch, keep[inserted.is_new], differing)
            found = [*zip(batch.reading_of[differing].tolist(), refused, strict=True)]
            found += record_records(cursor, batch.records, outcomes)
            _record_rejects(cursor, batch, batch.rejects_with(found), outcomes)
            self._account(cursor, batch, outcomes)
            self._foreign.record(cursor, batch.envelopes)
        return inserted.is_new, outcomes

    def _reject(self, remainder: Remainder) -> None:
        """Record the items at fault, in one transaction."""
        batch = remainder.rejects()
        connection = self._store.connection()
        outcomes = [Outcome() for _ in batch.envelopes]
        with connection.transaction(), connection.cursor() as cursor:
            _record_rejects(cursor, batch, batch.rejects, outcomes)
            self._account(cursor, batch, outcomes)
        remainder.refused.clear()
        remainder.add(dict(zip(batch.envelopes, outcomes, strict=True)))
        telemetry.count(outcomes, 0)

    def _account(self, cursor: psycopg.Cursor, batch: Batch, outcomes: list[Outcome]) -> None:
        tallies: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
        for envelope, (source, kind), outcome in zip(batch.envelopes, batch.accounts, outcomes, strict=True):
            if envelope.clears:
                continue
            known = source if source in self._catalog.sources else NO_SOURCE
            tally = tallies[known, kind]
            tally.stored += outcome.stored
            tally.duplicate += outcome.duplicate
            tally.rejected += outcome.rejected
        newest = max(envelope.received_at for envelope in batch.envelopes)
        ledger.add(cursor, self._worker, newest, tallies)

    def _learn_extents(self, connection: psycopg.Connection) -> None:
        self._extents = Extents()
        self._extents.seed(*readings.latest_times(connection))


def _outcomes_of_readings(batch: Batch, stored: NDArray[np.intp], differing: NDArray[np.intp]) -> list[Outcome]:
    size = len(batch.envelopes)
    received = np.bincount(batch.reading_of, minlength=size) - np.bincount(
        batch.reading_of[differing], minlength=size
    )
    kept = np.bincount(batch.reading_of[stored], minlength=size)
    return [Outcome(new, all_ - new) for new, all_ in zip(kept.tolist(), received.tolist(), strict=True)]


def _record_rejects(
    cursor: psycopg.Cursor, batch: Batch, found: Sequence[tuple[int, Reject]], outcomes: list[Outcome]
) -> None:
    if not found:
        return
    repeated = records.repeated(cursor, [(at, one, batch.envelopes[at].repeats_within) for at, one in found])
    for (place, one), is_repeated in zip(found, repeated, strict=True):
        if is_repeated:
            outcomes[place].duplicate += one.refusals
        else:
            outcomes[place].rejects.append(one)
    fresh = [one for outcome in outcomes for one in outcome.rejects]
    records.record(cursor, fresh)
