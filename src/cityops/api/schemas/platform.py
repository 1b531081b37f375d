"""Shapes of the API's answers on source systems and totals; filled by the state and the routes of the platform."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.shape import Shape
from cityops.domain.freshness import Freshness


class SourceState(Shape):
    """One source system and how fresh its newest message is."""

    code: str
    name_zh: str
    name_en: str
    department_zh: str
    department_en: str
    data_officer: str
    carries: str
    expected_interval_s: int
    last_received_at: datetime | None
    freshness: Freshness
    devices: int
    received: int
    stored: int
    duplicate: int
    rejected: int


class Platform(Shape):
    """Totals of the platform; messages and items since the first start."""

    devices: int
    series: int
    sources: int
    sources_fresh: int
    received: int
    stored: int
    duplicate: int
    rejected: int
    readings_kept: int = Field(description="readings now in the store (stored less those dropped by retention)")
    readings_per_s: float | None = Field(description="mean rate over the last five full minutes")
    as_of: datetime | None
