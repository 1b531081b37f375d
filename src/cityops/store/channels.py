"""Reads the registered video channels: by page, one, and counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, func, or_, select

from cityops.domain.channels import ChannelState
from cityops.domain.regions import is_city
from cityops.store import tables

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


def counts(connection: Connection) -> Sequence[RowMapping]:
    """Count the channels by district, source system and state."""
    district = func.left(_channel.region_code, 6).label("district")
    columns = district, _channel.source_system_code.label("source"), _channel.state
    return connection.execute(select(*columns, func.count().label("channels")).group_by(*columns)).mappings().all()
