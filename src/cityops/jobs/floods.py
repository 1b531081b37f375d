"""The job `floods`: puts off at the broker the keys of sources that flood, and lets them in again."""

import psycopg
import structlog
from sqlalchemy import Engine

from cityops.domain.audit import command_line
from cityops.jobs.leader import Job
from cityops.services.overload import Doorkeeper

EVERY_S = 2.0

log = structlog.get_logger()


def floods(engine: Engine, broker: str, verb: str) -> Job:
    """Return the job of minding who floods, audited as done by `verb`; `broker` is its administrator's address."""
    keeper = Doorkeeper(engine, broker, command_line(verb))

    def turn(_: psycopg.Connection) -> None:
        new, over = keeper.look()
        for keys, what in ((new, "put off, their sources flood"), (over, "let in again")):
            if keys:
                log.info(f"keys {what}", keys=", ".join(keys))

    return Job("floods", EVERY_S, turn)
