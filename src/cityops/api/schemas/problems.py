"""Shape of an error, RFC 9457; filled where problems are answered."""

from cityops.api.schemas.shape import Shape


class Problem(Shape):
    """An error as RFC 9457 `application/problem+json`."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, str | int]] | None = None
