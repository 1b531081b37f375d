"""Handing a shift over (交接班): two people of one seat, who both confirm it; which seats there are, and who may sit.

Read by `cityops.services.handovers`. A seat belongs to the city's centre or to that of a district.
"""

from enum import StrEnum

from cityops.domain.access import Permission, Subject
from cityops.domain.regions import RegionLevel, level_of


class HandoverOutcome(StrEnum):
    """How a handover ended: 接班, 拒接, 撤回."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class HandoverError(ValueError):
    """A shift cannot be handed over so; the text names the reason and the remedy."""


class NotYoursError(HandoverError):
    """Somebody else has to say it."""


def check_offer(giver: Subject, receiver: Subject | None, receiver_login: str, region_code: str) -> None:
    """Refuse a handover by or to somebody who may not sit in a seat of this region.

    Parameters
    ----------
    receiver
        Whom the account stands for; None: there is none, or it is disabled.

    Raises
    ------
    HandoverError
        Names who may not, and what would work.
    """
    if level_of(region_code) is RegionLevel.STREET:
        raise HandoverError(f"region: {region_code} is a street; seats belong to the city or a district")
    if not giver.scope.covers(region_code):
        raise HandoverError(f"region: {region_code} lies outside your area, so its shifts are not yours to hand over")
    if receiver_login == giver.name:
        raise HandoverError("to: a shift is handed over to somebody else")
    may = receiver is not None and receiver.may(Permission.SHIFT_HANDOVER) and receiver.scope.covers(region_code)
    if not may:
        raise HandoverError(
            f"to: there is no account {receiver_login} that may take over a seat of {region_code}; operators, shift"
            " leaders and district officers may, within their area"
        )


def check_settler(asking: str, from_account: str, to_account: str, outcome: HandoverOutcome) -> None:
    """Refuse what is for the other to say: who takes over accepts or refuses, who hands over withdraws.

    Raises
    ------
    NotYoursError
        Names who has to say it.
    """
    whose = from_account if outcome is HandoverOutcome.WITHDRAWN else to_account
    if asking != whose:
        raise NotYoursError(
            f"this handover can be {outcome} by {whose} alone: both confirm a shift, each for himself"
        )
