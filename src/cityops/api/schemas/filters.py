"""Shapes of the API's questions and answers on filters of cases that somebody keeps."""

from typing import Annotated

from pydantic import Field

from cityops.api.schemas.access import Asked
from cityops.api.schemas.shape import NO_NUL, Query, Shape
from cityops.store.events.cases import Todo

FilterName = Annotated[
    str, Field(min_length=1, max_length=24, pattern=r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$")
]
"""A name as it is shown: without control characters, and with no space before or after it."""


class FilterAsked(Asked):
    """A filter to be kept: which list of cases, and what of it."""

    name: FilterName
    todo: Todo
    q: Annotated[str, Field(min_length=1, max_length=64, json_schema_extra=NO_NUL)] | None = None


class FilterNamed(Query):
    """Which of one's own filters."""

    name: FilterName


class SavedFilterOut(Shape):
    """A filter of one's own; `place` stays as long as it is kept, and is its key at the desk."""

    place: int = Field(ge=1, le=9)
    name: str
    todo: Todo
    q: str | None
