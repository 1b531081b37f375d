"""Acts on one's own filters of cases: kept under a name, forgotten; each stands in the audit."""

from cityops.domain.audit import Action, Actor
from cityops.errors import CityopsError
from cityops.services.accounts import AbsentError
from cityops.store.access import audit, filters
from cityops.store.engine import WriteConnection


class FullError(CityopsError):
    """Somebody keeps as many filters as there are keys for."""


def save(connection: WriteConnection, actor: Actor, name: str, todo: str, q: str | None) -> int:
    """Keep a filter under a name, instead of what was kept under it; return its place.

    Raises
    ------
    FullError
        All places are taken by others.
    """
    place = filters.save(connection, actor.name, name, todo, q)
    if place is None:
        raise FullError(f"name: {filters.MOST} filters are kept already; remove one, or save under its name")
    audit.record(connection, actor, Action.FILTER_SAVE, f"filter {name}", detail={"todo": todo, "q": q})
    return place


def remove(connection: WriteConnection, actor: Actor, name: str) -> None:
    """Forget a filter.

    Raises
    ------
    AbsentError
        There is none of this name.
    """
    if not filters.remove(connection, actor.name, name):
        raise AbsentError(f"there is no filter {name} of yours: the names stand in /api/v1/me/filters")
    audit.record(connection, actor, Action.FILTER_REMOVE, f"filter {name}")
