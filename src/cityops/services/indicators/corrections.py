"""Acts on corrections: made and taken on by who answers for the indicator, checked, and written into the audit."""

from collections.abc import Mapping
from typing import Any

from cityops.domain.access import Subject
from cityops.domain.audit import Action, Actor
from cityops.domain.indicators.corrections import CorrectionError, NewCorrection, NotOursError, check_new, check_over
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.marks import CorrectionStatus
from cityops.domain.indicators.privacy import check_may_see
from cityops.errors import CityopsError
from cityops.services.accounts import AbsentError
from cityops.store.access import audit
from cityops.store.access.accounts import present
from cityops.store.engine import WriteConnection, see_all
from cityops.store.indicators import corrections as store


class OverError(CityopsError):
    """As things stand the step cannot be taken: the correction is over, or further on already."""


def add(connection: WriteConnection, actor: Actor, one: NewCorrection, every: Mapping[str, Indicator]) -> int:
    """Keep a correction and return its id; it holds at once.

    Raises
    ------
    CorrectionError
        It makes no sense so, or the values are for somebody else (`NotOursError`).
    RestrictedError
        Whoever makes it may not see the indicator.
    """
    indicator = every.get(one.indicator_code)
    check_new(one, indicator, present(connection))
    assert indicator is not None, "a correction of what is not there was refused"
    _check_over(actor, one.region_code, indicator, every)
    see_all(connection)
    number = store.add(connection, one, actor.name)
    told: dict[str, Any] = {name: getattr(one, name) for name in NewCorrection.__dataclass_fields__}
    audit.record(connection, actor, Action.CORRECTION_ADD, f"correction {number}", detail=told)
    return number


def step(
    connection: WriteConnection,
    actor: Actor,
    number: int,
    status: CorrectionStatus,
    every: Mapping[str, Indicator],
    to: str | None = None,
    note: str | None = None,
) -> None:
    """Say how far the source has come with a correction; `to` is who was told. `is_over` ends it.

    Raises
    ------
    AbsentError
        There is no such correction.
    CorrectionError, OverError
        The values are for somebody else, or who was told is not said; it is over, or further on.
    """
    kept = store.one(connection, number)
    if kept is None:
        raise AbsentError(f"there is no correction {number}: the ids stand in /api/v1/corrections")
    indicator = every.get(kept["indicator_code"])
    if indicator is not None:  # of one that is declared no more, whoever may correct ends what is left
        _check_over(actor, kept["region_code"], indicator, every)
    if status is CorrectionStatus.REPORTED and not to:
        raise CorrectionError("to: is missing; say to whom it was reported")
    see_all(connection)
    was = CorrectionStatus(kept["status"])
    if not was.may_become(status) or not store.step(connection, number, status, actor.name, to, note):
        raise OverError(f"status: correction {number} is {was} already, and does not become {status}")
    detail = {"status": status, "before": was, "to": to, "note": note}
    audit.record(connection, actor, Action.CORRECTION_STEP, f"correction {number}", detail=detail)


def _check_over(actor: Actor, region: str | None, indicator: Indicator, every: Mapping[str, Indicator]) -> None:
    if actor.scope is None:
        raise NotOursError("values are corrected by somebody with an area")
    if actor.role is not None:  # the command line sees everything
        check_may_see(indicator, every, Subject(actor.name, actor.role, actor.scope))
    check_over(actor.scope, region, indicator.owner)
