"""Shapes of the API's answers on photos and files of cases."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.shape import Shape
from cityops.domain.events.evidence import Medium


class EvidenceOut(Shape):
    """What is known of a photo or file of a case; its bytes stand at `/api/v1/evidence/{digest}`."""

    event_id: int
    digest: str = Field(description="SHA-256 of the bytes as they are kept, hexadecimal")
    name: str
    medium: Medium
    bytes: int
    width: int | None = Field(description="pixels, upright; null for a file that is no picture")
    height: int | None
    lon: float | None = Field(description="degrees, WGS-84, as the camera wrote them; null where it wrote none")
    lat: float | None
    taken_at: datetime | None = Field(description="by the camera's clock")
    added_by: str
    added_at: datetime
    act_sequence: int | None = Field(
        description="of the act that it proves; null: none yet, and after a day without one it is forgotten"
    )


class EvidenceList(Shape):
    """Photos and files of a case, the oldest first."""

    event_id: int
    items: list[EvidenceOut]
