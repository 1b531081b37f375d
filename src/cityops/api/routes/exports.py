"""CSV exports over HTTP: series, events and devices, with the same filters as their lists, streamed."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlalchemy import Connection, RowMapping

from cityops.api import problems
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs
from cityops.api.csvfile import Cell, Download, chunks
from cityops.api.parameters import Code
from cityops.api.recording import recorded
from cityops.api.routes.devices import DeviceQuery
from cityops.api.routes.events import EventQuery, check_region
from cityops.api.routes.series import AskedSeries, SeriesQuery, points, resolve
from cityops.api.state.city import City
from cityops.api.words import FRESHNESS, SEVERITIES, STAGES, STATUSES, WARNINGS, word
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission, Scope, Subject
from cityops.domain.audit import Action
from cityops.domain.devices import name_en
from cityops.domain.events.reported import ATTRIBUTES, MASKS
from cityops.domain.events.status import Status
from cityops.domain.intervals import CITY_ZONE, Interval
from cityops.domain.reach import Reach
from cityops.domain.regions import RegionLevel, district_of
from cityops.store import exports as store
from cityops.store.engine import reading
from cityops.store.events import queries
from cityops.store.events.queries import NAMES

ZONE = "Asia/Shanghai"
_FINISHED = {"zh": ("是", "否"), "en": ("yes", "no")}
CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "A CSV file"}
}

router = APIRouter(prefix="/export", tags=["export"])

Language = Literal["zh", "en"]


class Exported(Protocol):
    """What is asked of a file: its filters, and the language of its header."""

    @property
    def lang(self) -> Language:
        """The language of the header."""

    def model_dump(self, *, mode: str, exclude_none: bool) -> dict[str, Any]:
        """Return it as the audit keeps it."""


class SeriesExport(SeriesQuery):
    """A series, others that follow it in the same file, and its language."""

    also: list[Code] = Field([], max_length=7, description="more indicators, one below the other")
    lang: Language = "zh"


class EventExport(EventQuery):
    """Filters of events, and the language of the file."""

    lang: Language = "zh"


class DeviceExport(DeviceQuery):
    """Filters of devices, and the language of the file."""

    lang: Language = "zh"


SERIES_COLUMNS = {
    "indicator_code": "指标代码",
    "indicator_name": "指标名称",
    "region_code": "区域代码",
    "region_name": "区域名称",
    "period_start": "时段开始",
    "period_end": "时段结束",
    "time_zone": "时区",
    "value": "数值",
    "unit": "单位",
    "coverage": "覆盖率",
    "n": "样本数",
    "source": "数据来源",
    "exported_at": "导出时间",
    "finished": "时段已结束",
}
_BESIDE_EVENTS = {
    "id": "事件编号",
    "drill": "演练",
    "source_name": "来源系统",
    "class_name": "类别名称",
    "severity_name": "紧急程度",
    "status_name": "状态",
    "stage": "阶段代码",
    "stage_name": "阶段",
    "district_code": "所属区代码",
    "district_name": "所属区",
    "region_name": "区域名称",
    "found_at": "发现时间",
    "dispatched_at": "派单时间",
    "handling_at": "处置时间",
    "closed_at": "办结时间",
    "time_zone": "时区",
    "exported_at": "导出时间",
}
_EVENT_ORDER = [
    "id",
    "source",
    "source_name",
    "external_id",
    "class_code",
    "class_name",
    "severity",
    "severity_name",
    "status",
    "status_name",
    "stage",
    "stage_name",
    "title",
    "district_code",
    "district_name",
    "region_code",
    "region_name",
    "address",
    "lon",
    "lat",
    "occurred_at",
    "received_at",
    "found_at",
    "dispatched_at",
    "handling_at",
    "closed_at",
    "status_at",
    "time_zone",
    "exported_at",
]
"""Attributes of a later time follow at the end, so that a column keeps its place."""
_EVENT_HEADINGS = _BESIDE_EVENTS | {
    NAMES.get(name, name): told.heading_zh for name, told in ATTRIBUTES.items() if told.heading_zh
}
EVENT_COLUMNS = {name: _EVENT_HEADINGS[name] for name in dict.fromkeys([*_EVENT_ORDER, *_EVENT_HEADINGS])}
_DRILLS = ("演练", "drill")
DEVICE_COLUMNS = {
    "code": "设备代码",
    "name": "设备名称",
    "name_en": "设备英文名称",
    "kind": "设备类型代码",
    "kind_name": "设备类型",
    "source": "来源系统代码",
    "source_name": "来源系统",
    "district_code": "所属区代码",
    "district_name": "所属区",
    "region_code": "区域代码",
    "region_name": "区域名称",
    "lon": "经度",
    "lat": "纬度",
    "expected_interval_s": "应报间隔（秒）",
    "last_seen": "最近上报时间",
    "clock_ahead_s": "时钟超前（秒）",
    "freshness": "时效状态代码",
    "freshness_name": "时效状态",
    "warning": "预警级别代码",
    "warning_name": "预警级别",
    "health": "设备自身预警级别代码",
    "health_name": "设备自身预警级别",
    "time_zone": "时区",
    "exported_at": "导出时间",
}
_LEVELS_ZH = {RegionLevel.CITY: "全市", RegionLevel.DISTRICT: "分区", RegionLevel.STREET: "分街镇"}
_INTERVALS_ZH = {Interval.FIVE_MINUTES: "5分钟", Interval.HOUR: "小时", Interval.DAY: "日"}


@router.get(
    "/series.csv", response_class=StreamingResponse, responses={**CSV, **problems.documented(404, 422, 429, 503)}
)
def export_series(
    subject: Annotated[Subject, needs(Permission.EXPORT_READ, Reach.STREETS)],
    request: Request,
    query: Annotated[SeriesExport, Query()],
) -> Download:
    """Give a series as CSV: every bucket of every region, value empty where no reading came.

    The parameters are those of /series; `also`, as often as wanted, has more indicators follow in the same columns.
    Columns and their order stay, `lang` chooses their names. Times are local.
    """
    city: City = request.app.state.city
    wanted = (query.model_copy(update={"indicator": one}) for one in dict.fromkeys([query.indicator, *query.also]))
    every = [resolve(city, one, subject) for one in wanted]
    names, now = names_of(city, query.lang), utc_now()

    def rows(connection: Connection) -> Generator[list[Cell]]:
        """Yield the cells in the order of the columns: a year of streets is millions of rows."""
        over, running = _FINISHED[query.lang]
        for asked in every:
            one = asked.indicator
            indicator = one.code, one.name_zh if query.lang == "zh" else one.name_en
            for code, start, end, value, n, coverage, finished in points(connection, asked, now, exact=True):
                measured = value, one.unit, coverage, n, one.source_zh
                yield [*indicator, code, names[code], start, end, ZONE, *measured, now, over if finished else running]

    return as_file(request, WHOLE_CITY, SERIES_COLUMNS, query, rows, *_series_names(every))


def _series_names(every: Sequence[AskedSeries]) -> tuple[list[str], list[str]]:
    [asked, *_] = every
    span = period_name(asked.span.start, asked.span.end)
    return (
        [
            asked.region.name_zh,
            "+".join(one.indicator.name_zh for one in every),
            _LEVELS_ZH[asked.level],
            _INTERVALS_ZH[asked.span.interval],
            span,
        ],
        [
            "series",
            asked.region.code,
            "+".join(one.indicator.code for one in every),
            asked.level,
            asked.span.interval,
            span,
        ],
    )


@router.get(
    "/events.csv", response_class=StreamingResponse, responses={**CSV, **problems.documented(404, 422, 429, 503)}
)
def export_events(
    subject: Annotated[Subject, needs(Permission.EXPORT_READ)],
    request: Request,
    query: Annotated[EventExport, Query()],
) -> Download:
    """Give events as CSV, newest first, with the local time at which each reached each stage of the closed loop.

    Codes have their words beside them. Descriptions are left out, for they may name people; titles and addresses are
    masked.
    """
    check_region(request, query.region, subject)
    city: City = request.app.state.city
    names, now, wanted = names_of(city, query.lang), utc_now(), query.filter()

    def rows(connection: Connection) -> Generator[list[Cell]]:
        classes, sources = queries.classes(connection), store.source_names(connection)
        for row in store.events(connection, wanted):
            stage = Status(row["status"]).stage.value
            beside = {
                "stage": stage,
                "drill": _DRILLS[query.lang != "zh"] if row["drill"] else "",
                "stage_name": word(STAGES, stage, query.lang),
                "status_name": word(STATUSES, row["status"], query.lang),
                "severity_name": word(SEVERITIES, row["severity"], query.lang),
                "class_name": classes[row["class_code"]][query.lang != "zh"],
                "source_name": word(sources, row["source"], query.lang),
            }
            yield cells(row, beside | _places(row["region_code"], names))

    cells = _in_order(EVENT_COLUMNS, now)
    given = query.model_dump(exclude={"region", "start", "end", "lang"}, exclude_none=True)
    span = [period_name(query.start, query.end)] if query.start or query.end else []
    shared = [*(str(value) for value in given.values()), *span]
    name = _area(city, query.region, "事件", "events", shared)
    return as_file(request, subject.scope, EVENT_COLUMNS, query, rows, *name)


@router.get(
    "/devices.csv", response_class=StreamingResponse, responses={**CSV, **problems.documented(404, 422, 429, 503)}
)
def export_devices(
    subject: Annotated[Subject, needs(Permission.EXPORT_READ)],
    request: Request,
    query: Annotated[DeviceExport, Query()],
) -> Download:
    """Give devices as CSV in order of code, with their liveness now."""
    check_region(request, query.region, subject)
    city: City = request.app.state.city
    names, now, wanted = names_of(city, query.lang), utc_now(), query.filter()

    def rows(connection: Connection) -> Generator[list[Cell]]:
        sources = store.source_names(connection)
        for row in store.devices(connection, wanted, now):
            beside = {
                "name": row["name_zh"],
                "name_en": name_en(row["kind_en"], row["code"]),
                "kind_name": row[f"kind_{query.lang}"],
                "source_name": word(sources, row["source"], query.lang),
                "freshness_name": word(FRESHNESS, row["freshness"], query.lang),
                "warning_name": word(WARNINGS, row["warning"], query.lang),
                "health_name": word(WARNINGS, row["health"], query.lang),
            }
            yield cells(row, beside | _places(row["region_code"], names))

    cells = _in_order(DEVICE_COLUMNS, now)
    given = query.model_dump(exclude={"region", "q", "lang"}, exclude_none=True)
    shared = [str(value) for value in given.values()]
    name = _area(city, query.region, "设备", "devices", shared)
    return as_file(request, subject.scope, DEVICE_COLUMNS, query, rows, *name)


def names_of(city: City, language: Language) -> dict[str, str]:
    """Return what regions are called, by code."""
    return {code: one.name_zh if language == "zh" else one.name_en for code, one in city.regions().items()}


def _places(region: str, names: Mapping[str, str]) -> dict[str, Cell]:
    district = district_of(region)
    return {"region_name": names[region], "district_code": district, "district_name": names[district]}


def _area(city: City, region: str | None, what_zh: str, what: str, shared: list[str]) -> tuple[list[str], list[str]]:
    place = [city.regions()[region].name_zh] if region else []
    return [*place, what_zh, *shared], [what, *([region] if region else []), *shared]


def period_name(start: datetime | None, end: datetime | None) -> str:
    """Return a period as the name of a file has it."""
    return "-".join(
        "" if moment is None else moment.astimezone(CITY_ZONE).strftime("%Y%m%d%H%M") for moment in (start, end)
    )


def _in_order(columns: Iterable[str], now: datetime) -> Callable[[RowMapping, Mapping[str, Cell]], list[Cell]]:
    """Return the function from a row, and what is told beside it, to its cells.

    They are masked whoever asks, since a file goes on to others.
    """
    shared: dict[str, Cell] = {"time_zone": ZONE, "exported_at": now}
    order = [(name, MASKS.get(name)) for name in columns]

    def cells(row: RowMapping, beside: Mapping[str, Cell]) -> list[Cell]:
        known: dict[str, Cell] = {**shared, **row, **beside}
        return [mask(str(known[name])) if mask and known[name] is not None else known[name] for name, mask in order]

    return cells


def as_file(
    request: Request,
    scope: Scope,
    columns: Mapping[str, str],
    query: Exported,
    rows: Callable[[Connection], Generator[list[Cell]]],
    name: Sequence[str],
    plain_name: Sequence[str],
) -> Download:
    """Return rows as a file with its name in Chinese and in ASCII; that it went out is written into the audit."""
    header = list(columns.values() if query.lang == "zh" else columns)
    engine, actor, slots = request.app.state.city.engine, actor_of(request), request.app.state.exports
    wanted = query.model_dump(mode="json", exclude_none=True)

    def pieces() -> Generator[bytes]:
        # The rows are closed before the connection goes back, also when the client stops reading; that they went
        # out is recorded last.
        with (
            slots.slot(request.state.known.id),
            recorded(engine, actor, Action.EXPORT_READ, request.url.path, wanted) as tally,
            reading(engine, scope) as connection,
            closing(rows(connection)) as found,
        ):
            yield from tally.sized(chunks(header, tally.counted(found)))

    return Download(pieces(), "_".join(name), "_".join(["cityops", *plain_name]))
