"""Which limits judge a reading: a rule's own, or those that it has for the mode that holds where the device is.

From a rule and the modes that hold, or held, in a region; the job of alarms asks for each reading by its own time, so
that what is judged does not depend on when it is looked at.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cityops.domain.alarms.rules import AlarmRule
from cityops.domain.modes.modes import ModeHeld, ModeInForce, concerning

Span = tuple[datetime, ModeInForce | None]
"""From when on the limits of a mode judge; of None the rule's own do."""


def judged_in(rule: AlarmRule, modes: Iterable[ModeInForce], region_code: str) -> ModeInForce | None:
    """Return the mode whose limits judge what comes from a region under a rule; None where they are the rule's own.

    `modes` are those that hold at one moment. It is the district's own or the city's of the rule's matter. A drill
    moves no limit: what comes is measured, and what it warns of is real.
    """
    found = concerning((one for one in modes if not one.drill), region_code, rule.rule_class.value)
    return found if found is not None and rule.differs_in(found.kind) else None


def spans(rule: AlarmRule, held: Sequence[ModeHeld], region_code: str) -> tuple[Span, ...]:
    """Return in order of time when whose limits began to judge; before the first they were the rule's own."""
    moments = {one.mode.since for one in held} | {one.over_at for one in held if one.over_at is not None}
    found: list[Span] = []
    before = None
    for moment in sorted(moments):
        mode = judged_in(rule, (one.mode for one in held if one.holds_at(moment)), region_code)
        if mode != before:
            found.append((moment, mode))
            before = mode
    return tuple(found)
