"""Raw readings as files: of chosen devices or of all, unrounded, each with its device, place and unit."""

from collections.abc import Generator, Mapping
from contextlib import closing
from datetime import timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import Field
from sqlalchemy import Connection

from cityops.api import problems
from cityops.api.access.door import needs
from cityops.api.files.batches import SheetBatch
from cityops.api.files.download import LONGEST_S, Contents, as_file
from cityops.api.files.offered import FILES, FileQuery
from cityops.api.files.readings import Constants, ReadingBatch, Words
from cityops.api.parameters import PRINTABLE, Code, Moment, period
from cityops.api.routes.devices import DeviceQuery
from cityops.api.routes.events import check_region
from cityops.api.routes.exports.naming import area, names_of, period_name
from cityops.api.state.city import City
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.devices import name_en
from cityops.domain.exports.sheet import Language
from cityops.domain.exports.sheets import READINGS
from cityops.store import exports as store
from cityops.store.resources.held import held_readings

router = APIRouter()
DEFAULT, LONGEST = timedelta(days=1), timedelta(days=92)


class ReadingExport(DeviceQuery, FileQuery):
    """Of which devices and metrics, from when until when, and the form of the file."""

    device: list[Annotated[str, Field(min_length=1, max_length=128, pattern=PRINTABLE)]] = Field(
        [], max_length=100, description="codes; unless given, all devices that pass the other filters"
    )
    metric: list[Code] = Field([], max_length=20, description="codes; unless given, all")
    start: Moment | None = None
    end: Moment | None = None


@router.get("/readings", response_class=StreamingResponse, responses=FILES)
def export_readings(
    subject: Annotated[Subject, needs(Permission.EXPORT_READ)],
    request: Request,
    query: Annotated[ReadingExport, Query()],
) -> Response:
    """Give raw readings as a file: the last 24 hours unless asked otherwise, 92 days at most.

    They come in pieces of time, the oldest first; those of up to 2,000 series in each by device and metric, those of
    more as they are kept. How many are expected is what the devices owe.
    """
    check_region(request, query.region, subject)
    now = utc_now()
    start, end = period(query.start, query.end, now, DEFAULT)
    if end - start > LONGEST:
        raise problems.ProblemError(
            422,
            f"Raw readings go out for {LONGEST.days} days at a time, and {(end - start).days} are asked for; ask for "
            "one file after the other, or take /api/v1/export/series for sums of longer periods.",
        )
    city: City = request.app.state.city
    found: list[store.ReadSeries] = []

    def expected(connection: Connection) -> int:
        found[:] = store.read_series(connection, query.filter(), query.device, query.metric, now)
        return int(sum((end - start).total_seconds() / one.expected_interval_s for one in found))

    def batches(connection: Connection) -> Generator[SheetBatch]:
        constants = Constants({one.id: _words(one, city, names, query.lang) for one in found}, now)
        pieces = store.time_pieces(connection, start, end)
        with closing(store.readings(connection, list(constants.words), pieces, LONGEST_S)) as every:
            for columns in every:
                yield ReadingBatch(columns, constants)

    names = names_of(city, query.lang)
    shared = [*query.device[:3], *query.metric[:3], *([query.kind] if query.kind else []), period_name(start, end)]
    name, plain = area(city, query.region, "原始读数", "readings", [_plain(one) for one in shared])
    holds = partial(held_readings, source=query.source, kind=query.kind, devices=query.device, metrics=query.metric)
    contents = Contents(
        *(READINGS, batches, expected, subject.scope, name, plain),
        holds=holds,
        pieces=partial(store.time_pieces, start=start, end=end),
    )
    return as_file(request, query, contents)


def _words(one: store.ReadSeries, city: City, names: Mapping[str, str], language: Language) -> Words:
    of = city.indicators()[one.metric]
    is_zh = language == "zh"
    device = one.device_name_zh if is_zh else name_en(one.kind_en, one.device_code)
    metric = of.name_zh if is_zh else of.name_en
    return one.device_code, device, one.metric, metric, of.unit, one.region_code, names[one.region_code]


def _plain(text: str) -> str:
    """Return text as the name of a file can have it on every system."""
    return "".join(one if one.isascii() and (one.isalnum() or one in "-._") else "-" for one in text)
