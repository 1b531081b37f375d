"""Shape of the answers for supervisors; filled by the health routes."""

from cityops.api.schemas.shape import Shape


class Health(Shape):
    """Answer to a supervisor; `instance` is CITYOPS_INSTANCE, by which a start knows its own parts."""

    status: str
    instance: str | None = None
