"""Which formats a file can be had in, how one is chosen, and what each is called on the wire."""

from enum import StrEnum
from importlib.util import find_spec
from typing import Annotated, Any

from fastapi import Request
from pydantic import Field

from cityops.api import problems, schemas
from cityops.api.parameters import PRINTABLE
from cityops.domain.exports.sheet import Language


class FileFormat(StrEnum):
    """A format; its name is the value of the parameter `format`."""

    media_type: str
    extension: str
    is_columnar: bool

    def __new__(cls, value: str, media_type: str, extension: str, is_columnar: bool = False) -> "FileFormat":
        """Make a member whose value is the name; what it is on the wire rides along."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.media_type, member.extension, member.is_columnar = media_type, extension, is_columnar
        return member

    CSV = "csv", "text/csv; charset=utf-8", "csv"
    XLSX = "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"
    PARQUET = "parquet", "application/vnd.apache.parquet", "parquet", True
    ARROW = "arrow", "application/vnd.apache.arrow.stream", "arrows", True
    ZIP = "zip", "application/zip", "zip"

    @property
    def media(self) -> str:
        """The media type without its parameters."""
        return self.media_type.partition(";")[0]


class FileQuery(schemas.Query):
    """In which form a file is wanted."""

    lang: Language = "zh"
    format: FileFormat | None = Field(None, description="unless given, what `Accept` names, else csv")
    purpose: Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE)] | None = Field(
        None, description="what it is for; needed where a dataset's transfer across the border is restricted"
    )
    describe: bool = Field(False, description="the file's datapackage.json instead of the file")


_BODY = {"schema": {"type": "string", "format": "binary"}}
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A file; with `describe` its Data Package descriptor",
        "content": {
            FileFormat.CSV.media: {"schema": {"type": "string"}},
            **{one.media: _BODY for one in FileFormat if one is not FileFormat.CSV},
            "application/json": {"schema": {"type": "object"}},
        },
    },
    **problems.documented(404, 422, 429, 501, 503),
}
"""What a route of files answers."""


def chosen(request: Request, query: FileQuery) -> FileFormat:
    """Return the format that is asked for by parameter or, without one, by `Accept`.

    Raises
    ------
    problems.ProblemError
        This installation cannot make it.
    """
    accepted = [one.partition(";")[0].strip().lower() for one in request.headers.get("accept", "").split(",")]
    by_header = (one for media in accepted for one in FileFormat if one.media == media)
    found = query.format or next(by_header, FileFormat.CSV)
    if found.is_columnar and find_spec("pyarrow") is None:
        raise problems.ProblemError(
            501,
            f"format={found}: this installation has no pyarrow, which makes Parquet and Arrow. Install the extra: "
            "pip install 'cityops[parquet]'; or ask for format=csv, xlsx or zip.",
        )
    return found
