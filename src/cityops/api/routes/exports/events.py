"""Cases as files: words beside codes, when each reached each stage, and nothing that names a citizen."""

from collections.abc import Generator, Iterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy import Connection

from cityops.api.access.door import needs
from cityops.api.files.batches import Row, SheetBatch, batched
from cityops.api.files.download import Contents, as_file
from cityops.api.files.offered import FILES, FileQuery
from cityops.api.routes.events import EventQuery, check_region
from cityops.api.routes.exports.naming import DRILL, area, in_order, names_of, period_name, places
from cityops.api.state.city import City
from cityops.api.words import SEVERITIES, STAGES, STATUSES, word
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.events.status import Status
from cityops.domain.exports.sheets import EVENTS
from cityops.store import exports as store
from cityops.store.events import queries
from cityops.store.resources.held import held_cases

router = APIRouter()


class EventExport(EventQuery, FileQuery):
    """Filters of events, and the form of the file."""


@router.get("/events", response_class=StreamingResponse, responses=FILES)
@router.get("/events.csv", include_in_schema=False)
def export_events(
    subject: Annotated[Subject, needs(Permission.EXPORT_READ)],
    request: Request,
    query: Annotated[EventExport, Query()],
) -> Response:
    """Give events as a file, newest first, with the local time at which each reached each stage of the closed loop.

    Codes have their words beside them. Descriptions are left out, for they may name people; titles and addresses are
    masked.
    """
    check_region(request, query.region, subject)
    city: City = request.app.state.city
    names, now, wanted = names_of(city, query.lang), utc_now(), query.filter()
    cells = in_order(EVENTS, now)

    def rows(connection: Connection) -> Iterator[Row]:
        classes, sources = queries.classes(connection), store.source_names(connection)
        for row in store.events(connection, wanted):
            stage = Status(row["status"]).stage.value
            beside = {
                "stage": stage,
                "drill": DRILL[query.lang] if row["drill"] else None,
                "stage_name": word(STAGES, stage, query.lang),
                "status_name": word(STATUSES, row["status"], query.lang),
                "severity_name": word(SEVERITIES, row["severity"], query.lang),
                "class_name": classes[row["class_code"]][query.lang != "zh"],
                "source_name": word(sources, row["source"], query.lang),
            }
            yield cells(row, beside | places(row["region_code"], names))

    def batches(connection: Connection) -> Generator[SheetBatch]:
        yield from batched(rows(connection))

    given = query.model_dump(include=set(EventQuery.model_fields) - {"region", "start", "end"}, exclude_none=True)
    span = [period_name(query.start, query.end)] if query.start or query.end else []
    name, plain = area(city, query.region, "事件", "events", [*(str(value) for value in given.values()), *span])
    holds = partial(held_cases, source=query.source)
    expected = partial(store.events_count, wanted=wanted)
    return as_file(request, query, Contents(EVENTS, batches, expected, subject.scope, name, plain, holds=holds))
