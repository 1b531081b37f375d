"""Reports as they are kept: added with their files, listed, and their files read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, RowMapping, func, insert, select, tuple_
from sqlalchemy.dialects.postgresql import insert as insert_unless

from cityops.store import tables
from cityops.store.engine import WriteConnection

_c, _f = tables.report.c, tables.report_file.c
_LISTED = tuple(column for column in _c if column.name != "numbers")


@dataclass(frozen=True, slots=True)
class ReportKey:
    """Of what a report is, whichever edition."""

    kind: str
    region_code: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports are wanted; None does not filter."""

    kind: str | None = None
    region: str | None = None


def newest(connection: Connection, key: ReportKey) -> RowMapping | None:
    """Return the newest edition of a report with its numbers; None where there is none."""
    same = tuple_(_c.kind, _c.region_code, _c.period_start, _c.period_end)
    wanted = (key.kind, key.region_code, key.start, key.end)
    statement = select(tables.report).where(same == wanted).order_by(_c.edition.desc()).limit(1)
    return connection.execute(statement).mappings().one_or_none()


def add(
    connection: WriteConnection,
    key: ReportKey,
    titles: tuple[str, str],
    numbers: str,
    edition: int,
    made_at: datetime,
    by: str,
    files: Mapping[tuple[str, str], bytes],
) -> int | None:
    """Keep an edition with its files, by language and format; None where that edition is kept already."""
    row = {
        "kind": key.kind,
        "region_code": key.region_code,
        "period_start": key.start,
        "period_end": key.end,
        "edition": edition,
        "title_zh": titles[0],
        "title_en": titles[1],
        "numbers": numbers,
        "made_at": made_at,
        "made_by": by,
    }
    statement = insert_unless(tables.report).values(row).on_conflict_do_nothing().returning(_c.id)
    number: int | None = connection.scalar(statement)
    if number is not None:
        rows = [
            {
                "report_id": number,
                "lang": lang,
                "format": form,
                "sha256": sha256(content).hexdigest(),
                "content": content,
            }
            for (lang, form), content in files.items()
        ]
        connection.execute(insert(tables.report_file), rows)
    return number


def page(
    connection: Connection, wanted: ReportFilter, before: tuple[datetime, int] | None, limit: int
) -> Sequence[RowMapping]:
    """Return reports, newest period first, those that come after (start, id) `before` in that order."""
    conditions = []
    if wanted.kind is not None:
        conditions.append(_c.kind == wanted.kind)
    if wanted.region is not None:
        conditions.append(_c.region_code == wanted.region)
    if before is not None:
        conditions.append(tuple_(_c.period_start, _c.id) < before)
    statement = select(*_LISTED).where(*conditions).order_by(_c.period_start.desc(), _c.id.desc()).limit(limit)
    return connection.execute(statement).mappings().all()


def one(connection: Connection, number: int) -> RowMapping | None:
    """Return a report with its numbers."""
    return connection.execute(select(tables.report).where(_c.id == number)).mappings().one_or_none()


def file(connection: Connection, number: int, lang: str, form: str) -> RowMapping | None:
    """Return a file of a report with its digest."""
    same = (_f.report_id == number, _f.lang == lang, _f.format == form)
    return connection.execute(select(tables.report_file).where(*same)).mappings().one_or_none()


def digests(connection: Connection, number: int) -> Mapping[tuple[str, str], str]:
    """Return the SHA-256 of each file of a report, by language and format."""
    rows = connection.execute(select(_f.lang, _f.format, _f.sha256).where(_f.report_id == number))
    return {(row.lang, row.format): row.sha256 for row in rows}


def last_starts(connection: Connection, kind: str) -> dict[str, datetime]:
    """Return the beginning of the newest period that a report of a kind is kept of, by region."""
    statement = select(_c.region_code, func.max(_c.period_start)).where(_c.kind == kind).group_by(_c.region_code)
    return {row[0]: row[1] for row in connection.execute(statement)}
