"""Counts what may be tried only so often, over all processes: sign-ins of an address, and an id_token once."""

from datetime import timedelta

from sqlalchemy import Double, Interval, cast, delete, func, literal
from sqlalchemy.dialects.postgresql import insert

from cityops.store.engine import WriteConnection
from cityops.store.tables import sign_in_bucket, spent_id_token

RATE, BURST = 1.0, 60
"""Sign-ins of one address: per second, and at once; the same as each process allows by itself."""

FORGOTTEN = timedelta(minutes=10)
"""After so long a bucket is full again."""

_b = sign_in_bucket.c


def take_sign_in(connection: WriteConnection, address: str, rate: float = RATE, burst: int = BURST) -> bool:
    """Count a sign-in of an address; False where it has none left now."""
    now = func.clock_timestamp()
    connection.execute(delete(sign_in_bucket).where(_b.at < now - FORGOTTEN))
    since = func.extract("epoch", now - _b.at)
    level = func.least(literal(float(burst), Double), _b.level + since * rate)
    statement = insert(sign_in_bucket).values(address=address, level=float(burst - 1), at=now)
    counted = statement.on_conflict_do_update(
        index_elements=["address"], set_={"level": level - 1, "at": now}, where=level >= 1
    )
    return connection.execute(counted.returning(_b.level)).one_or_none() is not None


def spend(connection: WriteConnection, digest: bytes, lasts: timedelta) -> bool:
    """Take an id_token, by its digest, that could be shown for so long; False where it was taken before."""
    now = func.now()
    connection.execute(delete(spent_id_token).where(spent_id_token.c.until < now))
    statement = insert(spent_id_token).values(digest=digest, until=now + cast(lasts, Interval))
    taken = statement.on_conflict_do_nothing().returning(spent_id_token.c.digest)
    return connection.execute(taken).one_or_none() is not None
