"""Series as files: one or more indicators over time, one below the other or side by side."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import Field
from sqlalchemy import Connection

from cityops.api.access.door import needs
from cityops.api.asked import AskedSeries, SeriesQuery, resolve
from cityops.api.files.batches import SheetBatch, batched
from cityops.api.files.download import Contents, as_file
from cityops.api.files.offered import FILES, FileQuery
from cityops.api.indicators import indicator_out
from cityops.api.parameters import Code
from cityops.api.routes.exports.naming import names_of, period_name
from cityops.api.routes.indicators.series import Point, ToldPoint, points, told_points
from cityops.api.state.city import City
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission, Subject
from cityops.domain.exports.sheet import Cell, Column, ColumnType, Language, Sheet
from cityops.domain.exports.sheets import SERIES, ZONE, wide
from cityops.domain.reach import Reach
from cityops.domain.regions import RegionLevel
from cityops.domain.resources.borders import Holding

router = APIRouter()
_LEVELS_ZH = {RegionLevel.CITY: "全市", RegionLevel.DISTRICT: "分区", RegionLevel.STREET: "分街镇"}

Rows = Generator[list[Cell]]
Asked = Sequence[AskedSeries]


class SeriesExport(SeriesQuery, FileQuery):
    """A series, others that follow it in the same file, and their form."""

    also: list[Code] = Field([], max_length=199, description="more indicators")
    shape: Literal["long", "wide"] = Field(
        "long", description="wide: a column for each indicator, of a single one for each region"
    )


@router.get("/series", response_class=StreamingResponse, responses=FILES)
@router.get("/series.csv", include_in_schema=False)
def export_series(
    subject: Annotated[Subject, needs(Permission.EXPORT_READ, Reach.STREETS)],
    request: Request,
    query: Annotated[SeriesExport, Query()],
) -> Response:
    """Give a series as a file: every bucket of every region, value empty where no reading came.

    The parameters are those of /series; `also`, as often as wanted, has more indicators follow in the same columns.
    Columns and their order stay, `lang` chooses their names in CSV and XLSX. Times are local.
    """
    city: City = request.app.state.city
    wanted = (query.model_copy(update={"indicator": one}) for one in dict.fromkeys([query.indicator, *query.also]))
    every = [resolve(city, one, subject) for one in wanted]
    names, now = names_of(city, query.lang), utc_now()
    sheet, rows, expected = _shaped(query.shape, every, city)

    def batches(connection: Connection) -> Generator[SheetBatch]:
        with closing(rows(PointsReading(connection, city, now), every, names, query.lang)) as found:
            yield from batched(found)

    name, plain = _names(every)
    sources = list(dict.fromkeys(one.indicator.source_zh for one in every if one.indicator.source_zh))
    declared = [indicator_out(one.indicator).model_dump(mode="json") for one in every]
    holding = Holding(tuple(one.indicator.code for one in every))
    made = sheet, batches, lambda _: expected, WHOLE_CITY, name, plain, sources, declared
    contents = Contents(*made, holds=lambda _: holding)
    return as_file(request, query, contents)


@dataclass(frozen=True)
class PointsReading:
    """From where the points of a file are read, and as of when."""

    connection: Connection
    city: City
    now: datetime

    def points(self, asked: AskedSeries) -> Iterator[Point | ToldPoint]:
        """Yield the points of an indicator of any kind, unrounded, ordered by region and time."""
        if asked.is_plain:
            return points(self.connection, asked, self.now)
        return told_points(self.connection, self.city, asked, self.now)


RowsOf = Callable[[PointsReading, Asked, Mapping[str, str], Language], Rows]


def _shaped(shape: str, every: Asked, city: City) -> tuple[Sheet, RowsOf, int]:
    """Return the columns of a shape, what makes its rows, and how many these are."""
    first, of_one = every[0], every[0].span.bins * len(every[0].span.regions)
    if shape == "long":
        return SERIES, _long, of_one * len(every)
    if len(every) > 1:
        return _by_indicator(every), _beside, of_one
    return _by_region(first, city), _turned, first.span.bins


def _long(asking: PointsReading, every: Asked, names: Mapping[str, str], language: Language) -> Rows:
    """Yield a row for each point, indicator after indicator: a year of streets is millions of rows."""
    for asked in every:
        one = asked.indicator
        code, name, unit, source = one.code, one.name_zh if language == "zh" else one.name_en, one.unit, one.source_zh
        for point in asking.points(asked):
            region, start, end, value, n, coverage, finished, top, bottom, *_ = point
            told = point if isinstance(point, ToldPoint) else None
            measured = (
                value,
                unit,
                coverage,
                n,
                source,
                asking.now,
                finished,
                top,
                bottom,
                told.quality if told else None,
                told.definition_version if told else None,
                _ids(told.corrections) if told else None,
            )
            yield [code, name, region, names[region], start, end, ZONE, *measured]


def _beside(asking: PointsReading, every: Asked, names: Mapping[str, str], _: Language) -> Rows:
    """Yield a row for each region and period, the indicators side by side: all have the same regions and periods."""
    for row in zip(*(asking.points(one) for one in every), strict=True):
        first = row[0]
        place = first.region_code, names[first.region_code], first.start, first.end, ZONE
        numbers = {each for one in row for each in corrections_of(one)}
        yield [*place, *(one.value for one in row), first.finished, asking.now, _ids(sorted(numbers))]


def corrections_of(point: Point | ToldPoint) -> tuple[int, ...]:
    """Return the ids of the corrections behind a point; those of readings and counts have none."""
    return point.corrections if isinstance(point, ToldPoint) else ()


def _ids(numbers: Sequence[int]) -> str | None:
    return " ".join(map(str, numbers)) or None


def _turned(asking: PointsReading, every: Asked, _names: Mapping[str, str], _: Language) -> Rows:
    """Yield a row for each period, the regions side by side; they come one after the other, so all are kept."""
    [asked] = every
    periods: list[tuple[datetime, datetime, bool]] = []
    columns: list[list[float | None]] = []
    numbers: list[set[int]] = []
    for place, one in enumerate(asking.points(asked)):
        if place % asked.span.bins == 0:
            columns.append([])
        if place < asked.span.bins:
            periods.append((one.start, one.end, one.finished))
            numbers.append(set())
        columns[-1].append(one.value)
        numbers[place % asked.span.bins].update(corrections_of(one))
    for (start, end, finished), ids, *values in zip(periods, numbers, *columns, strict=True):
        yield [start, end, ZONE, *values, finished, asking.now, _ids(sorted(ids))]


def _by_indicator(every: Asked) -> Sheet:
    columns = (
        Column(one.code, f"{one.name_zh}（{one.unit}）", one.name_en, ColumnType.NUMBER, one.unit, one.definition_en)
        for one in (asked.indicator for asked in every)
    )
    return wide(tuple(columns), by_region=True)


def _by_region(asked: AskedSeries, city: City) -> Sheet:
    one = asked.indicator
    known = [city.regions()[code] for code in asked.span.regions]
    titles = list(_told_apart((region.name_zh, region.code) for region in known))
    columns = (
        Column(region.code, title, region.name_en, ColumnType.NUMBER, one.unit, one.name_en)
        for region, title in zip(known, titles, strict=True)
    )
    return wide(tuple(columns), by_region=False)


def _told_apart(named: Iterator[tuple[str, str]]) -> Iterator[str]:
    """Yield names, with the code behind one that was there before: headings of a file are unique."""
    seen: set[str] = set()
    for name, code in named:
        yield f"{name}{code}" if name in seen else name
        seen.add(name)


def _names(every: Asked) -> tuple[list[str], list[str]]:
    [asked, *_] = every
    span = period_name(asked.span.start, asked.span.end)
    zh = "+".join(one.indicator.name_zh for one in every)
    codes = "+".join(one.indicator.code for one in every)
    return (
        [asked.region.name_zh, zh, _LEVELS_ZH[asked.level], asked.span.grain.noun_zh, span],
        ["series", asked.region.code, codes, asked.level, asked.span.grain, span],
    )
