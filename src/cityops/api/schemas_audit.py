"""Shapes of the API's answers on the audit; filled by its route."""

from datetime import datetime
from typing import Any

from pydantic import Field

from cityops.api.schemas import Shape
from cityops.domain.audit import Outcome


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
    outcome: Outcome
    detail: dict[str, Any] = Field(description="the filter, how many rows, the reason: as the action has them")
    address: str | None = Field(description="where the request came from, as far as known")
    request_id: str | None = Field(description="X-Request-Id of the request, where it had one")


class AuditPage(Shape):
    """Entries of the audit, newest first."""

    items: list[AuditEntry]
    next: str | None
