"""Alarms as files: words beside codes, where each is, and when it was raised, acknowledged, gone and cleared."""

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
from cityops.api.routes.alarms import AlarmQuery
from cityops.api.routes.events import check_region
from cityops.api.routes.exports.naming import DRILL, area, in_order, names_of, period_name, places
from cityops.api.state.city import City
from cityops.api.words import WARNINGS, word
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.exports.sheets import ALARMS
from cityops.store import exports as store

router = APIRouter()


class AlarmExport(AlarmQuery, FileQuery):
    """Filters of alarms, and the form of the file."""


@router.get("/alarms", response_class=StreamingResponse, responses=FILES)
def export_alarms(
    subject: Annotated[Subject, needs(Permission.EXPORT_READ)],
    request: Request,
    query: Annotated[AlarmExport, Query()],
) -> Response:
    """Give alarms as a file, newest first. Who acknowledged one is left out, for a file goes on to others."""
    check_region(request, query.region, subject)
    city: City = request.app.state.city
    names, wanted = names_of(city, query.lang), query.filter()
    cells = in_order(ALARMS, utc_now())

    def rows(connection: Connection) -> Iterator[Row]:
        for row in store.alarms(connection, wanted):
            beside = {
                "rule_name": row[f"name_{query.lang}"],
                "level_name": word(WARNINGS, row["level"], query.lang),
                "worst_level_name": word(WARNINGS, row["worst_level"], query.lang),
                "device_name": row["device_name_zh"],
                "drill": DRILL[query.lang] if row["drill"] else None,
            }
            yield cells(row, beside | places(row["region_code"], names))

    def batches(connection: Connection) -> Generator[SheetBatch]:
        yield from batched(rows(connection))

    given = query.model_dump(
        include=set(AlarmQuery.model_fields) - {"region", "start", "end", "device"}, exclude_none=True
    )
    span = [period_name(query.start, query.end)] if query.start or query.end else []
    shared = [f"{name.removeprefix('alarm_')}-{value}" for name, value in given.items()]
    name, plain = area(city, query.region, "告警", "alarms", [*shared, *span])
    expected = partial(store.alarms_count, wanted=wanted)
    return as_file(request, query, Contents(ALARMS, batches, expected, subject.scope, name, plain))
