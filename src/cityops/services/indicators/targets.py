"""Which value of an indicator a target of policy is held against: the newest whole period's, as the series has it."""

from collections.abc import Mapping
from datetime import datetime

from cityops.domain.indicators import questions
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.folding import Bucket, Cell
from cityops.domain.indicators.questions import RefusedQuestionError
from cityops.domain.indicators.targets import PolicyTarget
from cityops.domain.regions import level_of
from cityops.services.indicators.answering import AskedPeriods, Evaluation


def reached(
    evaluation: Evaluation, every: Mapping[str, Indicator], target: PolicyTarget, now: datetime
) -> tuple[Bucket | None, Cell]:
    """Return the newest whole period that has a value, with it; the running one where there is none."""
    one, grain = every[target.indicator], target.interval
    asked = AskedPeriods((target.region,), level_of(target.region), grain)
    try:
        questions.check(one, grain, asked.level, every)
    except RefusedQuestionError:
        return None, Cell()
    first = grain.floor(now - grain.usual_range)
    buckets = [*grain.within(first, grain.ceiling(now))]
    cells = evaluation.cells(one, asked, buckets)
    known = [bucket for bucket in buckets if cells[target.region, bucket].value is not None]
    whole = [bucket for bucket in known if bucket[1] <= now]
    bucket = next(reversed(whole or known), None)
    return bucket, cells[target.region, bucket] if bucket else Cell()
