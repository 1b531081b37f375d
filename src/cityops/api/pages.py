"""Pages of lists, for all routes that list: which page is asked for, and by which fields the next one is found."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import Field
from sqlalchemy import RowMapping

from cityops.api import schemas
from cityops.api.parameters import Limit, cursor_of, no_page, parts_of
from cityops.api.schemas import NO_NUL

LARGEST_ID = 2**63 - 1

Item = TypeVar("Item", bound=schemas.Shape)
Listed = TypeVar("Listed", bound=schemas.Page[Any])


class PageQuery(schemas.Query):
    """Which page of a list."""

    after: Annotated[str, Field(max_length=512, json_schema_extra=NO_NUL)] | None = None
    limit: Limit = 100


class Keyset:
    """The order of a list: the fields by which it is sorted, so that a cursor says exactly where a page has ended."""

    def __init__(self, **fields: Callable[[str], Any]) -> None:
        """Take the fields of an item in order of their weight, each with what reads it from text."""
        self.fields: Mapping[str, Callable[[str], Any]] = fields

    def after(self, query: PageQuery) -> Any:
        """Return after what the page begins: a tuple of the fields, or the one field; None for the first page.

        Raises
        ------
        problems.ProblemError
            The cursor is none that this list has given.
        """
        if query.after is None:
            return None
        parts = parts_of(query.after, len(self.fields))
        try:
            values = tuple(read(part) for read, part in zip(self.fields.values(), parts, strict=True))
        except ValueError:
            raise no_page(query.after) from None
        return values if len(values) > 1 else values[0]

    def page(
        self,
        shape: type[Listed],
        rows: Sequence[RowMapping],
        query: PageQuery,
        item: Callable[[RowMapping], schemas.Shape],
        **more: Any,
    ) -> Listed:
        """Make a page of rows, of which one more than `query.limit` was asked for to know whether another follows."""
        items = [item(row) for row in rows[: query.limit]]
        following = self._cursor(items[-1]) if len(rows) > query.limit else None
        return shape(items=items, next=following, **more)

    def _cursor(self, last: schemas.Shape) -> str:
        values = (getattr(last, name) for name in self.fields)
        return cursor_of(*(one.isoformat() if isinstance(one, datetime) else str(one) for one in values))


def instant(text: str) -> datetime:
    """Read a time with its zone.

    Raises
    ------
    ValueError
        It is none, or has no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def instant_or_none(text: str) -> datetime | None:
    """Read a time with its zone, or what a cursor has where there is none.

    Raises
    ------
    ValueError
        It is neither.
    """
    return None if text == str(None) else instant(text)


def serial(text: str) -> int:
    """Read a row's number.

    Raises
    ------
    ValueError
        It is none that the database gives.
    """
    number = int(text)
    if not 0 <= number <= LARGEST_ID:
        raise ValueError("no number of a row")
    return number
