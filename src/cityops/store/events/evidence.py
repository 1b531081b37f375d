"""Photos and files of cases as they are kept: added, bound to the act that they prove, read, forgotten without one.

The bytes stand in the database: in the act's transaction, behind the case's row-level security, in its backup.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict

import psycopg
from sqlalchemy import Connection, RowMapping, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from cityops.domain.access import Scope
from cityops.domain.events.evidence import UNBOUND_KEPT, Evidence
from cityops.store import tables
from cityops.store.engine import WriteConnection
from cityops.store.events import queries

_file, _bytes, _of_case = tables.evidence.c, tables.evidence_content.c, tables.event_evidence.c
_SHOWN = (
    *(_of_case.event_id, _of_case.digest, _of_case.name, _file.medium, _file.bytes, _file.width, _file.height),
    *(_of_case.lon, _of_case.lat, _of_case.taken_at, _of_case.added_by, _of_case.added_at, _of_case.act_sequence),
)


def is_case(connection: Connection, event_id: int) -> bool:
    """Return whether there is a case of this id in the scope."""
    return connection.scalar(select(tables.event.c.id).where(tables.event.c.id == event_id)) is not None


def is_read(connection: Connection, event_id: int, scope: Scope) -> bool:
    """Return whether the files of a case are shown to this scope, which is that of the connection, as below."""
    return bool(connection.scalar(select(queries.is_read(scope)).where(tables.event.c.id == event_id)))


def add(connection: WriteConnection, event_id: int, file: Evidence, added_by: str) -> bool:
    """Keep a file for a case; return whether it is new to that case. The same bytes are kept once for all cases."""
    told = asdict(file)
    kept = {name: told[name] for name in ("digest", "medium", "width", "height")} | {"bytes": len(file.content)}
    content = {name: told[name] for name in ("digest", "content", "preview")}
    link = {name: told[name] for name in ("digest", "name", "lon", "lat", "taken_at")}
    # Without a target, ON CONFLICT needs no leave to see the row that is there, which may be another district's.
    connection.execute(insert(tables.evidence).values(kept).on_conflict_do_nothing())
    connection.execute(insert(tables.evidence_content).values(content).on_conflict_do_nothing())
    statement = insert(tables.event_evidence).values(link | {"event_id": event_id, "added_by": added_by})
    return connection.scalar(statement.on_conflict_do_nothing().returning(_of_case.event_id)) is not None


def unbound(connection: Connection, event_id: int) -> int:
    """Return how many files of a case no act refers to yet."""
    statement = select(func.count()).where(_of_case.event_id == event_id, _of_case.act_sequence.is_(None))
    return int(connection.scalar(statement) or 0)


def bind(connection: WriteConnection, event_id: int, digests: Collection[str], sequence: int) -> set[str]:
    """Have files of a case belong to the act with this sequence from now on; return those that could be bound.

    The others are not there, were forgotten meanwhile, or belong to another act already.
    """
    mine = (_of_case.event_id == event_id, _of_case.digest.in_(digests), _of_case.act_sequence.is_(None))
    statement = update(tables.event_evidence).where(*mine).values(act_sequence=sequence)
    return set(connection.scalars(statement.returning(_of_case.digest)))


def of_case(connection: Connection, event_id: int) -> Sequence[RowMapping]:
    """Return what is known of the files of a case, without their bytes, the oldest first."""
    statement = _shown().where(_of_case.event_id == event_id).order_by(_of_case.added_at, _of_case.digest)
    return connection.execute(statement).mappings().all()


def one(connection: Connection, event_id: int, digest: str) -> RowMapping:
    """Return what is known of one file of a case, which is there."""
    statement = _shown().where(_of_case.event_id == event_id, _of_case.digest == digest)
    return connection.execute(statement).mappings().one()


def find(connection: Connection, digest: str, scope: Scope) -> RowMapping | None:
    """Return what is known of a file as it was last sent for a case whose files are shown; None where for none."""
    newest = _of_case.added_at.desc(), _of_case.event_id
    shown = _shown().join(tables.event, tables.event.c.id == _of_case.event_id).where(queries.is_read(scope))
    statement = shown.where(_of_case.digest == digest).order_by(*newest).limit(1)
    return connection.execute(statement).mappings().one_or_none()


def content(connection: Connection, digest: str) -> bytes | None:
    """Return the bytes of a file that belongs to a case in the scope."""
    return connection.scalar(select(_bytes.content).where(_bytes.digest == digest))


def preview(connection: Connection, digest: str) -> bytes | None:
    """Return the small picture of such a file; None where it has none."""
    return connection.scalar(select(_bytes.preview).where(_bytes.digest == digest))


def _shown() -> Select[*tuple[object, ...]]:
    return select(*_SHOWN).join_from(tables.event_evidence, tables.evidence, _of_case.digest == _file.digest)


_UNBOUND = "act_sequence IS NULL AND added_at < now() - %s"


def forgettable(connection: psycopg.Connection) -> int:
    """Return how many files no act came to refer to within the time that they are kept for one."""
    statement = f"SELECT count(*) FROM event_evidence WHERE {_UNBOUND}"  # noqa: S608 - a constant
    row = connection.execute(statement, [UNBOUND_KEPT]).fetchone()
    return int(row[0]) if row else 0


def forget(connection: psycopg.Connection) -> int:
    """Forget those, and the bytes of such as belong to no other case; return how many.

    Nobody adds a file meanwhile: whoever sends one that is about to go would find it there, and then not.
    """
    with connection.transaction():
        connection.execute("LOCK TABLE evidence IN SHARE ROW EXCLUSIVE MODE")
        statement = f"DELETE FROM event_evidence WHERE {_UNBOUND} RETURNING digest"  # noqa: S608 - a constant
        gone = [row[0] for row in connection.execute(statement, [UNBOUND_KEPT])]
        connection.execute(
            "DELETE FROM evidence WHERE digest = ANY(%s)"
            " AND NOT EXISTS (SELECT FROM event_evidence WHERE event_evidence.digest = evidence.digest)",
            [gone],
        )
    return len(gone)
