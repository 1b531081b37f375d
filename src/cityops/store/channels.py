"""Reads the registered video channels: by page, one, counted, around a place, by plan; keeps the plans."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, delete, func, insert, or_, select

from cityops.domain.channels import ChannelState, VideoPlan
from cityops.domain.regions import is_city
from cityops.store import tables
from cityops.store.engine import WriteConnection
from cityops.store.events.cases import KM

_channel = tables.video_channel.c
_SHOWN = (
    _channel.code,
    _channel.name_zh,
    _channel.source_system_code.label("source"),
    _channel.region_code,
    _channel.lon,
    _channel.lat,
    _channel.state,
    _channel.state_since,
)


@dataclass(frozen=True, slots=True)
class ChannelFilter:
    """Which channels are wanted; None does not filter. `region` is a district's or street's code."""

    region: str | None = None
    source: str | None = None
    state: ChannelState | None = None
    text: str | None = None
    """Beginning of code or name."""


def page(connection: Connection, wanted: ChannelFilter, after: str, limit: int) -> Sequence[RowMapping]:
    """Return the channels whose code follows `after`, in order of code."""
    statement = select(*_SHOWN).where(_channel.code > after)
    if wanted.region and not is_city(wanted.region):
        statement = statement.where(_channel.region_code.startswith(wanted.region, autoescape=True))
    if wanted.source:
        statement = statement.where(_channel.source_system_code == wanted.source)
    if wanted.state:
        statement = statement.where(_channel.state == wanted.state.value)
    if wanted.text:
        begins = (column.startswith(wanted.text, autoescape=True) for column in (_channel.code, _channel.name_zh))
        statement = statement.where(or_(*begins))
    return connection.execute(statement.order_by(_channel.code).limit(limit)).mappings().all()


def one(connection: Connection, code: str) -> RowMapping | None:
    """Return one channel, None where the code is not registered."""
    return connection.execute(select(*_SHOWN).where(_channel.code == code)).mappings().one_or_none()


def tallies(connection: Connection) -> Sequence[RowMapping]:
    """Count the channels by district, source system, industry (digits 9 and 10 of the code) and state."""
    district, industry = func.left(_channel.region_code, 6), func.substr(_channel.code, 9, 2)
    columns = (
        district.label("district"),
        _channel.source_system_code.label("source"),
        industry.label("industry"),
        _channel.state,
    )
    grouped = select(*columns, func.count().label("channels")).group_by(*columns)
    return connection.execute(grouped).mappings().all()


def faults(connection: Connection, limit: int) -> Sequence[RowMapping]:
    """Return channels that their source says are off, the longest first."""
    statement = select(*_SHOWN).where(_channel.state == ChannelState.OFFLINE.value)
    return connection.execute(statement.order_by(_channel.state_since, _channel.code).limit(limit)).mappings().all()


def nearby(connection: Connection, lon: float, lat: float, within_m: int, limit: int) -> Sequence[RowMapping]:
    """Return channels around a place, those that are not off first, then the nearest; each with `away_m`."""
    degrees = within_m / 1000 / KM
    shrink = math.cos(math.radians(lat))
    east, north = (_channel.lon - lon) * shrink, _channel.lat - lat
    away = func.sqrt(east * east + north * north) * KM * 1000
    statement = select(*_SHOWN, away.label("away_m")).where(
        _channel.lon.between(lon - degrees / shrink, lon + degrees / shrink),
        _channel.lat.between(lat - degrees, lat + degrees),
        away <= within_m,
    )
    is_off = _channel.state == ChannelState.OFFLINE.value
    return connection.execute(statement.order_by(is_off, away, _channel.code).limit(limit)).mappings().all()


def plans(connection: Connection) -> Sequence[RowMapping]:
    """Return a row for each channel of each plan that may be seen, in order; `code` is null where none may."""
    plan, of = tables.video_plan.c, tables.video_plan_channel.c
    joined = tables.video_plan_channel.join(tables.video_channel, _channel.code == of.channel_code)
    seen = select(of.plan_code, of.place, *_SHOWN).select_from(joined).subquery()
    named = plan.code.label("plan"), plan.name_zh.label("plan_zh"), plan.name_en.label("plan_en")
    statement = select(*named, *(one for one in seen.c if one.name not in {"plan_code", "place"}))
    whole = statement.outerjoin_from(tables.video_plan, seen, seen.c.plan_code == plan.code)
    return connection.execute(whole.order_by(plan.code, seen.c.place)).mappings().all()


def registered(connection: Connection, codes: Iterable[str]) -> frozenset[str]:
    """Return which of these codes are registered."""
    return frozenset(connection.scalars(select(_channel.code).where(_channel.code.in_(list(codes)))))


def replace_plans(connection: WriteConnection, wanted: Sequence[VideoPlan]) -> None:
    """Keep these plans instead of those there are."""
    connection.execute(delete(tables.video_plan_channel))
    connection.execute(delete(tables.video_plan))
    for one in wanted:
        names = {"code": one.code, "name_zh": one.name_zh, "name_en": one.name_en}
        connection.execute(insert(tables.video_plan).values(names))
        rows = [
            {"plan_code": one.code, "place": place, "channel_code": code}
            for place, code in enumerate(one.channels, start=1)
        ]
        connection.execute(insert(tables.video_plan_channel), rows)
