"""Acts on one's own views of the data page: kept under a name, renamed, shared, forgotten; each is audited."""

from sqlalchemy.exc import IntegrityError

from cityops.domain.audit import Action, Actor
from cityops.domain.indicators.views import ViewQuestion
from cityops.services.accounts import AbsentError, TakenError
from cityops.services.filters import FullError
from cityops.store.access import audit
from cityops.store.engine import WriteConnection
from cityops.store.indicators import views


def keep(connection: WriteConnection, actor: Actor, name: str, question: ViewQuestion, *, shared: bool) -> int:
    """Keep a view under a name, instead of what was kept under it; return its id.

    Raises
    ------
    FullError
        There is no room for one more.
    """
    asked = question.model_dump(mode="json")
    number = views.add(connection, actor.name, name, asked, question.area, shared=shared)
    if number is None:
        raise FullError(f"name: {views.MOST} views are kept already; remove one, or save under its name")
    detail = {"shared": shared, "question": asked}
    audit.record(connection, actor, Action.VIEW_SAVE, f"view {number} {name}", detail=detail)
    return number


def change(connection: WriteConnection, actor: Actor, number: int, name: str, *, shared: bool) -> None:
    """Call a view of one's own otherwise, share it or not.

    Raises
    ------
    AbsentError
        There is none of this id.
    TakenError
        Another one is called so.
    """
    try:
        with connection.begin_nested():
            is_there = views.change(connection, actor.name, number, name, shared=shared)
    except IntegrityError as error:
        raise TakenError(
            f"name: another view of yours is called {name}; choose another, or remove that one"
        ) from error
    if not is_there:
        raise _absent(number)
    audit.record(connection, actor, Action.VIEW_CHANGE, f"view {number} {name}", detail={"shared": shared})


def remove(connection: WriteConnection, actor: Actor, number: int) -> None:
    """Forget a view of one's own; reports that were made of it stay.

    Raises
    ------
    AbsentError
        There is none of this id.
    """
    name = views.remove(connection, actor.name, number)
    if name is None:
        raise _absent(number)
    audit.record(connection, actor, Action.VIEW_REMOVE, f"view {number} {name}")


def _absent(number: int) -> AbsentError:
    return AbsentError(f"there is no view {number} of yours: the ids stand in /api/v1/views")
