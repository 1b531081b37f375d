"""Runs workers that share what a broker has for them, whatever its flavour; retires one that shall not return."""

import threading
from collections.abc import Sequence

import structlog

from cityops.mqtt.sessions import former_session_ids
from cityops_ingest import telemetry
from cityops_ingest.backlog import Backlog
from cityops_ingest.formats.routing import NO_ROUTES, Routes
from cityops_ingest.quota import Quotas
from cityops_ingest.sources.collecting import collect_seldom
from cityops_ingest.sources.mqtt.flavour import BrokerFlavour
from cityops_ingest.sources.mqtt.left_sessions import LeftSession, left_sessions, relieve_after_each_connection
from cityops_ingest.sources.mqtt.source import SHARED, SUBSCRIPTION, MqttSource
from cityops_ingest.sources.unfit import Unfit
from cityops_ingest.worker import taking, writing_worker

log = structlog.get_logger()

MIND_S = 1.0


def run_mqtt(
    database_url: str, mqtt_url: str, worker: str, stop: threading.Event, routes: Routes, flavour: BrokerFlavour
) -> None:
    """Take messages from a broker of this flavour until `stop` is set.

    Raises
    ------
    UnfitBrokerError
        The broker cannot do what a worker needs.
    """
    collect_seldom()
    unfit, quotas, subscriptions = Unfit(stop), Quotas(), shared_subscriptions(routes)

    def source_of(backlog: Backlog) -> MqttSource:
        return MqttSource(mqtt_url, worker, backlog, subscriptions=subscriptions, unfit=unfit, quotas=quotas)

    with flavour.figures(mqtt_url), taking(source_of, writing_worker(database_url, worker, routes)) as source:

        def look() -> list[LeftSession]:
            return left_sessions(source, mqtt_url, worker, flavour.posted(mqtt_url), _topics(subscriptions))

        relief = threading.Thread(target=relieve_after_each_connection, args=(source, look, stop))
        relief.start()
        log.info("ingest worker started", worker=worker)
        _mind_quotas(quotas, source, stop)
        relief.join()
    log.info("ingest worker stopped", worker=worker)
    unfit.complain()


def _mind_quotas(quotas: Quotas, source: MqttSource, stop: threading.Event) -> None:
    """Record each second what the quotas have refused, and let nobody be judged by what a stall has piled up."""
    while not stop.wait(MIND_S):
        if telemetry.is_stalled(source.backlog):
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


def shared_subscriptions(routes: Routes) -> list[str]:
    """Return what a worker subscribes to that shares the load with others."""
    return [SUBSCRIPTION, *(SHARED + one for one in routes.shared.filters())]


def _all_subscriptions(routes: Routes) -> list[str]:
    return [*shared_subscriptions(routes), *routes.ordered.filters()]


def _topics(subscriptions: Sequence[str]) -> list[str]:
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
