"""What source systems push of indicators, and when: the running period at its cadence, the past at the start.

Revisions count the steps of a period, so that a repeated run sends the same revisions with the same values: they are
duplicates to the ingest. Of the past each period's last revision is sent. Now and then one is corrected after that.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.measures import Pushed
from cityops.domain.indicators.periods import Grain
from cityops.simulate.indicators.regional import Instants, SimulatedIndicator
from cityops.simulate.messages import Message
from cityops.simulate.noise import Floats, key_of, uniform
from cityops.wire.indicators import IndicatorItem
from cityops.wire.topics import Kind, Topic

VALUES_PER_MESSAGE = 200
PAST: Mapping[Grain, timedelta] = {
    Grain.FIVE_MINUTES: timedelta(days=1),
    Grain.HOUR: timedelta(days=8),
    Grain.DAY: timedelta(days=400),
    Grain.MONTH: timedelta(days=800),
    Grain.QUARTER: timedelta(days=900),
    Grain.YEAR: timedelta(days=1_500),
}
"""How much of the past is sent: enough to compare with the year before, or with the week of periods of the clock."""

CORRECTED = 0.02
"""Share of days and longer periods that are corrected once they are over."""
LONGEST_LAG = timedelta(days=12)
REVISED_BY, REVISED_FOR = "数据复核岗", "复核更正：补录迟到数据"

LOOK_S = 5.0
_DAY_S = 86_400.0
_ZONE_S = 8 * 3600
_encoder = msgspec.json.Encoder()


class PushedIndicators:
    """Messages with values of all pushed indicators: the past up to `start_ms` (ms since 1970 UTC), then what is due.

    Parameters
    ----------
    declared
        All that is declared, by code; what is not pushed is left out.
    kept
        By code the newest beginning of a period that the store has, where the past shall not be sent twice.
    """

    def __init__(
        self,
        declared: Mapping[str, IndicatorDeclaration],
        seed: int,
        start_ms: int,
        kept: Mapping[str, datetime] | None = None,
    ) -> None:
        pushed = {code: one for code, one in declared.items() if isinstance(one.measure, Pushed)}
        self._indicators = [SimulatedIndicator(code, one, seed) for code, one in pushed.items()]
        self._made_until_s = self._start_s = start_ms / 1000
        self._kept = kept or {}

    def past(self) -> Iterator[Message]:
        """Yield what was pushed before the start, longer periods first and each indicator's oldest first."""
        for grain, reach in reversed([*PAST.items()]):
            for one in self._indicators:
                if one.declared.period is grain:
                    kept = self._kept.get(one.code)
                    after_s = self._start_s - reach.total_seconds()
                    after_s = after_s if kept is None else max(after_s, kept.timestamp())
                    yield from _messages(one, pushed_between(one, after_s, self._start_s), self._start_s)

    def due(self, now_ms: int) -> Iterator[Message]:
        """Yield what has been pushed since the last time, looked at every few seconds."""
        now_s = now_ms / 1000
        if now_s - self._made_until_s < LOOK_S:
            return
        after_s, self._made_until_s = self._made_until_s, now_s
        for one in self._indicators:
            if _has_step(one.declared, after_s, now_s):
                yield from _messages(one, pushed_between(one, after_s, now_s), now_s)


def lag_s(declared: IndicatorDeclaration) -> float:
    """Return how long after its time a value comes: half its grace, and twelve days at most."""
    return min(declared.grace / 2, LONGEST_LAG).total_seconds()


def pushed_between(one: SimulatedIndicator, after_s: float, until_s: float) -> Iterator[IndicatorItem]:
    """Yield of each period the newest revision that is pushed in (after, until], in Unix seconds, oldest first."""
    declared = one.declared
    lag = lag_s(declared)
    starts, ends = _periods(declared, after_s, until_s)
    lengths = ends - starts
    steps = np.maximum(lengths // declared.cadence.total_seconds(), 1)
    before, now = (np.clip((at - lag - starts) * steps // lengths, 0, steps) for at in (after_s, until_s))
    moved = now > before
    yield from _items(one, starts[moved], lengths[moved], now[moved], steps[moved])
    corrected = _corrected(one, starts) & (declared.period.months > 0 or declared.period is Grain.DAY)
    told_s = ends + lag + np.maximum(lengths, 2 * _DAY_S)
    due = corrected & (told_s > after_s) & (told_s <= until_s)
    yield from _items(one, starts[due], lengths[due], steps[due] + 1, steps[due])


def _corrected(one: SimulatedIndicator, starts: Floats) -> "np.typing.NDArray[np.bool_]":
    struck: np.typing.NDArray[np.bool_] = uniform(key_of(one.seed, one.code), "corrected", starts) < CORRECTED
    return struck


def _periods(declared: IndicatorDeclaration, after_s: float, until_s: float) -> tuple[Floats, Floats]:
    """Return beginnings and ends of the periods of which something may be pushed in (after, until]."""
    grain = declared.period
    begin, end = (datetime.fromtimestamp(at, UTC) for at in (after_s - lag_s(declared), until_s))
    first = grain.floor(begin - timedelta(days=2))
    spans = list(grain.within(grain.shifted(first, -2), end))
    starts, ends = (np.array([moment.timestamp() for moment in column]) for column in zip(*spans, strict=True))
    cadence_s = declared.cadence.total_seconds()
    taken = np.ones(len(starts), bool) if grain.months else (starts + _ZONE_S) % cadence_s < ends - starts
    taken |= ends - starts >= cadence_s
    return starts[taken], ends[taken]


def _has_step(declared: IndicatorDeclaration, after_s: float, until_s: float) -> bool:
    """Tell whether a step may end in (after, until]; those of long periods are looked for at each hour."""
    width_s = min(declared.cadence.total_seconds(), 3600.0)
    lag = lag_s(declared)
    return (until_s + _ZONE_S - lag) // width_s > (after_s + _ZONE_S - lag) // width_s


def _items(
    one: SimulatedIndicator, starts: Floats, lengths: Floats, revisions: Floats, steps: Floats
) -> Iterator[IndicatorItem]:
    if not len(starts):
        return
    done = np.minimum(revisions / steps, 1)
    middle_s = starts + lengths * (0.5 if one.accumulates else done)
    corrects = revisions > steps
    when = Instants(middle_s, _passed(one.declared.period, done), np.where(corrects, 1.015, 1.0))
    columns = list(one.at(when))
    for place, start_s in enumerate(starts.tolist()):
        is_corrected = bool(corrects[place])
        for region, value, above, below in columns:
            yield IndicatorItem(
                one.code,
                region,
                int(start_s * 1000),
                value=float(value[place]),
                numerator=None if above is None else float(above[place]),
                denominator=None if below is None else float(below[place]),
                revision=int(revisions[place]),
                by=REVISED_BY if is_corrected else None,
                reason=REVISED_FOR if is_corrected else None,
            )


def _passed(grain: Grain, done: Floats) -> Floats:
    """Return which share of a period's sum has come when so much of its time is over: of a day little by night."""
    return done - 0.8 / (2 * np.pi) * np.sin(2 * np.pi * done) if grain is Grain.DAY else done


def _messages(one: SimulatedIndicator, items: Iterable[IndicatorItem], now_s: float) -> Iterator[Message]:
    topic = str(Topic(Kind.INDICATORS, one.measure.sources[0]))
    waiting: list[IndicatorItem] = []
    for item in items:
        waiting.append(item)
        if len(waiting) == VALUES_PER_MESSAGE:
            yield _message(topic, waiting, now_s)
            waiting = []
    if waiting:
        yield _message(topic, waiting, now_s)


def _message(topic: str, items: list[IndicatorItem], now_s: float) -> Message:
    return Message(int(now_s * 1000), topic, _encoder.encode(items), values=len(items))
