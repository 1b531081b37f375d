"""Corrections as data: what is known to be wrong with a source's values, and what is shown until it is repaired.

Pure: kept values and rows of the store's table come in, the values as they are shown go out. The words are those
of Our World in Data (action, expected, status). Each correction is held against what the source says, and never
against what another one has made of it, so that their order changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cityops.domain.access import Scope, ScopeKind
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.marks import CorrectionAction, ValueMark
from cityops.domain.indicators.measures import Filled, Pushed
from cityops.domain.indicators.revisions import KeptValue

PLAIN_ROUNDING = 1e-9
"""Relative room around what is expected: 12.1 that was computed as 12.100000000000001 is the same."""


class CorrectionError(ValueError):
    """A correction makes no sense so; the text names item, reason and remedy."""


class NotOursError(CorrectionError):
    """A correction is for somebody else to make."""


@dataclass(frozen=True, slots=True)
class NewCorrection:
    """A correction to be made: of an indicator's values in [start, end), all regions or sources where None is given.

    `expected_low` and `expected_high` hold what the source says now, ends included.
    """

    indicator_code: str
    region_code: str | None
    source_system_code: str | None
    period_start: datetime
    period_end: datetime
    action: CorrectionAction
    amount: float | None
    expected_low: float
    expected_high: float
    reason: str
    expires_at: datetime | None = None

    def is_about(self, value: KeptValue) -> bool:
        """Whether it names this value, whatever the value says."""
        return (
            self.region_code in {None, value.region_code}
            and self.source_system_code in {None, value.source}
            and self.period_start <= value.start
            and value.end <= self.period_end
        )

    def is_expected(self, said: float) -> bool:
        """Whether what the source says is still what the correction was made for."""
        room = PLAIN_ROUNDING * max(abs(self.expected_low), abs(self.expected_high))
        return self.expected_low - room <= said <= self.expected_high + room


@dataclass(frozen=True, slots=True)
class CorrectionInForce(NewCorrection):
    """One that is kept and holds."""

    id: int = 0


def corrected(
    values: Iterable[KeptValue], corrections: Sequence[CorrectionInForce], scale: float = 1
) -> list[KeptValue]:
    """Return values as they are shown: each with the corrections that apply, and those that do not now (`stale`).

    A value that the source has withdrawn is left alone. `scale` is that of a ratio (numerator / denominator × scale),
    whose numerator follows the corrected value, so that sums over regions and periods are right as well.
    """
    return [_of_one(one, [each for each in corrections if each.is_about(one)], scale) for one in values]


def _of_one(value: KeptValue, about: Sequence[CorrectionInForce], scale: float) -> KeptValue:
    said = value.value
    if said is None or not about:
        return value
    applying = [one for one in about if one.is_expected(said)]
    stale = tuple(sorted(one.id for one in about if not one.is_expected(said)))
    if not applying:
        return value._replace(stale=stale)
    order = list(CorrectionAction)
    chosen = min(applying, key=lambda one: (order.index(one.action), -one.id))
    marks = {one.id for one in applying if one.action is CorrectionAction.FLAG} | {chosen.id}
    told = value._replace(corrections=tuple(sorted(marks)), stale=stale)
    return _done(told, said, chosen, scale)


def _done(value: KeptValue, said: float, by: CorrectionInForce, scale: float) -> KeptValue:
    if by.action is CorrectionAction.FLAG:
        return value._replace(mark=ValueMark.FLAGGED)
    if by.action is CorrectionAction.DROP:
        return value._replace(value=None, numerator=None, denominator=None, mark=ValueMark.CORRECTED)
    assert by.amount is not None
    shown = said * by.amount if by.action is CorrectionAction.SCALE else by.amount
    above = value.numerator
    if value.numerator is not None and value.denominator is not None:
        above = (
            value.numerator * by.amount if by.action is CorrectionAction.SCALE else shown * value.denominator / scale
        )
    return value._replace(value=shown, numerator=above, mark=ValueMark.CORRECTED)


def check_new(one: NewCorrection, indicator: Indicator | None, now: datetime) -> None:
    """Refuse a correction that could never do what it says.

    Raises
    ------
    CorrectionError
        The text names the item, why not, and what would work.
    """
    _check_target(one, indicator)
    if one.period_start >= one.period_end:
        raise CorrectionError("period_end: lies before period_start; a period begins before it ends")
    if one.expected_low > one.expected_high:
        raise CorrectionError("expected_high: is less than expected_low; of a single value both are the same")
    needs_amount = one.action in {CorrectionAction.OVERRIDE, CorrectionAction.SCALE}
    if needs_amount and one.amount is None:
        raise CorrectionError(f"amount: is missing; {one.action} needs the value, or the factor")
    if not needs_amount and one.amount is not None:
        raise CorrectionError(f"amount: {one.action} has none; leave it out, or take override or scale")
    if one.action is CorrectionAction.SCALE and one.amount in {0, 1}:
        raise CorrectionError(f"amount: a factor of {one.amount:g} repairs nothing; take drop, or flag")
    if one.expires_at is not None and one.expires_at <= now:
        raise CorrectionError("expires_at: has passed already; leave it out, or name a later time")
    _check_amount(one, indicator)


def _check_target(one: NewCorrection, indicator: Indicator | None) -> None:
    if indicator is None:
        raise CorrectionError(f"indicator: there is no {one.indicator_code}; the codes stand in /api/v1/indicators")
    measure = indicator.declared.measure if indicator.declared else None
    if not isinstance(measure, Pushed | Filled):
        made_of = ", ".join(indicator.declared.inputs().values()) if indicator.declared else ""
        remedy = f"correct what it is made of: {made_of}" if made_of else "what is wrong lies with a device or a case"
        raise CorrectionError(
            f"indicator: {one.indicator_code} is computed here, from {indicator.kind}; a correction is of values "
            f"that come from outside: {remedy}"
        )
    sources = getattr(measure, "sources", ())
    if one.source_system_code is not None and sources and one.source_system_code not in sources:
        raise CorrectionError(
            f"source: {one.source_system_code} sends no {one.indicator_code}; it comes from {' and '.join(sources)}"
        )


def _check_amount(one: NewCorrection, indicator: Indicator | None) -> None:
    valid = indicator.declared.valid if indicator and indicator.declared else None
    if valid is None or one.amount is None:
        return
    factor = (one.expected_low, one.expected_high) if one.action is CorrectionAction.SCALE else (1.0,)
    shown = [one.amount * each for each in factor]
    if min(shown) < valid[0] or max(shown) > valid[1]:
        raise CorrectionError(
            f"amount: {one.indicator_code} lies between {valid[0]:g} and {valid[1]:g}, and this leads outside"
        )


def check_over(scope: Scope, region_code: str | None, owner: str) -> None:
    """Refuse a correction of values that are not of one's area: of all regions the whole city, or its department.

    Raises
    ------
    NotOursError
        Somebody else may make it; the text says who.
    """
    if scope.kind is ScopeKind.DEPARTMENTS:
        if owner in scope.codes:
            return
        raise NotOursError(f"indicator: is {owner}'s, and your department is {' '.join(sorted(scope.codes))}")
    whole = scope.kind is ScopeKind.CITY
    if not whole and (region_code is None or not scope.covers(region_code)):
        named = region_code or "every region"
        raise NotOursError(f"region: {named} lies outside your area: {' '.join((scope.kind, *sorted(scope.codes)))}")
