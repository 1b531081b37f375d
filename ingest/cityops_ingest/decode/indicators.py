"""Decodes an indicators message into revisions of values, checked against what is declared of each indicator."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cityops.declarations import meant
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.measures import Aggregation, Pushed
from cityops.domain.indicators.revisions import TEXT_LIMIT, IndicatorReport
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import CommunityError, level_of, region_code
from cityops.domain.rejects import Reason
from cityops.wire.indicators import IndicatorItem
from cityops_ingest.decode.items import ItemDecoder, Refusal
from cityops_ingest.decode.times import mended, microseconds, refusal_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class WrongValueError(ValueError):
    """An item is refused for a reason, which the message explains."""

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason = reason
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class IndicatorWords:
    """What a message may name: the declared indicators by code, and the regions."""

    declared: Mapping[str, IndicatorDeclaration] = field(default_factory=dict)
    regions: frozenset[str] = frozenset()


def _mend(_index: int, item: dict[str, Any]) -> tuple[dict[str, Any], list[Refusal]]:
    return mended(item, ["start", "end"]), []


_items = ItemDecoder(IndicatorItem, _mend)


def decode(
    payload: bytes, source: str, received_at: datetime, words: IndicatorWords, *, line_delimited: bool = False
) -> Iterator[tuple[int, IndicatorReport] | Refusal]:
    """Yield the values of a message with their places in it, or why one is refused."""
    for index, item in _items(payload, line_delimited=line_delimited):
        if isinstance(item, Refusal):
            yield item
            continue
        try:
            found = _checked(item, source, received_at, words)
        except WrongValueError as error:
            yield Refusal(index, error.reason, str(error))
        else:
            yield index, found


def _checked(item: IndicatorItem, source: str, received_at: datetime, words: IndicatorWords) -> IndicatorReport:
    declared, measure = _declared(item, source, words)
    region = _region(item, measure, words)
    start, end = _period(item, declared, received_at)
    _check_texts(item)
    _check_parts(item, declared)
    version = _version(item, declared, start)
    return IndicatorReport(
        item.indicator,
        region,
        start,
        end,
        source,
        item.revision,
        _value(item, declared, measure.scale),
        item.numerator,
        item.denominator,
        item.quality,
        item.coverage,
        version,
        item.by,
        item.reason,
        received_at,
    )


def _declared(item: IndicatorItem, source: str, words: IndicatorWords) -> tuple[IndicatorDeclaration, Pushed]:
    declared = words.declared.get(item.indicator)
    if declared is None:
        told = f"indicator {item.indicator!r}{meant(item.indicator, [*words.declared])}"
        raise WrongValueError(Reason.UNKNOWN_INDICATOR, told)
    measure = declared.measure
    if not isinstance(measure, Pushed):
        raise WrongValueError(
            Reason.UNKNOWN_INDICATOR, f"indicator {item.indicator!r} is not pushed, but {measure.kind}"
        )
    if source not in measure.sources:
        told = f"indicator {item.indicator!r} comes from {', '.join(measure.sources)}, not from {source!r}"
        raise WrongValueError(Reason.WRONG_SOURCE, told)
    return declared, measure


def _region(item: IndicatorItem, measure: Pushed, words: IndicatorWords) -> str:
    try:
        region = region_code(item.region)
    except CommunityError as error:
        raise WrongValueError(Reason.UNKNOWN_REGION, f"region {error}") from error
    if region not in words.regions:
        raise WrongValueError(Reason.UNKNOWN_REGION, f"region {item.region!r}")
    if level_of(region) not in measure.levels:
        told = f"{item.indicator} comes by {' and '.join(measure.levels)}, and {region} is a {level_of(region)}"
        raise WrongValueError(Reason.UNKNOWN_REGION, told)
    return region


def _period(item: IndicatorItem, declared: IndicatorDeclaration, received_at: datetime) -> tuple[datetime, datetime]:
    """Return beginning and end of a value's period."""
    wrong = refusal_of(microseconds(item.start), microseconds(received_at))
    if wrong:
        raise WrongValueError(*wrong)
    start = _EPOCH + timedelta(microseconds=microseconds(item.start))
    grain = declared.period
    first = grain.floor(start)
    end = grain.shifted(first, 1)
    if first != start:
        told = f"{start.astimezone(CITY_ZONE).isoformat()} begins no {grain}, {first.isoformat()} does"
        raise WrongValueError(Reason.BAD_PERIOD, told)
    if item.end is not None and microseconds(item.end) != microseconds(end):
        told = f"a {grain} that begins at {first.isoformat()} ends at {end.isoformat()}"
        raise WrongValueError(Reason.BAD_PERIOD, told)
    return start, end.astimezone(UTC)


def _check_texts(item: IndicatorItem) -> None:
    for name in ("by", "reason"):
        text = getattr(item, name) or ""
        if "\0" in text:
            raise WrongValueError(Reason.WRONG_TYPE, f"{name} holds the character NUL, which cannot be stored")
        if len(text) > TEXT_LIMIT:
            raise WrongValueError(Reason.TOO_LONG, f"{name} is over {TEXT_LIMIT} characters")


def _check_parts(item: IndicatorItem, declared: IndicatorDeclaration) -> None:
    parts = item.numerator, item.denominator
    given = [one for one in (item.value, *parts) if one is not None]
    if not all(map(math.isfinite, given)):
        raise WrongValueError(Reason.NOT_FINITE, f"{item.indicator} = {item.value}, of {parts[0]} and {parts[1]}")
    if not given and not (item.revision and item.reason):
        raise WrongValueError(Reason.WRONG_TYPE, "no value: only a revision with a reason withdraws one")
    if (parts[0] is None) != (parts[1] is None):
        raise WrongValueError(Reason.WRONG_TYPE, "numerator and denominator come together")
    if given and declared.folds is Aggregation.RATIO and parts[1] is None:
        told = f"{item.indicator} is a ratio: numerator and denominator are missing"
        raise WrongValueError(Reason.WRONG_TYPE, told)
    if parts[1] is not None and parts[1] <= 0:
        told = f"denominator = {parts[1]:g}: send nothing where there is nothing to divide by"
        raise WrongValueError(Reason.NOT_FINITE, told)


def _version(item: IndicatorItem, declared: IndicatorDeclaration, start: datetime) -> int:
    """Return the version of the definition that a value is of: the one in force then, unless it says another."""
    if item.definition is None:
        return declared.defined(start.astimezone(CITY_ZONE).date()).version
    versions = [one.version for one in declared.definition]
    if item.definition not in versions:
        told = f"definition {item.definition} is none of {', '.join(map(str, versions))}"
        raise WrongValueError(Reason.WRONG_TYPE, told)
    return item.definition


def _value(item: IndicatorItem, declared: IndicatorDeclaration, scale: float) -> float | None:
    """Return the value; of a ratio it follows from its parts, and what is said beside must agree with that."""
    value = item.value
    if item.numerator is not None and item.denominator is not None:
        value = item.numerator / item.denominator * scale
    if value is None or declared.valid is None:
        return value
    low, high = declared.valid
    if not low <= value <= high:
        raise WrongValueError(Reason.OUT_OF_RANGE, f"{item.indicator} = {value:g}, valid {low:g} to {high:g}")
    tolerance = max(10.0**-declared.decimals, abs(value) * 1e-6)
    if item.value is not None and abs(item.value - value) > tolerance:
        told = f"value {item.value:g} is not numerator / denominator, which is {value:g}"
        raise WrongValueError(Reason.CONFLICTING_VALUE, told)
    return value
