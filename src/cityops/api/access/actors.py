"""Who makes a request, for the audit: as far as the door found out, and from where."""

from fastapi import Request

from cityops.domain.audit import NOBODY, Actor


def actor_of(request: Request) -> Actor:
    """Return who makes a request, as far as the door found out, and from where."""
    address = request.client.host if request.client else None
    request_id = request.headers.get("x-request-id")
    known = getattr(request.state, "known", None)
    if known is None:
        return Actor(NOBODY, address=address, request_id=request_id)
    return Actor.of(known.subject, known.kind, address, request_id)
