"""Stores batches, one transaction each, and settles their messages after the commit; the only writer of a worker."""

from collections import defaultdict
from collections.abc import Sequence
from threading import Event

import numpy as np
import psycopg
import structlog
from numpy.typing import NDArray
from psycopg import errors

from cityops.domain.rejects import Reason
from cityops.store import events, ledger, readings, rejects
from cityops.store.engine import connect
from cityops.store.ledger import NO_SOURCE, Tally
from cityops.store.readings import first_of_each
from cityops_ingest import metrics
from cityops_ingest.backlog import Backlog
from cityops_ingest.batch import Batch, assemble, reject
from cityops_ingest.catalog import Catalog
from cityops_ingest.decode.items import Refusal
from cityops_ingest.envelope import Envelope, Outcome
from cityops_ingest.extents import Extents

log = structlog.get_logger()

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
"""Pauses between attempts while the database is away: soon enough after a restart, and no hammering."""

_REFUSALS_OF_DATA = (psycopg.DataError, psycopg.IntegrityError, UnicodeError)
"""What the database, or the way to it, says of a value; anything else is a fault of a connection or of ours."""


class Writer:
    """Takes batches from a backlog until it is closed; never gives a batch up and never dies of one."""

    def __init__(self, database_url: str, worker: str, backlog: Backlog) -> None:
        self._database_url = database_url
        self._worker = worker
        self._backlog = backlog
        self._catalog = Catalog()
        self._extents = Extents()
        self._connection: psycopg.Connection | None = None
        self._abandoned = Event()

    def run(self) -> None:
        """Store batches until the backlog is closed and drained, or the writer is abandoned."""
        while not self._abandoned.is_set():
            envelopes = self._backlog.take()
            if not envelopes:
                break
            self.store(envelopes)
        self.close()

    def abandon(self) -> None:
        """Stop trying: what is not committed stays unacknowledged and comes again."""
        self._abandoned.set()

    def close(self) -> None:
        """Close the connection; the next batch opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def store(self, envelopes: Sequence[Envelope]) -> None:
        """Store one batch, however often that must be tried, and settle its messages after the commit."""
        pause = FIRST_PAUSE_S
        while not self._abandoned.is_set():
            try:
                with metrics.batch_seconds.time():
                    outcomes = self._store(envelopes)
            except Exception as error:  # whatever it is, the batch is kept and tried again
                metrics.database_up.set(0)
                log.warning("batch not stored, trying again", error=str(error).strip(), messages=len(envelopes))
                self.close()
                self._abandoned.wait(pause)
                pause = min(LONGEST_PAUSE_S, pause * 2)
            else:
                metrics.database_up.set(1)
                for envelope, outcome in zip(envelopes, outcomes, strict=True):
                    envelope.settle(outcome)
                return

    def _store(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        connection = self._connected()
        batch = assemble(envelopes, self._catalog, connection)
        keep = first_of_each(batch.readings)
        columns = batch.readings.take(keep)
        try:
            try:
                stored, outcomes = self._transact(connection, batch, keep, self._extents.outside(columns))
            except errors.UniqueViolation:  # another worker, or an earlier life of this one, was first
                metrics.staged_batches.inc()
                stored, outcomes = self._transact(connection, batch, keep, np.zeros(len(columns), dtype=bool))
        except _REFUSALS_OF_DATA as error:
            return self._store_apart(envelopes, error)
        self._extents.widen(columns)
        metrics.count(outcomes, int(stored.sum()))
        return outcomes

    def _transact(
        self, connection: psycopg.Connection, batch: Batch, keep: NDArray[np.intp], presumed_new: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], list[Outcome]]:
        with connection.transaction(), connection.cursor() as cursor:
            stored = readings.insert(cursor, batch.readings.take(keep), presumed_new)
            outcomes = _outcomes_of_readings(batch, keep[stored])
            _record_steps(cursor, batch, outcomes)
            _record_rejects(cursor, batch, outcomes)
            self._account(cursor, batch, outcomes)
        return stored, outcomes

    def _store_apart(self, envelopes: Sequence[Envelope], error: Exception) -> list[Outcome]:
        """Halve the batch until the message that the database refuses stands alone, and reject that one."""
        if len(envelopes) > 1:
            middle = len(envelopes) // 2
            return self._store(envelopes[:middle]) + self._store(envelopes[middle:])
        [envelope] = envelopes
        log.warning("message refused by the database", error=str(error), topic=envelope.topic[:200])
        account = (NO_SOURCE, "unknown")
        refused = reject(envelope, Refusal(0, Reason.DATABASE_REFUSED, str(error)), account)
        outcome = Outcome(rejects=[refused])
        with self._connected().transaction(), self._connected().cursor() as cursor:
            rejects.record(cursor, [refused])
            ledger.add(cursor, self._worker, envelope.received_at, {account: Tally(rejected=1)})
        metrics.count([outcome], 0)
        return [outcome]

    def _account(self, cursor: psycopg.Cursor, batch: Batch, outcomes: list[Outcome]) -> None:
        tallies: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
        for (source, kind), outcome in zip(batch.accounts, outcomes, strict=True):
            known = source if source in self._catalog.sources else NO_SOURCE
            tally = tallies[known, kind]
            tally.stored += outcome.stored
            tally.duplicate += outcome.duplicate
            tally.rejected += len(outcome.rejects)
        newest = max(envelope.received_at for envelope in batch.envelopes)
        ledger.add(cursor, self._worker, newest, tallies)

    def _connected(self) -> psycopg.Connection:
        if self._connection is None:
            connection = connect(self._database_url, f"cityops ingest {self._worker}")
            self._extents = Extents()
            self._extents.seed(*readings.latest_times(connection))
            self._connection = connection
        return self._connection


def _outcomes_of_readings(batch: Batch, stored: NDArray[np.intp]) -> list[Outcome]:
    size = len(batch.envelopes)
    received = np.bincount(batch.reading_of, minlength=size)
    kept = np.bincount(batch.reading_of[stored], minlength=size)
    return [Outcome(new, all_ - new) for new, all_ in zip(kept.tolist(), received.tolist(), strict=True)]


def _record_steps(cursor: psycopg.Cursor, batch: Batch, outcomes: list[Outcome]) -> None:
    if not batch.steps:
        return
    distinct = {step.key: step for _, step in reversed(batch.steps)}  # of equal keys the first one stays
    new = events.record(cursor, list(distinct.values()))
    for place, step in batch.steps:
        if step.key in new:
            new.discard(step.key)
            outcomes[place].stored += 1
        else:
            outcomes[place].duplicate += 1


def _record_rejects(cursor: psycopg.Cursor, batch: Batch, outcomes: list[Outcome]) -> None:
    if not batch.rejects:
        return
    known = rejects.known(cursor, [one for _, one in batch.rejects])
    for place, one in batch.rejects:
        if one.redelivered and one.fingerprint in known:
            outcomes[place].duplicate += 1
        else:
            outcomes[place].rejects.append(one)
    fresh = [one for outcome in outcomes for one in outcome.rejects]
    rejects.record(cursor, fresh)
