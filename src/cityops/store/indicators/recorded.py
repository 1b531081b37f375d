"""Writes values of indicators that come from outside, and reads those in force: of each the newest revision."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from cityops.domain.indicators.revisions import IndicatorReport, KeptValue


class RecordedValue(NamedTuple):
    """What became of a revision: whether it was new, or else in which fields it differs from the one that is kept."""

    is_new: bool
    differs_in: tuple[str, ...] = ()


_COLUMNS = [one.name for one in fields(IndicatorReport)]
_KEY = (
    "indicator_code",
    "region_code",
    "period_start",
    "period_end",
    "source_system_code",
    "revision",
)
_SAID = [name for name in _COLUMNS if name not in _KEY and name != "received_at"]
_TYPES = {
    **dict.fromkeys(("value", "numerator", "denominator", "coverage"), "float8"),
    **dict.fromkeys(("revision", "quality", "definition_version"), "int"),
    **dict.fromkeys(("period_start", "period_end", "received_at"), "timestamptz"),
}
_REPORTED = f"""
    jsonb_to_recordset(%s) AS said ({", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in _COLUMNS)})
"""
_INSERT = f"""
    INSERT INTO indicator_value ({", ".join(_COLUMNS)}) SELECT {", ".join(_COLUMNS)} FROM {_REPORTED}
    ON CONFLICT DO NOTHING RETURNING {", ".join(_KEY)}
"""  # noqa: S608 - put in are names of columns alone
_KEPT = f"""
    SELECT {", ".join(f"kept.{name}" for name in (*_KEY, *_SAID))}
    FROM {_REPORTED} JOIN indicator_value AS kept USING ({", ".join(_KEY)})
"""  # noqa: S608 - as above


def record(cursor: psycopg.Cursor, reports: Sequence[IndicatorReport]) -> list[RecordedValue]:
    """Add revisions, in any order; return what became of each: of equal keys the first one stays."""
    first = {report.key: report for report in reversed(reports)}
    ordered = [first[key] for key in sorted(first)]  # the same lock order in every worker
    cursor.execute(_INSERT, [Jsonb([_row(one) for one in ordered])])
    new = {tuple(row) for row in cursor}
    kept = {key: _said(one) for key, one in first.items() if key in new}
    left = [one for one in ordered if one.key not in new]
    if left:
        rows = cursor.execute(_KEPT, [Jsonb([_row(one) for one in left])]).fetchall()
        kept |= {tuple(row[: len(_KEY)]): tuple(row[len(_KEY) :]) for row in rows}
    found = []
    for report in reports:
        is_new = report.key in new
        new.discard(report.key)  # the first of its key may be new; those after it are held against it
        told = zip(_SAID, _said(report), kept[report.key], strict=True)
        found.append(RecordedValue(is_new, tuple(name for name, said, was in told if said != was)))
    return found


def _said(report: IndicatorReport) -> tuple[Any, ...]:
    return tuple(getattr(report, name) for name in _SAID)


def _row(report: IndicatorReport) -> dict[str, Any]:
    told = asdict(report).items()
    return {name: one.isoformat() if isinstance(one, datetime) else one for name, one in told}


def values(
    connection: Connection, code: str, regions: Sequence[str], start: datetime, end: datetime
) -> Sequence[KeptValue]:
    """Return what the sources say: the newest revision of each value in [start, end), by region, time and source.

    A value that was withdrawn stands there without one. What is shown is `corrected` of it.
    """
    rows = connection.execute(
        text(
            """
            SELECT DISTINCT ON (region_code, period_start, source_system_code)
                   region_code, period_start, period_end, source_system_code, value, numerator, denominator, quality,
                   coverage, definition_version, revision, received_at
            FROM indicator_value
            WHERE indicator_code = :code AND region_code = ANY(:regions)
                AND period_start >= :start AND period_start < :end AND period_end <= :end
            ORDER BY region_code, period_start, source_system_code, revision DESC
            """
        ),
        {"code": code, "regions": list(regions), "start": start, "end": end},
    )
    return [KeptValue(*row) for row in rows]


def newest_starts(connection: psycopg.Connection) -> dict[str, datetime]:
    """Return by indicator the newest beginning of a period of which a value is kept."""
    rows = connection.execute("SELECT indicator_code, max(period_start) FROM indicator_value GROUP BY indicator_code")
    return dict(rows.fetchall())


def values_since(
    connection: Connection, since: Mapping[str, datetime], regions: Sequence[str], until: datetime
) -> dict[str, list[KeptValue]]:
    """Return what `values` does of many indicators at once, by code, each from a moment of its own."""
    rows = connection.execute(
        text(
            """
            SELECT wanted.code, kept.*
            FROM unnest(CAST(:codes AS text[]), CAST(:since AS timestamptz[])) AS wanted (code, since),
                LATERAL (
                    SELECT DISTINCT ON (region_code, period_start, source_system_code)
                           region_code, period_start, period_end, source_system_code, value, numerator, denominator,
                           quality, coverage, definition_version, revision, received_at
                    FROM indicator_value
                    WHERE indicator_code = wanted.code AND region_code = ANY(:regions)
                        AND period_start >= wanted.since AND period_start < :until AND period_end <= :until
                    ORDER BY region_code, period_start, source_system_code, revision DESC
                ) AS kept
            """
        ),
        {"codes": list(since), "since": list(since.values()), "regions": list(regions), "until": until},
    )
    found: dict[str, list[KeptValue]] = {code: [] for code in since}
    for code, *told in rows:
        found[code].append(KeptValue(*told))
    return found
