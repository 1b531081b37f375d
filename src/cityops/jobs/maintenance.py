"""The job `maintain`: rollups, retention, columnstore and keys that have run out, beside the running ingest."""

import psycopg
import structlog
from sqlalchemy import Engine

from cityops.domain.retention import Retention
from cityops.jobs.leader import Job
from cityops.services import credentials
from cityops.store.upkeep import advice, maintenance

EVERY_S = 3600.0

log = structlog.get_logger()


def maintain(engine: Engine, broker: str, keep: Retention, every_s: float = EVERY_S) -> Job:
    """Return the job of looking after the store; `broker` is its administrator's address, empty where it has none."""

    def turn(connection: psycopg.Connection) -> None:
        for done in maintenance.maintain(connection, keep, lambda _what: None):
            (log.warning if done.problem else log.info)(done.what, result=done.result, problem=done.problem or None)
        for concern in advice.concerns(connection):
            log.warning("attention", concern=concern)
        if broker and (ended := credentials.end_at_broker(engine, broker)):
            log.info("keys that were revoked or have run out are let in no more", keys=ended)

    return Job("maintain", every_s, turn)
