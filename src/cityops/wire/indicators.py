"""Payload of an indicators message: values of declared indicators as a source system pushes them.

One message is one object or an array of objects. The source counts the revisions of a value in `revision`, so that a
repeated or late message is recognised: (source, indicator, region, period, revision) names a value once and for all.
"""

from typing import Annotated

import msgspec

from cityops.wire.readings import Moment


class IndicatorItem(msgspec.Struct, omit_defaults=True):
    """One revision of one value.

    `start` is when the period begins; how long it is the indicator declares, and `end`, where it is given, is held
    against that. A ratio comes with `numerator` and `denominator`. A revision without a value withdraws. `by` and
    `reason` say who revised a value and why.
    """

    indicator: str
    region: str
    start: Moment
    end: Moment | None = None
    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    quality: Annotated[int, msgspec.Meta(ge=0, le=2)] = 0
    coverage: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    definition: int | None = None
    revision: Annotated[int, msgspec.Meta(ge=0, lt=2**31)] = 0
    by: str | None = None
    reason: str | None = None
