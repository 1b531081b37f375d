"""Acts on video channels: plans put in force, a channel opened with the reason why; each stands in the audit."""

from sqlalchemy import RowMapping

from cityops.domain.audit import Action, Actor
from cityops.domain.channels import PLAN_COLUMNS, VideoPlan, read_plans
from cityops.services.accounts import AbsentError
from cityops.store import channels as store
from cityops.store.access import audit
from cityops.store.engine import WriteConnection


def put_plans_in_force(connection: WriteConnection, actor: Actor, text: str, name: str) -> list[VideoPlan]:
    """Keep the plans of a file instead of those there are; with a fault in it all stays as it was.

    Raises
    ------
    VideoPlanError
        Something in the file is wrong; every fault is named.
    """
    cells = {cell.strip() for line in text.splitlines() for cell in line.split(",")[len(PLAN_COLUMNS) - 1 :]}
    plans = read_plans(text, store.registered(connection, cells))
    store.replace_plans(connection, plans)
    detail = {"plans": len(plans), "channels": sum(len(one.channels) for one in plans)}
    audit.record(connection, actor, Action.CHANNEL_PLANS, name, detail=detail)
    return plans


def open_(connection: WriteConnection, actor: Actor, code: str, reason: str, about: str) -> RowMapping:
    """Write down that somebody opens a channel, why, and about which alarm, case or plan; return the channel.

    Raises
    ------
    AbsentError
        There is no such channel in the scope of the connection.
    """
    row = store.one(connection, code)
    if row is None:
        raise AbsentError(f"there is no video channel {code}: the codes stand in /api/v1/channels")
    audit.record(connection, actor, Action.CHANNEL_OPEN, code, detail={"reason": reason, "about": about})
    return row
