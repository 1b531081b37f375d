"""Instants as analysts have them (dates, datetimes, pandas and numpy times, text), as the API takes them."""

from datetime import date, datetime

import numpy as np
import pandas as pd

from cityops.domain.intervals import CITY_ZONE

When = date | datetime | np.datetime64 | str
"""An instant: what names no zone is the city's time, a date its midnight there. A pandas Timestamp is a datetime."""

EXAMPLES = "2026-11-20, 2026-11-20T08:00 or 2026-11-20T08:00:00+08:00"


def moment(name: str, when: object) -> str:
    """Return an instant in RFC 3339 with its zone; `name` is the parameter's, for the error.

    Text is ISO 8601 and nothing else: 1/2/2026 is one day in one country and another in the next.

    Raises
    ------
    ValueError
        It is no instant: a number, another form of text, NaT.
    """
    found = _parsed(when)
    if found is None or pd.isna(found):
        raise ValueError(f"{name}: {when!r} is not an instant; give a date, a datetime or text such as {EXAMPLES}")
    return (found if found.tzinfo else found.replace(tzinfo=CITY_ZONE)).isoformat()


def _parsed(when: object) -> datetime | None:
    if isinstance(when, np.datetime64):
        return None if np.isnat(when) else pd.Timestamp(when).to_pydatetime(warn=False)
    if isinstance(when, pd.Timestamp):
        return when.to_pydatetime(warn=False)
    if isinstance(when, datetime):
        return when
    if isinstance(when, date):
        return datetime(when.year, when.month, when.day)  # noqa: DTZ001 - the caller gives it the city's zone
    try:
        return datetime.fromisoformat(when.strip()) if isinstance(when, str) else None
    except ValueError:
        return None
