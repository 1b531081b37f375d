"""Keeps who runs: each process notes itself, and reads who else does, so that differences are told by name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import ProgrammingError

from cityops.domain.access import WHOLE_CITY
from cityops.domain.findings import Finding
from cityops.domain.replicas.processes import ALIVE, KEPT, RunningProcess, differences
from cityops.store.engine import WriteConnection, make_engine, reading
from cityops.store.tables import process

_c = process.c
_present = func.clock_timestamp()


def note(connection: WriteConnection, told: dict[str, Any], clock: datetime) -> list[RunningProcess]:
    """Note that a process runs, and return all that do, itself among them.

    Parameters
    ----------
    told
        Columns of the table, but for times and clock.
    clock
        Its own present instant, which is held against the database's.
    """
    ahead = func.extract("epoch", literal(clock) - _present)
    changing = {"marks": told["marks"], "clock_ahead_s": ahead, "seen_at": _present}
    statement = insert(process).values(**told | changing, started_at=_present)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changing))
    connection.execute(delete(process).where(_c.seen_at < _present - KEPT))
    return running(connection)


def leave(connection: WriteConnection, identifier: str) -> None:
    """Note that a process ends."""
    connection.execute(delete(process).where(_c.id == identifier))


def running(connection: Connection) -> list[RunningProcess]:
    """Return who has noted itself just now."""
    rows: Sequence[Any] = connection.execute(select(process).where(_c.seen_at > _present - ALIVE)).mappings().all()
    return [RunningProcess(**row) for row in rows]


def weaknesses_of(database_url: str) -> list[Finding]:
    """Return in what the processes that run on a database differ; nothing where its schema is of before."""
    engine = make_engine(database_url)
    try:
        with reading(engine, WHOLE_CITY) as connection:
            return list(differences(running(connection)))
    except ProgrammingError:  # that its schema is behind is a finding of its own
        return []
    finally:
        engine.dispose()
