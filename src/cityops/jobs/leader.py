"""The loop of every job: one leader per database, the same back-off, figures for Prometheus, and an end when told."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass

import psycopg
import structlog
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy.exc import DBAPIError

from cityops.errors import CityopsError
from cityops.store.engine import connect_writer
from cityops.store.leadership import lead

LEAD_S = 10.0
"""From one attempt to become the leader to the next: so soon a job goes on after its process or host is gone."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0
"""Before a turn that failed is tried again; doubled each time."""

turns = Histogram("cityops_job_seconds", "Time of a turn of a job", ["job"])
failures = Counter("cityops_job_failures_total", "Turns of a job that failed and were tried again", ["job"])
newest_turn = Gauge("cityops_job_done_at_seconds", "Unix time at which this process last ended a turn", ["job"])

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """Something that one process of all does: `turn` with a connection of its own, from one to the next `every_s`.

    A turn raises `CityopsError` or an error of the database where it could not be done now.
    """

    name: str
    every_s: float
    turn: Callable[[psycopg.Connection], object]


def run_all(jobs: Sequence[Job], database_url: str, stop: threading.Event) -> None:
    """Do all jobs, each in a thread of its own, until `stop` is set; what nobody foresaw ends all and is raised."""
    with ThreadPoolExecutor(len(jobs), "job") as threads:
        running = [threads.submit(run, job, database_url, stop) for job in jobs]
        wait(running, return_when=FIRST_EXCEPTION)
        stop.set()
        for one in running:
            one.result()


def run(job: Job, database_url: str, stop: threading.Event) -> None:
    """Do a job until `stop` is set; what fails is told and tried again, on a new connection."""
    pause = FIRST_PAUSE_S
    while not stop.is_set():
        began = time.monotonic()
        try:
            with connect_writer(database_url, f"cityops {job.name}") as connection:
                _lead_until(stop, job, connection)
        except (psycopg.Error, DBAPIError, CityopsError) as error:
            failures.labels(job.name).inc()
            log.warning("a job could not be done, tried again", job=job.name, error=str(error).strip())
            if time.monotonic() - began > LONGEST_PAUSE_S:  # it had gone on meanwhile
                pause = FIRST_PAUSE_S
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)


def _lead_until(stop: threading.Event, job: Job, connection: psycopg.Connection) -> None:
    while not lead(connection, job.name):
        if stop.wait(min(job.every_s, LEAD_S)):
            return
    while not stop.is_set():
        began = time.monotonic()
        job.turn(connection)
        turns.labels(job.name).observe(time.monotonic() - began)
        newest_turn.labels(job.name).set_to_current_time()
        stop.wait(max(0.0, job.every_s - (time.monotonic() - began)))
