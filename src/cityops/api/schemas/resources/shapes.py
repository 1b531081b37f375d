"""Shapes of the API's answers on data resources; filled by the routes of resources."""

from datetime import date, datetime

from cityops.api.schemas.shape import FreeText, Page, Shape
from cityops.domain.resources.datasets import Cadence, CrossBorder, DatasetPrivacy, Sharing
from cityops.domain.resources.officers import OfficerLevel


class DatasetOut(Shape):
    """A dataset as registered; `overdue` where its last exchange lies further back than its cadence allows."""

    code: str
    name_zh: str
    name_en: str
    provider_code: str
    provider_zh: str
    provider_en: str
    theme: str
    sharing: Sharing
    licence: str
    terms: str
    cadence: Cadence
    last_exchange: datetime | None
    row_count: int | None
    cross_border: CrossBorder
    privacy: DatasetPrivacy
    source_system_code: str | None
    indicators: list[str]
    contact: FreeText
    overdue: bool


class DatasetPage(Page[DatasetOut]):
    """One page of datasets; `total` is how many pass the filters, `next` the cursor of the following page."""

    total: int


class NamedCount(Shape):
    """How many datasets a theme or a unit has."""

    code: str
    name_zh: str
    name_en: str
    datasets: int


class ResourceCounts(Shape):
    """The register as a whole; `sharing` is by type, `never` counts datasets without any exchange."""

    as_of: datetime
    datasets: int
    units: int
    themes: int
    rows: int
    restricted: int
    overdue: int
    never: int
    sharing: dict[Sharing, int]
    by_theme: list[NamedCount]
    by_unit: list[NamedCount]


class OfficerOut(Shape):
    """Somebody who answers for data; name and number are veiled for who does not handle persons' data."""

    level: OfficerLevel
    unit_code: str
    office: str
    person: str
    phone: str


class ChainOut(Shape):
    """Who answers for a unit's data: first the levels at which nobody does, then the officers, the highest first."""

    unit_code: str
    unit_zh: str
    unit_en: str
    gaps: list[OfficerLevel]
    officers: list[OfficerOut]


class ScoreOut(Shape):
    """A score: `part` of `whole`; the share is null where there is nothing to judge."""

    part: int
    whole: int
    share: float | None


class ReasonCount(Shape):
    """How many items were refused for a reason."""

    reason: str
    count: int


class SourceScores(Shape):
    """How good what a source system sends is, over the window of the answer; no score is weighed against another."""

    code: str
    name_zh: str
    name_en: str
    department_zh: str
    department_en: str
    scores: dict[str, ScoreOut]
    reasons: list[ReasonCount]


class QualityOut(Shape):
    """The scorecard; `days` are those of the window of which there are accounts."""

    as_of: datetime
    since: date
    days: int
    sources: list[SourceScores]


class ExchangeDay(Shape):
    """What came of a source system on a day of the city: received = stored + duplicate + rejected."""

    day: date
    source: str
    received: int
    stored: int
    duplicate: int
    rejected: int


class IndicatorUse(Shape):
    """How often an indicator was read and exported by a role in an area, and on which day last."""

    code: str
    role: str
    area: str
    reads: int
    exports: int
    last: date


class UsageOut(Shape):
    """What was used in the window; `counted_since` is the first day of which anything is counted."""

    since: date
    counted_since: date | None
    items: list[IndicatorUse]


class UnusedIndicator(Shape):
    """An indicator that nobody has read or exported in the window; `last` null: not since counting began."""

    code: str
    name_zh: str
    name_en: str
    owner: str
    last: date | None
    datasets: list[str]


class UnusedOut(Shape):
    """Proposals to retire; only where `counted_since` lies before `since` is the whole window known."""

    since: date
    counted_since: date | None
    items: list[UnusedIndicator]
