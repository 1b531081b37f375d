"""What a worker tells Prometheus of itself: items by outcome, rejects by reason, batches, backlog."""

from collections import Counter as Counts
from collections.abc import Sequence
from threading import Event

from prometheus_client import Counter, Gauge, Histogram

from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Outcome

items = Counter("cityops_ingest_items_total", "Items received, by what became of them", ["outcome"])
rejected = Counter("cityops_ingest_rejects_total", "Items that could not be stored, by reason", ["reason"])
readings_stored = Counter("cityops_ingest_readings_stored_total", "Readings stored")
batch_seconds = Histogram("cityops_ingest_batch_seconds", "Time from taking a batch to its commit")
staged_batches = Counter("cityops_ingest_staged_batches_total", "Batches repeated because of an unforeseen duplicate")
database_up = Gauge("cityops_ingest_database_up", "0 while batches fail or hang, else 1")
database_refusing = Gauge(
    "cityops_ingest_database_refusing", "1 while the database refuses whatever it is given, for a reason of its own"
)
sessions_taken_over = Counter(
    "cityops_ingest_session_taken_over_total",
    "How often another client took this worker's session at the broker: a second worker of its name, or an attack",
)
over_quota = Counter(
    "cityops_ingest_over_quota_total", "Messages that were refused unread because their source floods at QoS 0"
)
sources_put_off = Counter("cityops_ingest_sources_put_off_total", "How often a source went over its quota")
clock_ahead = Gauge("cityops_ingest_clock_ahead_seconds", "This machine's clock minus the database's, which counts")
backlog_messages = Gauge("cityops_ingest_backlog_messages", "Messages waiting for the writer")
backlog_bytes = Gauge("cityops_ingest_backlog_bytes", "Payload bytes waiting for the writer")
oldest_message = Gauge(
    "cityops_ingest_oldest_message_seconds", "Age of the oldest message taken and not yet committed"
)

STALLED_S = 30.0
"""A batch that hangs raises no error; a message that has waited this long tells. Under full load a worker holds five
seconds of messages."""

database_failing = Event()
"""Set from a failed attempt until one succeeds."""


def watch(backlog: Backlog) -> None:
    """Let the gauges read the backlog whenever they are asked; a new one begins with a database that is up."""
    database_failing.clear()
    backlog_messages.set_function(lambda: len(backlog))
    backlog_bytes.set_function(lambda: backlog.bytes)
    oldest_message.set_function(lambda: backlog.oldest_s)
    database_up.set_function(lambda: not is_stalled(backlog))


def is_stalled(backlog: Backlog) -> bool:
    """Return whether batches fail, or one hangs."""
    return database_failing.is_set() or backlog.oldest_s >= STALLED_S


def count(outcomes: Sequence[Outcome], readings: int) -> None:
    """Add a committed batch to the counters."""
    items.labels("stored").inc(sum(outcome.stored for outcome in outcomes))
    items.labels("duplicate").inc(sum(outcome.duplicate for outcome in outcomes))
    reasons: Counts[str] = Counts()
    for outcome in outcomes:
        for one in outcome.rejects:
            reasons[one.reason.value] += one.refusals
    items.labels("rejected").inc(reasons.total())
    for reason, number in reasons.items():
        rejected.labels(reason).inc(number)
    readings_stored.inc(readings)
