"""Notes in the database who runs, and tells in what the others differ: for each process, and for the API's guests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cityops import presence
from cityops.clock import utc_now
from cityops.domain.findings import Finding
from cityops.domain.replicas.processes import differences
from cityops.store.engine import make_engine, writing
from cityops.store.upkeep import processes as store


def noted(engine: Engine, told: dict[str, Any], clock: datetime) -> list[Finding]:
    """Note a process, and return in what those that run beside it differ from it.

    `told` holds the columns of what it says of itself, `clock` its present instant.
    """
    with writing(engine) as connection:
        found = store.note(connection, told, clock)
    return list(differences(found, told["id"]))


@contextmanager
def present(
    database_url: str, part: str, name: str, marks: presence.Marks, schema_head: str | None = None
) -> Iterator[None]:
    """Note a process that reaches the database while the block runs; `name` tells those of a part on a host apart.

    `schema_head` is the schema that it needs, where it says so at its health.
    """
    engine = make_engine(database_url)
    me = presence.Me(part, name, marks)

    def note(_: presence.Me) -> list[Finding]:
        try:
            return noted(engine, me.told() | {"schema_head": schema_head}, utc_now())
        except SQLAlchemyError as error:  # away, or its schema is of before
            raise ConnectionError(str(error)) from error

    try:
        with presence.present(me, note, partial(_leave, engine, me.id)):
            yield
    finally:
        engine.dispose()


def _leave(engine: Engine, identifier: str) -> None:
    try:
        with writing(engine) as connection:
            store.leave(connection, identifier)
    except SQLAlchemyError:
        pass  # it is forgotten by itself
