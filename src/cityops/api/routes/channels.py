"""Video channels over HTTP: lists by page, one channel, counts, plans, what is near a place, and opening one."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field
from sqlalchemy import RowMapping

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import check_touches, needs
from cityops.api.connections import Reads, ReadTransactions, Writes
from cityops.api.pages import Keyset, PageQuery
from cityops.api.parameters import PRINTABLE, Code
from cityops.api.room import encoded
from cityops.api.state.city import City
from cityops.api.state.regions import region_of
from cityops.domain.access import Permission, ScopeKind, Subject
from cityops.domain.channels import INDUSTRIES, ChannelState
from cityops.services import channels as acts
from cityops.store import channels as store

router = APIRouter(prefix="/channels", tags=["channels"])
BY_CODE = Keyset(code=str)
FAULTS = 50
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
    request: Request,
    reads: Reads,
    _: Annotated[schemas.Query, Query()],
) -> list[schemas.ChannelCount]:
    """Count video channels by district, source system and state; of the city or districts at most 30 s ago."""
    counts: dict[tuple[str, str], Counter[ChannelState]] = defaultdict(Counter)
    for row in _tallies(subject, request.app.state.city, reads):
        counts[row["district"], row["source"]][ChannelState(row["state"])] += row["channels"]
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


@router.get("/rates", responses=problems.documented(422, 503))
def get_channel_rates(
    subject: Annotated[Subject, needs(Permission.CHANNEL_READ)],
    request: Request,
    reads: Reads,
    _: Annotated[schemas.Query, Query()],
) -> schemas.ChannelRates:
    """Count video channels by district, industry and state, as above, and name those that are off for the longest."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in _tallies(subject, request.app.state.city, reads):
        counts[row["district"], row["industry"]][row["state"]] += row["channels"]
    with reads(subject) as connection:
        faults = [schemas.ChannelOut(**row) for row in store.faults(connection, FAULTS)]
    items = [_rate(*key, states) for key, states in sorted(counts.items())]
    return schemas.ChannelRates(items=items, faults=faults, plays=request.app.state.gateway is not None)


def _tallies(subject: Subject, city: City, reads: ReadTransactions) -> Sequence[RowMapping]:
    """Return the counts that are kept, of the own districts; of another scope what it sees, counted now."""
    scope = subject.scope
    if scope.kind is ScopeKind.CITY:
        return city.channel_counts()
    if scope.kind is ScopeKind.DISTRICTS:
        return [row for row in city.channel_counts() if row["district"] in scope.codes]
    with reads(subject) as connection:
        return store.tallies(connection)


def _rate(district: str, industry: str, states: Counter[str]) -> schemas.ChannelRate:
    name_zh, name_en = INDUSTRIES.get(industry, (f"预留 {industry}", f"reserved {industry}"))
    return schemas.ChannelRate(
        region_code=district,
        industry=industry,
        name_zh=name_zh,
        name_en=name_en,
        channels=states.total(),
        **{state.value: states[state.value] for state in ChannelState},
    )


@router.get("/plans", responses=problems.documented(422, 503))
def get_channel_plans(
    subject: Annotated[Subject, needs(Permission.CHANNEL_READ)],
    reads: Reads,
    _: Annotated[schemas.Query, Query()],
) -> list[schemas.VideoPlanOut]:
    """Give the plans of video with their channels in order, those inside the area."""
    names: dict[str, tuple[str, str]] = {}
    channels: dict[str, list[schemas.ChannelOut]] = defaultdict(list)
    with reads(subject) as connection:
        for row in store.plans(connection):
            names[row["plan"]] = row["plan_zh"], row["plan_en"]
            if row["code"] is not None:
                shown = {name: row[name] for name in schemas.ChannelOut.model_fields}
                channels[row["plan"]].append(schemas.ChannelOut(**shown))
    return [
        schemas.VideoPlanOut(code=code, name_zh=zh, name_en=en, channels=channels[code])
        for code, (zh, en) in names.items()
    ]


class NearbyQuery(schemas.Query):
    """Around which place, how far, and how many channels."""

    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-85, le=85)]
    within_m: Annotated[int, Field(ge=50, le=5_000)] = 1_000
    limit: Annotated[int, Field(ge=1, le=20)] = 8


@router.get("/nearby", responses=problems.documented(422, 503))
def get_channels_nearby(
    subject: Annotated[Subject, needs(Permission.CHANNEL_READ)],
    reads: Reads,
    query: Annotated[NearbyQuery, Query()],
) -> list[schemas.ChannelNear]:
    """Give video channels around a place, the nearest first; those that are off come last."""
    with reads(subject) as connection:
        rows = store.nearby(connection, query.lon, query.lat, query.within_m, query.limit)
    return [schemas.ChannelNear(**row) for row in rows]


@router.post("/{code}/openings", responses=problems.documented(400, 404, 409, 422, 503))
def open_channel(
    subject: Annotated[Subject, needs(Permission.CHANNEL_OPEN)],
    request: Request,
    writes: Writes,
    code: ChannelCode,
    asked: schemas.OpeningAsked,
) -> schemas.ChannelOpening:
    """Give the address at which a channel plays; who opens it, and why, is written down first."""
    gateway = request.app.state.gateway
    if gateway is None:
        raise problems.ProblemError(409, "No video gateway is configured: set CITYOPS_VIDEO_GATEWAY.")
    with writes(subject) as connection:
        row = acts.open_(connection, actor_of(request), code, asked.reason, asked.about)
    return schemas.ChannelOpening(code=code, name_zh=row["name_zh"], address=gateway.address(code))


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
