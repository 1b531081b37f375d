"""Puts an ingest worker together: source, backlog and writer; starts, drains and stops them in order."""

import gc
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, TypeVar

import structlog

from cityops.mqtt.sessions import former_session_ids
from cityops_ingest import telemetry
from cityops_ingest.backlog import Backlog
from cityops_ingest.formats.routing import NO_ROUTES, Routes
from cityops_ingest.quota import Quotas
from cityops_ingest.sources.mosquitto.guard import LeftSession, relieve_after_each_connection
from cityops_ingest.sources.mosquitto.sys_topics import BrokerWatch
from cityops_ingest.sources.mqtt.source import SHARED, SUBSCRIPTION, MqttSource, UnfitBrokerError
from cityops_ingest.sources.source import Source
from cityops_ingest.sources.sparkplug import SparkplugSource
from cityops_ingest.writer import Writer

log = structlog.get_logger()

TakingSource = TypeVar("TakingSource", bound=Source[Any])

SPARKPLUG_WORKER = "sparkplug"
"""There is one worker for Sparkplug, so that its name, and with it its session, is always the same."""

SUBSCRIBE_S = 10.0

MIND_S = 1.0

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
    telemetry.watch(backlog)
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


@contextmanager
def taking(
    source_of: Callable[[Backlog], TakingSource], opened: AbstractContextManager[Backlog]
) -> Iterator[TakingSource]:
    """Run a source that fills a backlog; on leaving, the backlog is drained, and then the source stopped.

    In this order, so that what the writer drains can still be confirmed.
    """
    with ExitStack() as last, opened as backlog:
        source = source_of(backlog)
        last.callback(source.stop)
        source.start()
        yield source


def run_mqtt(database_url: str, mqtt_url: str, worker: str, stop: threading.Event, routes: Routes) -> None:
    """Take messages from the broker until `stop` is set.

    Raises
    ------
    UnfitBrokerError
        The broker cannot do what a worker needs.
    """
    gc.set_threshold(*_COLLECT_SELDOM)
    watch = BrokerWatch(mqtt_url)
    watch.start()
    unfit, quotas, subscriptions = Unfit(stop), Quotas(), shared_subscriptions(routes)

    def source_of(backlog: Backlog) -> MqttSource:
        return MqttSource(mqtt_url, worker, backlog, subscriptions=subscriptions, unfit=unfit, quotas=quotas)

    with taking(source_of, writing_worker(database_url, worker, routes)) as source:
        relief = threading.Thread(
            target=relieve_after_each_connection,
            args=(mqtt_url, worker, source.backlog, source, subscriptions, _topics(subscriptions), stop),
        )
        relief.start()
        log.info("ingest worker started", worker=worker)
        _mind_quotas(quotas, source, source.backlog, stop)
        relief.join()
    watch.stop()
    log.info("ingest worker stopped", worker=worker)
    unfit.complain()


def _mind_quotas(quotas: Quotas, source: MqttSource, backlog: Backlog, stop: threading.Event) -> None:
    """Record each second what the quotas have refused, and let nobody be judged by what a stall has piled up."""
    while not stop.wait(MIND_S):
        if telemetry.is_stalled(backlog):
            quotas.pause()
        for name in quotas.take_put_off():
            telemetry.sources_put_off.inc()
            log.error(
                "a source is over its quota at QoS 0 and is not read for a minute",
                source=name,
                remedy="find out what sends so much; it may send at QoS 1, or in arrays",
            )
        source.tell_refused()
    source.tell_refused()


def run_sparkplug(database_url: str, mqtt_url: str, stop: threading.Event, routes: Routes) -> None:
    """Take the messages of the Sparkplug routes from the broker, in order, until `stop` is set.

    Raises
    ------
    UnfitBrokerError
        The broker cannot do what a worker needs.
    """
    unfit = Unfit(stop)

    def source_of(backlog: Backlog) -> SparkplugSource:
        _store_what_is_older(mqtt_url, backlog, routes, stop)
        return SparkplugSource(mqtt_url, SPARKPLUG_WORKER, backlog, routes, unfit=unfit)

    with taking(source_of, writing_worker(database_url, SPARKPLUG_WORKER, routes)):
        log.info("Sparkplug worker started", routes=len(routes.all))
        stop.wait()
    log.info("Sparkplug worker stopped")
    unfit.complain()


def _store_what_is_older(mqtt_url: str, backlog: Backlog, routes: Routes, stop: threading.Event) -> None:
    """Store what waits in sessions of former client ids before anything newer is read, since the order counts.

    Meanwhile the session of now holds what comes: it is subscribed by a connection that takes nothing.
    """
    filters = routes.filters()

    def subscribe(_stop: threading.Event) -> bool:
        nothing = Backlog()
        nothing.close()  # what it is offered is not acknowledged, and so comes again, in order
        source = MqttSource(mqtt_url, SPARKPLUG_WORKER, nothing, subscriptions=filters)
        source.start()
        is_subscribed = source.subscribed.wait(SUBSCRIBE_S)
        source.stop()
        return is_subscribed

    for former in former_session_ids(SPARKPLUG_WORKER):
        LeftSession(mqtt_url, former, backlog, subscribe, subscriptions=filters, topics=filters).relieve(stop)


class Unfit:
    """Stops a worker whose broker is of no use to it, and lets the reason be raised where the worker ends."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._error: UnfitBrokerError | None = None

    def __call__(self, error: UnfitBrokerError) -> None:
        """Note the reason, and stop."""
        self._error = error
        self._stop.set()

    def complain(self) -> None:
        """Raise the reason, if there is one.

        Raises
        ------
        UnfitBrokerError
            The broker was of no use.
        """
        if self._error is not None:
            raise self._error


def shared_subscriptions(routes: Routes) -> list[str]:
    """Return what a worker subscribes to that shares the load with others."""
    return [SUBSCRIPTION, *(SHARED + one for one in routes.shared.filters())]


def _all_subscriptions(routes: Routes) -> list[str]:
    return [*shared_subscriptions(routes), *routes.ordered.filters()]


def _topics(subscriptions: list[str]) -> list[str]:
    return [one.removeprefix(SHARED) for one in subscriptions]


def retire_mqtt(
    database_url: str, mqtt_url: str, worker: str, stop: threading.Event, routes: Routes = NO_ROUTES
) -> bool:
    """Take what the broker still holds for a worker, then give up its session; return whether that was done.

    The worker must have been stopped, and another one must run: new messages go to the others from the start.
    """
    subscriptions = _all_subscriptions(routes)
    with writing_worker(database_url, worker, routes) as backlog:
        source = MqttSource(mqtt_url, worker, backlog, subscriptions=subscriptions, retire=True)
        source.start()
        quiet = source.wait_until_quiet(stop) and all(
            LeftSession(
                mqtt_url, one, backlog, lambda _: True, subscriptions=subscriptions, topics=_topics(subscriptions)
            ).relieve(stop)
            for one in former_session_ids(worker)
        )
    if quiet:
        source.give_up_session()
    else:
        source.stop()
    log.info("worker retired" if quiet else "worker not retired, its session stays", worker=worker)
    return quiet
