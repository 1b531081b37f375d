"""Reads the source systems with their accounts, and the platform's totals, from ledger and registry."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import BigInteger, Connection, RowMapping, cast, func, or_, select, text

from cityops.store import tables


def sources(connection: Connection, regions: Sequence[str] | None = None) -> Sequence[RowMapping]:
    """Return each source system with its department, its accounts since the first start and its devices.

    Only devices in `regions` (street codes; None: all) are counted; the accounts are always the whole source's.
    """
    ledger, device, source = tables.ingest_ledger.c, tables.device.c, tables.source_system.c
    accounts = (
        select(
            ledger.source_system_code.label("code"),
            *(func.sum(ledger[name]).label(name) for name in ("received", "stored", "duplicate", "rejected")),
            func.max(ledger.last_received_at).label("last_received_at"),
        )
        .group_by(ledger.source_system_code)
        .subquery()
    )
    counted = select(device.source_system_code.label("code"), func.count().label("devices"))
    if regions is not None:
        counted = counted.where(device.region_code.in_(regions))
    devices = counted.group_by(device.source_system_code).subquery()
    amounts = ("received", "stored", "duplicate", "rejected")
    statement = (
        select(
            source.code,
            source.name_zh,
            source.name_en,
            tables.department.c.name_zh.label("department_zh"),
            tables.department.c.name_en.label("department_en"),
            tables.department.c.data_officer,
            source.carries,
            source.expected_interval_s,
            accounts.c.last_received_at,
            func.coalesce(devices.c.devices, 0).label("devices"),
            *(func.coalesce(accounts.c[name], 0).label(name) for name in amounts),
        )
        .join_from(tables.source_system, tables.department)
        .outerjoin(accounts, accounts.c.code == source.code)
        .outerjoin(devices, devices.c.code == source.code)
        # Video and cases send nothing here, and would be silent for ever; each indicator is late by its own cadence.
        .where(source.carries.not_in(["video", "cases", "indicators", "forms"]))
        .order_by(source.code)
    )
    return connection.execute(statement).mappings().all()


def answering(connection: Connection) -> Sequence[RowMapping]:
    """Return each source system with who answers for its data."""
    source, department = tables.source_system.c, tables.department.c
    names = (department.name_zh.label("department_zh"), department.name_en.label("department_en"))
    columns = (source.code, source.name_zh, source.name_en, *names, department.data_officer, source.carries)
    statement = select(*columns).join_from(tables.source_system, tables.department).order_by(source.code)
    return connection.execute(statement).mappings().all()


def departments(connection: Connection) -> Sequence[RowMapping]:
    """Return the departments with their names, in order of code."""
    code = tables.department.c
    return connection.execute(select(code.code, code.name_zh, code.name_en).order_by(code.code)).mappings().all()


def carried(connection: Connection, codes: Iterable[str]) -> dict[str, str]:
    """Return what these source systems carry: readings, events or video; our own desk makes cases."""
    source = tables.source_system.c
    rows = connection.execute(select(source.code, source.carries).where(source.code.in_(list(codes))))
    return {row.code: row.carries for row in rows}


def totals(connection: Connection) -> RowMapping:
    """Return the ledger's sums over all sources and kinds, and how many readings of them were stored."""
    return (
        connection.execute(
            text(
                """
                SELECT coalesce(sum(received), 0)::bigint AS received, coalesce(sum(stored), 0)::bigint AS stored,
                       coalesce(sum(duplicate), 0)::bigint AS duplicate,
                       coalesce(sum(rejected), 0)::bigint AS rejected,
                       coalesce(sum(stored) FILTER (WHERE kind = 'readings'), 0)::bigint AS readings_kept,
                       max(last_received_at) AS as_of
                FROM ingest_ledger
                """
            )
        )
        .mappings()
        .one()
    )


def accounts_at(connection: Connection) -> datetime | None:
    """Return of when the accounts of a past moment are, through `engine.as_of`; None where none were kept then."""
    at: datetime | None = connection.scalar(text("SELECT past.accounts_at()"))
    return at


def ledger(connection: Connection) -> Sequence[RowMapping]:
    """Return the accounts by source and kind, all workers together."""
    account = tables.ingest_ledger.c
    return (
        connection.execute(
            select(
                account.source_system_code.label("source"),
                account.kind,
                *(func.sum(account[name]).label(name) for name in ("stored", "duplicate", "rejected")),
            ).group_by(account.source_system_code, account.kind)
        )
        .mappings()
        .all()
    )


def connected(connection: Connection) -> Sequence[RowMapping]:
    """Return every source system with its department, and whether anything of it has come here.

    A department without any stands in a row of its own, in which `code` is null. One that carries video is connected
    by its channels; our own desk and forms always are.
    """
    source = tables.source_system.c
    ledger, channel = tables.ingest_ledger.c, tables.video_channel.c
    spoke = select(ledger.worker).where(ledger.source_system_code == source.code).exists()
    has_channels = select(channel.code).where(channel.source_system_code == source.code).exists()
    is_connected = or_(source.carries.in_(["cases", "forms"]), spoke, has_channels)
    columns = source.code, tables.department.c.code.label("department"), is_connected.label("is_connected")
    statement = select(*columns).outerjoin_from(tables.department, tables.source_system)
    return connection.execute(statement).mappings().all()


def days(connection: Connection, since: date) -> Sequence[RowMapping]:
    """Return what came of each source by day of the city on which it was received, from `since` on."""
    account = tables.ingest_ledger_day.c
    names = "received", "stored", "duplicate", "rejected"
    amounts = (cast(func.sum(account[name]), BigInteger).label(name) for name in names)
    statement = select(account.day, account.source_system_code.label("source"), *amounts)
    grouped = statement.where(account.day >= since).group_by(account.day, account.source_system_code)
    return connection.execute(grouped).mappings().all()
