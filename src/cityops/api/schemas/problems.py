"""Shape of an error, RFC 9457; filled where problems are answered."""

from typing import Any

from pydantic import Field

from cityops.api.schemas.shape import Shape


class Problem(Shape):
    """An error as RFC 9457 `application/problem+json`."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, str | int]] | None = None
    detail_zh: str | None = Field(None, description="of an act: the same in Chinese")
    needs: list[str] | None = Field(None, description="of an act that may not be done: what it lacks")
    possible: list[str] | None = Field(None, description="of an act that may not be done: which may be now")
    who: dict[str, list[str]] | None = Field(None, description="of an act that may not be done: who may do which")
    version: str | None = Field(None, description="of an act on a case that has moved: its version now")
    changes: list[str] | None = Field(
        None, description="of an act on a case that has moved: who was first, and did what"
    )

    def told(self) -> dict[str, Any]:
        """Return the document; what only acts tell of is left out elsewhere."""
        return {name: value for name, value in self.model_dump().items() if value is not None or name == "errors"}
