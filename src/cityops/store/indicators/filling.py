"""Sheets that are filled in, as they are kept: begun, moved by acts, their cells, and what is known beforehand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import Connection, RowMapping, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from cityops.domain.filling.blanks import FieldAnswer
from cityops.domain.filling.forms import Blank, CellPart
from cityops.domain.filling.review import SheetAct, SheetState
from cityops.domain.indicators.revisions import IndicatorReport
from cityops.store import tables
from cityops.store.engine import WriteConnection
from cityops.store.indicators import recorded

SOURCE = "filling"
"""The source system of values that were filled in."""

_s, _a, _c = tables.filling_sheet.c, tables.filling_act.c, tables.filling_cell.c
_d, _v = tables.device.c, tables.indicator_value.c


@dataclass(frozen=True, slots=True)
class SheetKey:
    """What names a sheet."""

    form: str
    region: str
    start: datetime


@dataclass(frozen=True, slots=True)
class SetCell:
    """A cell as it is set: its value, why, where that comes from, and which figure stood there already."""

    blank: Blank
    value: float | None
    reason: str
    origin: str
    offered: float | None


@dataclass(frozen=True, slots=True)
class KeptSheet:
    """A sheet as it is kept."""

    id: int
    key: SheetKey
    department: str
    end: datetime
    state: SheetState
    version: int


def begin(connection: WriteConnection, key: SheetKey, department: str, end: datetime) -> None:
    """Have a sheet there is to be one; one that stands already stays as it is. Where it cannot be, none is."""
    row = {
        "form_code": key.form,
        "region_code": key.region,
        "department_code": department,
        "period_start": key.start,
        "period_end": end,
        "state": SheetState.DRAFT.value,
        "version": 0,
    }
    connection.execute(upsert(tables.filling_sheet).values(row).on_conflict_do_nothing())


def one(connection: Connection, key: SheetKey, *, lock: bool = False) -> KeptSheet | None:
    """Return a sheet in the scope; `lock` keeps others from moving it until the transaction ends."""
    statement = select(tables.filling_sheet).where(
        _s.form_code == key.form, _s.region_code == key.region, _s.period_start == key.start
    )
    row = connection.execute(statement.with_for_update() if lock else statement).mappings().one_or_none()
    return None if row is None else _kept(row)


def sheets(connection: Connection, forms: Iterable[str], since: datetime) -> dict[SheetKey, KeptSheet]:
    """Return the sheets in the scope of periods that begin at a time or later, by what names them."""
    statement = select(tables.filling_sheet).where(_s.form_code.in_([*forms]), _s.period_start >= since)
    found = (_kept(row) for row in connection.execute(statement).mappings())
    return {one.key: one for one in found}


def _kept(row: RowMapping) -> KeptSheet:
    key = SheetKey(row["form_code"], row["region_code"], row["period_start"])
    state = SheetState(row["state"]) if row["version"] else SheetState.OPEN
    return KeptSheet(row["id"], key, row["department_code"], row["period_end"], state, row["version"])


def move(
    connection: WriteConnection,
    sheet: KeptSheet,
    state: SheetState,
    act: SheetAct,
    by: str,
    reason: str | None = None,
    cells: Sequence[SetCell] = (),
) -> int:
    """Write down an act with the cells that it sets, and what the sheet is from now on; return its new version."""
    version = sheet.version + 1
    row = {"sheet_id": sheet.id, "version": version}
    statement = update(tables.filling_sheet).where(_s.id == sheet.id)
    connection.execute(statement.values(state=state.value, version=version))
    connection.execute(insert(tables.filling_act).values(row | {"act": act.value, "by": by, "reason": reason}))
    if cells:
        connection.execute(insert(tables.filling_cell), [row | _row(one) for one in cells])
    return version


def _row(cell: SetCell) -> dict[str, Any]:
    told = {"value": cell.value, "reason": cell.reason, "origin": cell.origin, "offered": cell.offered}
    return {"indicator_code": cell.blank.indicator, "part": cell.blank.part.value} | told


def cells(
    connection: Connection, sheet_ids: Sequence[int], before: int | None = None
) -> dict[int, dict[Blank, SetCell]]:
    """Return the newest of each cell by sheet; `before` leaves out those set by that version or later."""
    statement = (
        select(tables.filling_cell)
        .ext(distinct_on(_c.sheet_id, _c.indicator_code, _c.part))
        .where(_c.sheet_id.in_(sheet_ids))
        .order_by(_c.sheet_id, _c.indicator_code, _c.part, _c.version.desc())
    )
    if before is not None:
        statement = statement.where(_c.version < before)
    found: dict[int, dict[Blank, SetCell]] = {}
    for row in connection.execute(statement):
        blank = Blank(row.indicator_code, CellPart(row.part))
        cell = SetCell(blank, row.value, row.reason, row.origin, row.offered)
        found.setdefault(row.sheet_id, {})[blank] = cell
    return found


def acts(connection: Connection, sheet_id: int) -> Sequence[RowMapping]:
    """Return what was done with a sheet, the newest first."""
    statement = select(_a.version, _a.act, _a.by, _a.at, _a.reason).where(_a.sheet_id == sheet_id)
    return connection.execute(statement.order_by(_a.version.desc())).mappings().all()


def answers(found: Mapping[Blank, SetCell]) -> dict[str, FieldAnswer]:
    """Return what cells come to, field by field."""
    parts: dict[str, dict[CellPart, float | None]] = {}
    reasons: dict[str, str] = {}
    for blank, cell in found.items():
        parts.setdefault(blank.indicator, {})[blank.part] = cell.value
        reasons[blank.indicator] = cell.reason or reasons.get(blank.indicator, "")
    return {code: FieldAnswer(told, reasons[code]) for code, told in parts.items()}


def registered(connection: Connection, kind: str, regions: Sequence[str]) -> dict[str, int]:
    """Return how many devices of a kind are registered in each of these regions, all of one level."""
    length = len(regions[0]) if regions else 0
    place = func.left(_d.region_code, length)
    statement = select(place, func.count()).where(_d.kind == kind, place.in_(regions)).group_by(place)
    return {row[0]: row[1] for row in connection.execute(statement)}


def revisions(connection: Connection, key: SheetKey, end: datetime) -> dict[str, int]:
    """Return the newest revision of what was approved for a period of a region, by indicator."""
    statement = select(_v.indicator_code, func.max(_v.revision)).where(
        _v.region_code == key.region,
        _v.period_start == key.start,
        _v.period_end == end,
        _v.source_system_code == SOURCE,
    )
    return {row[0]: row[1] for row in connection.execute(statement.group_by(_v.indicator_code))}


def put_in_force(connection: WriteConnection, reports: Sequence[IndicatorReport]) -> None:
    """Add approved values as revisions of their indicators."""
    driver: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    with driver.cursor() as cursor:
        recorded.record(cursor, reports)


def measured(connection: Connection, since: datetime) -> Sequence[RowMapping]:
    """Return by form what was approved of periods since a time: sheets, cells, those prefilled, those taken so."""
    newest = (
        select(_c.sheet_id, _c.indicator_code, _c.part, _c.offered, _c.origin)
        .ext(distinct_on(_c.sheet_id, _c.indicator_code, _c.part))
        .order_by(_c.sheet_id, _c.indicator_code, _c.part, _c.version.desc())
        .subquery()
    )
    taken = func.count().filter(newest.c.origin.in_(["last_period", "indicator", "registry"]))
    told = (
        func.count(_s.id.distinct()).label("sheets"),
        func.count().label("cells"),
        func.count(newest.c.offered).label("prefilled"),
        taken.label("taken"),
    )
    statement = select(_s.form_code.label("form"), *told).join(newest, newest.c.sheet_id == _s.id)
    wanted = statement.where(_s.state == SheetState.APPROVED.value, _s.period_start >= since)
    return connection.execute(wanted.group_by(_s.form_code).order_by(_s.form_code)).mappings().all()
