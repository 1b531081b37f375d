"""Reads what is exported, row by row from a server-side cursor: memory stays the same for any number of rows."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select, true

from cityops.domain.events.status import STAGE_OF, Stage
from cityops.store import tables
from cityops.store.cursors import streamed
from cityops.store.devices import DeviceFilter, listing
from cityops.store.events.queries import EventFilter, columns, filtered


def events(connection: Connection, wanted: EventFilter) -> Iterator[RowMapping]:
    """Yield cases newest first, each with the time it first reached each stage; without its description."""
    event, step = tables.event.c, tables.event_history.c
    first = func.min(step.status_at)
    reached = (
        select(
            *(
                first.filter(step.status.in_([one.value for one, of in STAGE_OF.items() if of is stage])).label(
                    f"{stage.value}_at"
                )
                for stage in Stage
            )
        )
        .where(step.event_id == event.id)
        .correlate(tables.event)
        .lateral("reached")
    )
    told = event.id, event.drill, *columns(lambda told: told.heading_zh)
    statement = filtered(select(*told, *reached.c).join_from(tables.event, reached, true()), wanted)
    statement = statement.order_by(event.occurred_at.desc(), event.id.desc())
    yield from streamed(connection, statement)


def source_names(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return the Chinese and English name of each source system, by code."""
    source = tables.source_system.c
    rows = connection.execute(select(source.code, source.name_zh, source.name_en))
    return {row.code: (row.name_zh, row.name_en) for row in rows}


def devices(connection: Connection, wanted: DeviceFilter, now: datetime) -> Iterator[RowMapping]:
    """Yield devices in order of code, as `cityops.store.devices.listing` has them."""
    yield from streamed(connection, listing(wanted, now))
