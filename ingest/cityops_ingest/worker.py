"""Puts an ingest worker together: source, backlog and writer; starts, drains and stops them in order."""

import gc
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from cityops_ingest import metrics
from cityops_ingest.backlog import Backlog
from cityops_ingest.routes import NO_ROUTES, Routes
from cityops_ingest.sources.broker import BrokerWatch
from cityops_ingest.sources.guard import relieve_guard_after_each_connection
from cityops_ingest.sources.mqtt import SHARED, SUBSCRIPTION, MqttSource
from cityops_ingest.sources.sparkplug import SparkplugSource
from cityops_ingest.writer import Writer

log = structlog.get_logger()

SPARKPLUG_WORKER = "sparkplug"
"""There is one worker for Sparkplug, so that its name, and with it its session, is always the same."""

DRAIN_S = 10.0
"""How long a stop waits for the batch under way; what is not settled by then is delivered again."""


_COLLECT_SELDOM = (200_000, 20, 100)
"""Python looks for cycles after so many new objects. A batch makes tens of thousands and not one cycle: at the usual
700, a third of the decoding would go into looking."""


def end_with_any_thread() -> None:
    """End this process when one of its threads dies of an error: half a worker would take and never store.

    Whoever supervises starts it again, and the broker delivers again what is not acknowledged.
    """

    def end(thread: threading.ExceptHookArgs) -> None:
        error = f"{thread.exc_type.__name__}: {thread.exc_value}"
        log.critical("a thread died, ending the worker", thread=getattr(thread.thread, "name", ""), error=error)
        os._exit(1)

    threading.excepthook = end


@contextmanager
def writing_worker(database_url: str, worker: str, routes: Routes = NO_ROUTES) -> Iterator[Backlog]:
    """Run a writer in a thread and give the backlog that feeds it; on leaving, drain it as far as time allows."""
    backlog = Backlog()
    metrics.watch(backlog)
    writer = Writer(database_url, worker, backlog, routes)
    thread = threading.Thread(target=writer.run, name="writer")
    thread.start()
    try:
        yield backlog
    finally:
        backlog.close()
        thread.join(DRAIN_S)
        writer.abandon()
        thread.join()


def run_mqtt(database_url: str, mqtt_url: str, worker: str, stop: threading.Event, routes: Routes) -> None:
    """Take messages from the broker until `stop` is set."""
    gc.set_threshold(*_COLLECT_SELDOM)
    watch = BrokerWatch(mqtt_url)
    watch.start()
    with writing_worker(database_url, worker, routes) as backlog:
        source = MqttSource(mqtt_url, worker, backlog, subscriptions=shared_subscriptions(routes))
        source.start()
        topics = [one.removeprefix(SHARED) for one in shared_subscriptions(routes)]
        guard = threading.Thread(
            target=relieve_guard_after_each_connection, args=(source, mqtt_url, backlog, topics, stop)
        )
        guard.start()
        log.info("ingest worker started", worker=worker)
        stop.wait()
        guard.join()
    watch.stop()
    source.stop()  # last, so that what the writer drained could still be acknowledged
    log.info("ingest worker stopped", worker=worker)


def run_sparkplug(database_url: str, mqtt_url: str, stop: threading.Event, routes: Routes) -> None:
    """Take the messages of the Sparkplug routes from the broker, in order, until `stop` is set."""
    with writing_worker(database_url, SPARKPLUG_WORKER, routes) as backlog:
        source = SparkplugSource(mqtt_url, SPARKPLUG_WORKER, backlog, routes)
        source.start()
        log.info("Sparkplug worker started", routes=len(routes.all))
        stop.wait()
    source.stop()
    log.info("Sparkplug worker stopped")


def shared_subscriptions(routes: Routes) -> list[str]:
    """Return what a worker subscribes to that shares the load with others."""
    return [SUBSCRIPTION, *(SHARED + one for one in routes.shared.filters())]


def _all_subscriptions(routes: Routes) -> list[str]:
    return [*shared_subscriptions(routes), *routes.ordered.filters()]


def retire_mqtt(
    database_url: str, mqtt_url: str, worker: str, stop: threading.Event, routes: Routes = NO_ROUTES
) -> bool:
    """Take what the broker still holds for a worker, then give up its session; return whether that was done.

    The worker must have been stopped, and another one must run: new messages go to the others from the start.
    """
    with writing_worker(database_url, worker, routes) as backlog:
        source = MqttSource(mqtt_url, worker, backlog, subscriptions=_all_subscriptions(routes), retire=True)
        source.start()
        quiet = source.wait_until_quiet(stop)
    if quiet:
        source.give_up_session()
    else:
        source.stop()
    log.info("worker retired" if quiet else "worker not retired, its session stays", worker=worker)
    return quiet
