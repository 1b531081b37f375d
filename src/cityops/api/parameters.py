"""Query parameters that several routes share: moments, periods and pages, with what they refuse."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from cityops.api import problems

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
LONGEST_PAGE = 500


def _plus_restored(value: object) -> object:
    """Take `2026-11-23T08:00:00 08:00` for what it was before a form read its `+` as a space."""
    if not isinstance(value, str):
        return value
    if not re.match(r"\d{4}-\d{2}-\d{2}T", value, re.IGNORECASE):  # pydantic would take a number for seconds
        raise ValueError("give a time in RFC 3339 with its zone, such as 2026-11-23T08:00:00+08:00")
    return re.sub(r"(T[\d:.]+) (\d{2}:?\d{2})$", r"\1+\2", value)


def _within_reach(value: datetime) -> datetime:
    """Take a time before 2000 or after 2100 for that border: nothing is stored beyond, so no answer changes."""
    return min(max(value, EARLIEST), LATEST)


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_plus_restored),
    AfterValidator(_within_reach),
    Field(examples=["2026-11-23T00:00:00+08:00"]),
]
"""An instant with its zone."""

PRINTABLE = r"^[^\x00-\x1f\x7f/]+$"
"""Text without control characters, which PostgreSQL cannot hold (NUL) and nobody means."""

Limit = Annotated[int, Field(ge=1, le=LONGEST_PAGE)]
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
"""Code of a source, kind, class or indicator."""


def period(
    start: datetime | None, end: datetime | None, now: datetime, default: timedelta
) -> tuple[datetime, datetime]:
    """Return the period asked for: `end` is now unless given, `start` lies `default` before it unless given.

    Raises
    ------
    problems.ProblemError
        It ends before it begins.
    """
    last = end or max(now, start or now)
    first = start or last - default
    if first >= last:
        raise problems.ProblemError(
            422,
            f"The period begins at {first.isoformat()} and ends at {last.isoformat()}; give a start before the end.",
        )
    return first, last


def cursor_of(*parts: str) -> str:
    """Return a page's cursor that holds these parts."""
    return urlsafe_b64encode("\n".join(parts).encode()).decode().rstrip("=")


def parts_of(cursor: str, count: int) -> list[str]:
    """Return the parts of a cursor.

    Raises
    ------
    problems.ProblemError
        It is not a cursor that this API has given.
    """
    try:
        parts = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("\n")
    except ValueError:
        parts = []
    if len(parts) != count or "\0" in "".join(parts):
        raise no_page(cursor)
    return parts


def no_page(cursor: str) -> problems.ProblemError:
    """Return the refusal for a cursor that leads nowhere."""
    return problems.not_found(
        "page after", repr(cursor), "Take `next` of the page before, or leave `after` out for the first page."
    )


def is_held(if_none_match: str | None, etag: str) -> bool:
    """Tell whether who asks has this answer already, by what the header `If-None-Match` says."""
    given = [one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")]
    return etag in given or given == ["*"]
