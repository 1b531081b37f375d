"""Shapes of the API's answers on the audit; filled by its route."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from cityops.api.schemas.access import Asked
from cityops.api.schemas.shape import Page, RegionCode, Shape
from cityops.domain.audit import AuditOutcome


class AuditEntry(Shape):
    """One thing that was done, or refused."""

    id: int
    at: datetime
    subject: str = Field(description="login, or label of the key or display; - where no valid credential was shown")
    role: str | None
    scope_kind: str | None
    scope_codes: list[str]
    kind: str | None = Field(description="session, display, key; command: the command line")
    action: str
    object: str
    outcome: AuditOutcome
    detail: dict[str, Any] = Field(description="the filter, how many rows, the reason: as the action has them")
    address: str | None = Field(description="where the request came from, as far as known")
    request_id: str | None = Field(description="X-Request-Id of the request, where it had one")


class RefusedPage(Asked):
    """What the dashboard did not show."""

    page: Annotated[str, Field(max_length=200, pattern=r"^/[^\x00-\x1f\x7f]*$")]
    region: RegionCode | None = Field(None, description="the region outside the area; none: the page as a whole")


class AuditPage(Page[AuditEntry]):
    """Entries of the audit, newest first."""
