"""Devices as files: words beside codes, and their liveness at the time of export."""

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
from cityops.api.routes.devices import DeviceQuery
from cityops.api.routes.events import check_region
from cityops.api.routes.exports.naming import area, in_order, names_of, places
from cityops.api.state.city import City
from cityops.api.words import FRESHNESS, WARNINGS, word
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.devices import name_en
from cityops.domain.exports.sheets import DEVICES
from cityops.store import exports as store
from cityops.store.resources.held import held_devices

router = APIRouter()


class DeviceExport(DeviceQuery, FileQuery):
    """Filters of devices, and the form of the file."""


@router.get("/devices", response_class=StreamingResponse, responses=FILES)
@router.get("/devices.csv", include_in_schema=False)
def export_devices(
    subject: Annotated[Subject, needs(Permission.EXPORT_READ)],
    request: Request,
    query: Annotated[DeviceExport, Query()],
) -> Response:
    """Give devices as a file in order of code, with their liveness now."""
    check_region(request, query.region, subject)
    city: City = request.app.state.city
    names, now, wanted = names_of(city, query.lang), utc_now(), query.filter()
    cells = in_order(DEVICES, now)

    def rows(connection: Connection) -> Iterator[Row]:
        sources = store.source_names(connection)
        for row in store.devices(connection, wanted, now):
            ahead = row["clock_ahead_s"]
            beside = {
                "name": row["name_zh"],
                "name_en": name_en(row["kind_en"], row["code"]),
                "kind_name": row[f"kind_{query.lang}"],
                "source_name": word(sources, row["source"], query.lang),
                "clock_ahead_s": None if ahead is None else float(ahead),  # PostgreSQL gives a decimal
                "freshness_name": word(FRESHNESS, row["freshness"], query.lang),
                "warning_name": word(WARNINGS, row["warning"], query.lang),
                "health_name": word(WARNINGS, row["health"], query.lang),
            }
            yield cells(row, beside | places(row["region_code"], names))

    def batches(connection: Connection) -> Generator[SheetBatch]:
        yield from batched(rows(connection))

    given = query.model_dump(include=set(DeviceQuery.model_fields) - {"region", "q"}, exclude_none=True)
    name, plain = area(city, query.region, "设备", "devices", [str(value) for value in given.values()])
    holds = partial(held_devices, source=query.source, kind=query.kind)
    expected = partial(store.devices_count, wanted=wanted, now=now)
    return as_file(request, query, Contents(DEVICES, batches, expected, subject.scope, name, plain, holds=holds))
