"""Modes as they are kept: those in force, started, prolonged and ended once, and listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import Connection, RowMapping, Select, and_, case, func, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from cityops.domain.modes.modes import Matter, ModeHeld, ModeInForce, ModeKind, NewMode
from cityops.domain.regions import district_of
from cityops.reference import CITY_CODE
from cityops.store import tables
from cityops.store.engine import WriteConnection

_c = tables.mode.c
_HOLDS = and_(_c.ended_at.is_(None), or_(~_c.drill, _c.until > func.now()))
"""A drill is over by its planned end, also where nobody has written that down yet."""


def in_force(connection: Connection, at: datetime) -> list[ModeInForce]:
    """Return the modes that hold at the moment that is read: at most one of the city and of each district."""
    columns = [_c[name] for name in ModeInForce.__slots__]
    holds = and_(_c.ended_at.is_(None), or_(~_c.drill, _c.until > at))
    rows = connection.execute(select(*columns).where(holds).order_by(_c.region_code))
    return [ModeInForce(**{**row._mapping, "kind": ModeKind(row.kind), "matter": Matter(row.matter)}) for row in rows]


_NAMES = ", ".join(ModeInForce.__slots__)
_OVER = "coalesce(ended_at, CASE WHEN drill THEN until END)"


def in_force_by(cursor: psycopg.Cursor) -> list[ModeInForce]:
    """Return the same, as a job reads it."""
    return [one.mode for one in _held(cursor, "ended_at IS NULL AND (NOT drill OR until > now())", [])]


def held_since(cursor: psycopg.Cursor, since: datetime) -> list[ModeHeld]:
    """Return the modes that hold, or were over only after a time."""
    return _held(cursor, f"{_OVER} IS NULL OR {_OVER} > %s", [since])


def _held(cursor: psycopg.Cursor, where: str, values: Sequence[datetime]) -> list[ModeHeld]:
    rows = cursor.execute(f"SELECT {_OVER}, {_NAMES} FROM mode WHERE {where}", values)  # noqa: S608 - names are those of a class
    told = ((over, dict(zip(ModeInForce.__slots__, row, strict=True))) for over, *row in rows)
    return [
        ModeHeld(ModeInForce(**one | {"kind": ModeKind(one["kind"]), "matter": Matter(one["matter"])}), over)
        for over, one in told
    ]


def is_drilling(connection: Connection, region_code: str) -> bool:
    """Return whether a drill holds in a region: its district's or the city's."""
    where = _c.region_code.in_([CITY_CODE, district_of(region_code)])
    return connection.scalar(select(literal(1)).where(_HOLDS, _c.drill, where).limit(1)) is not None


def end_lapsed(connection: WriteConnection, region_code: str) -> None:
    """Write down of a drill of this region whose planned end has passed that it is over since then."""
    lapsed = (_c.region_code == region_code, _c.ended_at.is_(None), _c.drill, _c.until <= func.now())
    connection.execute(update(tables.mode).where(*lapsed).values(ended_at=_c.until))


def start(connection: WriteConnection, mode: NewMode, by: str) -> int | None:
    """Enter a mode and return its id; None where one of this region is in force."""
    title_zh, title_en = mode.titles
    row: dict[str, Any] = {
        "region_code": mode.region_code,
        "kind": mode.kind.value,
        "matter": mode.matter.value,
        "classes": sorted(mode.matter.classes),
        "grade": mode.grade,
        "title_zh": title_zh,
        "title_en": title_en,
        "reason": mode.reason,
        "approver": mode.approver,
        "drill": mode.drill,
        "started_by": by,
        "until": mode.until,
    }
    statement = insert(tables.mode).values(row).on_conflict_do_nothing().returning(_c.id)
    number: int | None = connection.scalar(statement)
    return number


def one(connection: Connection, number: int) -> RowMapping | None:
    """Return a mode, in force or not."""
    return connection.execute(_listed().where(_c.id == number)).mappings().one_or_none()


def of_region(connection: Connection, region_code: str) -> RowMapping | None:
    """Return the mode of its own that is in force in a region."""
    return connection.execute(_listed().where(_c.region_code == region_code, _HOLDS)).mappings().one_or_none()


def prolong(connection: WriteConnection, number: int, until: datetime | None) -> bool:
    """Give a mode another planned end; False where it is in force no more."""
    statement = update(tables.mode).where(_c.id == number, _HOLDS).values(until=until)
    return connection.scalar(statement.returning(_c.id)) is not None


def end(connection: WriteConnection, number: int, by: str) -> bool:
    """Say that a mode is over; False where it is in force no more."""
    values = {"ended_at": func.now(), "ended_by": by}
    statement = update(tables.mode).where(_c.id == number, _HOLDS).values(values)
    return connection.scalar(statement.returning(_c.id)) is not None


@dataclass(frozen=True, slots=True)
class ModeFilter:
    """Which modes are wanted; None does not filter."""

    region: str | None = None
    open: bool | None = None
    drill: bool | None = None


def page(
    connection: Connection, wanted: ModeFilter, before: tuple[datetime, int] | None, limit: int
) -> Sequence[RowMapping]:
    """Return modes newest first, those that come after (start, id) `before` in that order."""
    conditions = []
    if wanted.region is not None:
        conditions.append(_c.region_code == wanted.region)
    if wanted.open is not None:
        conditions.append(_HOLDS if wanted.open else ~_HOLDS)
    if wanted.drill is not None:
        conditions.append(_c.drill.is_(wanted.drill))
    if before is not None:
        conditions.append(tuple_(_c.since, _c.id) < before)
    statement = _listed().where(*conditions).order_by(_c.since.desc(), _c.id.desc()).limit(limit)
    return connection.execute(statement).mappings().all()


def _listed() -> Select[tuple[Any, ...]]:
    """Return a query of modes, of which a drill that has lapsed was over by its planned end."""
    ended = case((and_(_c.ended_at.is_(None), ~_HOLDS), _c.until), else_=_c.ended_at).label("ended_at")
    return select(*(column for column in _c if column.name not in {"classes", "ended_at"}), ended)
