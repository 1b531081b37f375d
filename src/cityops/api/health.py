"""Whether this process lives and can answer, for the supervisor that starts, stops and routes to it."""

from collections.abc import Callable
from time import monotonic

from fastapi import APIRouter, Request
from sqlalchemy import Engine

from cityops.api import problems, schemas
from cityops.api.state.kept import PATIENCE_S
from cityops.domain.access import WHOLE_CITY
from cityops.serving import STOPPING, alive, is_draining
from cityops.store.engine import reading
from cityops.store.schema import revision as schema

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live", response_model_exclude_none=True)
async def live() -> schemas.Health:
    """Say that the process answers."""
    return schemas.Health(**alive())


@router.get("/ready", response_model_exclude_none=True, responses=problems.documented(503))
async def ready(request: Request) -> schemas.Health:
    """Say that the database answers and has the schema this version needs, and that the process is to go on."""
    if is_draining(request.app):
        raise problems.ProblemError(503, STOPPING)
    await request.app.state.ready.get(None, PATIENCE_S)
    return schemas.Health(**alive() | {"status": "ready"})


def checker(engine: Engine, prepare: Callable[[], object]) -> Callable[[None], tuple[float, None]]:
    """Return the check of the database, to be run once for all who ask at the same moment: anybody may.

    What `prepare` makes is there when it has passed: whoever is led here by it does not wait for what comes first.
    """
    is_prepared = False

    def check(_: None) -> tuple[float, None]:
        nonlocal is_prepared
        began = monotonic()
        with reading(engine, WHOLE_CITY) as connection:
            found = schema.revision(connection)
        if found != schema.head():
            raise problems.ProblemError(
                503,
                f"The database's schema is at {found}, this version needs {schema.head()}: run `cityops db upgrade`.",
            )
        if not is_prepared:
            prepare()
            is_prepared = True
        return began, None

    return check
