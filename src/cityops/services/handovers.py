"""Acts on shifts: offered with what is open just then, accepted or refused by the other; each stands in the audit."""

from dataclasses import dataclass

from sqlalchemy import Connection

from cityops.domain.access import Role, Scope, ScopeKind, Subject
from cityops.domain.audit import Action, Actor
from cityops.domain.handovers import HandoverError, HandoverOutcome, check_offer, check_settler
from cityops.errors import CityopsError
from cityops.services.accounts import AbsentError
from cityops.store import handovers as store
from cityops.store.access import accounts, audit
from cityops.store.engine import WriteConnection


class SettledError(CityopsError):
    """Somebody was first: a seat is offered already, or a handover has ended."""


@dataclass(frozen=True, slots=True)
class HandoverOffer:
    """A shift to be handed over: of which seat of which centre, to whose account, with what to be told."""

    region_code: str
    seat: str
    to_account: str
    notes: str = ""


_ACTIONS = {
    HandoverOutcome.ACCEPTED: Action.SHIFT_ACCEPT,
    HandoverOutcome.REFUSED: Action.SHIFT_REFUSE,
    HandoverOutcome.WITHDRAWN: Action.SHIFT_WITHDRAW,
}


def receiver(connection: Connection, login: str) -> Subject | None:
    """Return whom an account stands for; None where there is none, or it is disabled.

    To be asked without a scope: accounts lie in no part of the city.
    """
    row = accounts.one(connection, login)
    if row is None or row["disabled_at"] is not None:
        return None
    return Subject(login, Role(row["role"]), Scope(ScopeKind(row["scope_kind"]), frozenset(row["scope_codes"])))


def offer(connection: WriteConnection, actor: Actor, offered: HandoverOffer, to: Subject | None) -> int:
    """Offer a shift to `to`, as `receiver` told of the account; return the offer's id.

    Raises
    ------
    HandoverError
        One of the two may not sit in this seat, or both are the same.
    SettledError
        The seat is offered to somebody already.
    """
    if actor.role is None or actor.scope is None:
        raise HandoverError("a shift is handed over by somebody with a role")
    giver = Subject(actor.name, actor.role, actor.scope)
    check_offer(giver, to, offered.to_account, offered.region_code)
    counted = store.counted(connection, offered.region_code)
    number = store.offer(
        connection,
        region_code=offered.region_code,
        seat=offered.seat,
        from_account=actor.name,
        to_account=offered.to_account,
        notes=offered.notes,
        counted=counted,
    )
    if number is None:
        other = store.offered(connection, offered.region_code, offered.seat)
        whom = f" to {other['to_account']} by {other['from_account']}" if other else ""
        raise SettledError(
            f"seat: {offered.seat} of {offered.region_code} is offered already{whom}; have that withdrawn or answered"
        )
    detail = {"to": offered.to_account, "seat": offered.seat, "region": offered.region_code, "counted": counted}
    audit.record(connection, actor, Action.SHIFT_OFFER, f"handover {number}", detail=detail)
    return number


def settle(
    connection: WriteConnection, actor: Actor, number: int, outcome: HandoverOutcome, reason: str | None = None
) -> None:
    """Accept, refuse (with a reason) or withdraw a handover, each by whose part it is.

    Raises
    ------
    AbsentError
        There is no such handover in the scope of the connection.
    NotYoursError, HandoverError
        It is for somebody else to say; a refusal gives no reason.
    SettledError
        It has ended already; the text says how and when.
    """
    kept = store.one(connection, number)
    if kept is None:
        raise AbsentError(f"there is no handover {number}: the ids stand in /api/v1/handovers")
    check_settler(actor.name, kept["from_account"], kept["to_account"], outcome)
    if (outcome is HandoverOutcome.REFUSED) != bool(reason and reason.strip()):
        raise HandoverError("reason: a refusal says why, and nothing else does")
    if not store.settle(connection, number, outcome, reason):
        ended = store.one(connection, number)
        assert ended is not None
        raise SettledError(f"handover {number} was {ended['outcome']} at {ended['settled_at']:%Y-%m-%d %H:%M} UTC")
    audit.record(connection, actor, _ACTIONS[outcome], f"handover {number}", detail={"seat": kept["seat"]})
