"""Acts on rejects: given up, and shown with personal data; each written into the audit in the same transaction."""

from dataclasses import asdict
from datetime import datetime

from cityops.domain.audit import Action, Actor
from cityops.store.access import audit
from cityops.store.engine import WriteConnection
from cityops.store.rejects import replay
from cityops.store.rejects.replay import RejectFilter


def named(wanted: RejectFilter) -> dict[str, object]:
    """Return what a filter asks for, for the audit."""
    return {name: value for name, value in asdict(wanted).items() if value is not None}


def give_up(connection: WriteConnection, actor: Actor, wanted: RejectFilter, now: datetime) -> int:
    """Close open rejects that nobody will mend, so that they are counted no more; return how many.

    Raises
    ------
    ValueError
        The filter names neither reason, source nor end: all open rejects at once is never meant.
    """
    if wanted.reason is None and wanted.source is None and wanted.until is None:
        raise ValueError("all open rejects at once is never meant: name a reason, a source or an end")
    closed = replay.give_up(connection, wanted, now)
    detail = {"filter": named(wanted), "rejects": closed}
    audit.record(connection, actor, Action.REJECT_CLOSE, "rejects", detail=detail)
    return closed


def show_personal_data(connection: WriteConnection, actor: Actor, number: int) -> None:
    """Write down that somebody is about to see a reject's message with what may be personal in it."""
    audit.record(connection, actor, Action.REJECT_SHOW, f"reject {number}")
