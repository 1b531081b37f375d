"""The job `watch`: judges which devices are online, late or silent, writes what has changed, keeps the accounts."""

import time

import psycopg
import structlog
from prometheus_client import Counter, Gauge, Histogram

from cityops.jobs.leader import Job
from cityops.store import device_states, ledger
from cityops.store.engine import present

looks = Histogram("cityops_device_watch_seconds", "Time to judge the states of all devices")
transitions = Counter("cityops_device_transitions_total", "Changes of a device's state", ["before", "after"])
newest_look = Gauge("cityops_device_watch_looked_at_seconds", "Unix time of this process's last look")

log = structlog.get_logger()


def watch(every_s: float = 10.0) -> Job:
    """Return the job of judging the states of all devices.

    One that speaks each 10 s is late after 20 s; looking more often would see nothing new.
    """
    return Job("watch", every_s, _look)


def _look(connection: psycopg.Connection) -> None:
    began = time.monotonic()
    # By the database's clock, as the ingest: a wrong one here would have every device silent, for all to read.
    now = present(connection)
    changes = device_states.look(connection, now)
    if changes is None:  # an older version's watch leads
        return
    ledger.keep(connection, now)
    looks.observe(time.monotonic() - began)
    newest_look.set_to_current_time()
    for change in changes:
        transitions.labels(change.before, change.after).inc(change.devices)
    if changes:
        log.info("states changed", **{f"{one.before}_to_{one.after}": one.devices for one in changes})
