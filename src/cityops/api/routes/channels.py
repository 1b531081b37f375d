"""Video channels over HTTP: lists by page, one channel, and counts."""

from collections import Counter, defaultdict
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from cityops.api import problems, schemas
from cityops.api.access.door import check_touches, needs
from cityops.api.connections import Reads
from cityops.api.pages import Keyset, PageQuery
from cityops.api.parameters import PRINTABLE, Code
from cityops.api.room import encoded
from cityops.api.state.regions import region_of
from cityops.domain.access import Permission, Subject
from cityops.domain.channels import ChannelState
from cityops.store import channels as store

router = APIRouter(prefix="/channels", tags=["channels"])
BY_CODE = Keyset(code=str)
_errors = problems.documented(404, 422, 503)

ChannelCode = Annotated[str, Path(pattern=r"^[0-9]{20}$")]


class ChannelQuery(schemas.Query):
    """Filters of channels."""

    region: schemas.RegionAsked | None = None
    source: Code | None = None
    state: ChannelState | None = None
    q: Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)] | None = Field(
        None, description="beginning of code or name"
    )


class ChannelPageQuery(PageQuery, ChannelQuery):
    """Filters of channels, and which page."""


@router.get("", response_model=schemas.ChannelPage, responses=_errors)
def get_channels(
    subject: Annotated[Subject, needs(Permission.CHANNEL_READ)],
    request: Request,
    reads: Reads,
    query: Annotated[ChannelPageQuery, Query()],
) -> Response:
    """Give video channels in order of code, page by page: ask again with `after` set to the last answer's `next`."""
    if query.region is not None:
        check_touches(subject, query.region)
        region_of(request.app.state.city.regions(), query.region)
    wanted = store.ChannelFilter(query.region, query.source, query.state, query.q)
    with reads(subject) as connection:
        rows = store.page(connection, wanted, BY_CODE.after(query) or "", query.limit + 1)
    return encoded(BY_CODE.page(schemas.ChannelPage, rows, query, lambda row: schemas.ChannelOut(**row)))


@router.get("/counts", responses=problems.documented(422, 503))
def get_channel_counts(
    subject: Annotated[Subject, needs(Permission.CHANNEL_READ)],
    reads: Reads,
    _: Annotated[schemas.Query, Query()],
) -> list[schemas.ChannelCount]:
    """Count video channels by district, source system and state."""
    counts: dict[tuple[str, str], Counter[ChannelState]] = defaultdict(Counter)
    with reads(subject) as connection:
        for row in store.counts(connection):
            counts[row["district"], row["source"]][ChannelState(row["state"])] = row["channels"]
    return [
        schemas.ChannelCount(
            region_code=district,
            source=source,
            channels=states.total(),
            online=states[ChannelState.ONLINE],
            offline=states[ChannelState.OFFLINE],
            unknown=states[ChannelState.UNKNOWN],
        )
        for (district, source), states in sorted(counts.items())
    ]


@router.get("/{code}", responses=_errors)
def get_channel(
    subject: Annotated[Subject, needs(Permission.CHANNEL_READ)],
    reads: Reads,
    code: ChannelCode,
    _: Annotated[schemas.Query, Query()],
) -> schemas.ChannelOut:
    """Give one video channel."""
    with reads(subject) as connection:
        row = store.one(connection, code)
    if row is None:
        raise problems.not_found("video channel", code, "The codes stand in /api/v1/channels.")
    return schemas.ChannelOut(**row)
