"""The job `cases`: resumes cases that wait no longer, archives closed ones, supervises those that are overdue.

Each is an act of the platform itself, judged and written as any other through `cityops.services.cases`, one
transaction a case: killed at any point, the next turn goes on with the rest.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg
import structlog
from sqlalchemy import Connection, Engine

from cityops.domain.access import WHOLE_CITY
from cityops.domain.events.acts import Act
from cityops.domain.events.supervision import Supervision, due_before
from cityops.domain.events.transitions import lifecycle
from cityops.domain.intervals import CITY_ZONE
from cityops.jobs.leader import Job
from cityops.services import cases
from cityops.services.accounts import AbsentError
from cityops.services.case_orders import PLATFORM, NotAllowedError, Order, StaleError
from cityops.store.engine import now_of, reading, writing
from cityops.store.events import ripe
from cityops.store.events.ripe import RipeCase
from cityops.store.workdays import work_calendar

EVERY_S = 60.0

MOST = 500
"""Of each kind in one turn; the rest follows in the next."""

TEXTS = {
    Supervision.REMINDER: "催办通知书：应于 {due} 办结，已超期，请尽快处置并答复。 / Reminder: it was due at {due}.",
    Supervision.CIRCULAR: "通报批评：应于 {due} 办结，逾期仍未办结。 / Circular: due at {due}, still not done.",
}
"""What a unit is told at each rung."""

log = structlog.get_logger()


def upkeep(engine: Engine) -> Job:
    """Return the job of what runs by itself for cases."""

    def turn(_: psycopg.Connection) -> None:
        if done := look(engine):
            log.info("cases went on by themselves", **done)

    return Job("cases", EVERY_S, turn)


def look(engine: Engine, now: datetime | None = None) -> Counter[str]:
    """Do what has come due by now, the database's present unless another is given; return how often what was done."""
    with reading(engine, WHOLE_CITY) as connection:
        at = now or now_of(connection)
        todo = list(_ripe(connection, at))
    return Counter(order.step or order.act for case, order in todo if _done(engine, case, order, at))


def _ripe(connection: Connection, at: datetime) -> Iterator[tuple[RipeCase, Order]]:
    for case in ripe.to_resume(connection, at, MOST):
        yield case, Order(Act.RESUME)
    for case in ripe.to_archive(connection, at - timedelta(days=lifecycle().limits.archive_days), MOST):
        yield case, Order(Act.ARCHIVE)
    told: set[int] = set()
    for rung in reversed(Supervision):  # a case that comes late to both is told of the graver alone for now
        before = due_before(rung, at, work_calendar(connection))
        for case in ripe.to_supervise(connection, rung, before, PLATFORM.asker.name, MOST):
            if case.id not in told:
                told.add(case.id)
                yield case, Order(Act.SUPERVISE, text=_text(rung, case.due_at), token=case.token, step=rung)


def _text(rung: Supervision, due: datetime | None) -> str:
    assert due is not None
    return TEXTS[rung].format(due=f"{due.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}")


def _done(engine: Engine, case: RipeCase, order: Order, at: datetime) -> bool:
    """Do an act; False where somebody was first, which the next turn looks at again."""
    try:
        with writing(engine, WHOLE_CITY) as connection:
            cases.act(connection, PLATFORM, case.id, case.version, order, at)
    except (AbsentError, NotAllowedError, StaleError) as error:
        log.warning("a case did not go on by itself", case=case.id, act=order.act, error=str(error))
        return False
    return True
