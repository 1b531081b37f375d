"""The job `reports`: makes the report of each day and week as soon as it is closed, of the city and of each district.

Each is made by `cityops.services.reports`, which keeps it once: killed at any point, the next turn makes the rest. A
downtime is made up for; what was never reported before the first one is not.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import structlog
from sqlalchemy import Engine

from cityops.domain.access import WHOLE_CITY
from cityops.domain.audit import command_line
from cityops.domain.reports.declared import ReportDeclaration, ReportPeriod
from cityops.domain.reports.spans import newest_closed, since
from cityops.indicators import reports_in_force
from cityops.jobs.leader import Job
from cityops.services.reports.composing import Composer, ReportAsked
from cityops.services.reports.making import keep
from cityops.store.engine import now_of, reading, writing
from cityops.store.indicators import reports as store

EVERY_S = 60.0

MOST_PERIODS = 14
"""So many periods of a region are made up for at most."""

LOOK_AGAIN = timedelta(minutes=10)
"""So long after nothing was known of a period it is looked at again: a past that is filled in comes late."""

_NEVER = datetime.min.replace(tzinfo=UTC)

MAKER = command_line("cityops jobs")

Unknown = tuple[str, str, datetime]
"""Kind, region and beginning of a report of which nothing is known."""

log = structlog.get_logger()


def reports(engine: Engine) -> Job:
    """Return the job of making reports."""
    empty: dict[Unknown, datetime] = {}

    def turn(_: psycopg.Connection) -> None:
        if made := look(engine, [*reports_in_force().values()], empty):
            log.info("reports were made", reports=made)

    return Job("reports", EVERY_S, turn)


def look(
    engine: Engine, declared: Sequence[ReportDeclaration], empty: dict[Unknown, datetime], now: datetime | None = None
) -> int:
    """Make what is due by now, the database's present unless another is given; return how many were made.

    Of a period of which nothing is known no report is made; `empty` is where it is remembered when that was.
    """
    with reading(engine, WHOLE_CITY) as connection:
        at = now or now_of(connection)
        composer = Composer(connection, at)
        kept = {kind: store.last_starts(connection, kind) for kind in (one.report for one in declared)}
        due = [one for one in _due(composer, declared, kept, at) if at - empty.get(_key(one), _NEVER) >= LOOK_AGAIN]
    made = 0
    for asked in due:
        with reading(engine, WHOLE_CITY) as connection:
            snapshot = Composer(connection, at).compose(asked)
        if snapshot.is_empty:
            empty[_key(asked)] = at
            continue
        with writing(engine, WHOLE_CITY) as connection:
            made += keep(connection, MAKER, snapshot).is_new
    return made


def _key(asked: ReportAsked) -> Unknown:
    return asked.declared.report, asked.region_code, asked.start


def _due(
    composer: Composer,
    declared: Sequence[ReportDeclaration],
    kept: Mapping[str, Mapping[str, datetime]],
    at: datetime,
) -> Iterator[ReportAsked]:
    for one in declared:
        if one.period is ReportPeriod.MODE:  # made by whoever ended it
            continue
        for code in reversed(composer.regions_of(one.levels)):  # the city's last: the newest is the first of the list
            yield from _of_region(one, code, kept[one.report].get(code), at)


def _of_region(declared: ReportDeclaration, code: str, last: datetime | None, at: datetime) -> Iterator[ReportAsked]:
    newest = newest_closed(declared.period, declared.grace, at)
    for start, end in since(declared.period, last or newest[0], newest, MOST_PERIODS):
        if last is None or start > last:
            yield ReportAsked(declared, code, start, end)
