"""Words of corrections, and of what a value carries beside its number; as they are kept and told."""

from enum import StrEnum


class CorrectionAction(StrEnum):
    """What is done with a value that is as expected, the gravest first: of several that apply the first is done."""

    DROP = "drop"
    """It is left out, as if it had not come; another source's value then stands in."""
    OVERRIDE = "override"
    """`amount` is shown instead."""
    SCALE = "scale"
    """It is multiplied by `amount`: a wrong unit."""
    FLAG = "flag"
    """It stays, and is marked."""


class CorrectionStatus(StrEnum):
    """How far the source has come with it."""

    OPEN = "open"
    REPORTED = "reported"
    ACKNOWLEDGED = "acknowledged"
    FIXED_UPSTREAM = "fixed_upstream"
    """The source is repaired: the correction is over."""
    WITHDRAWN = "withdrawn"
    """It was a mistake: the source was right."""

    @property
    def is_over(self) -> bool:
        """Whether it holds no more."""
        return self in _OVER

    def may_become(self, after: "CorrectionStatus") -> bool:
        """Return whether one may follow: only forward, and nothing after an end."""
        order = list(CorrectionStatus)
        return not self.is_over and order.index(after) > order.index(self)


_OVER = frozenset({CorrectionStatus.FIXED_UPSTREAM, CorrectionStatus.WITHDRAWN})


class CorrectionState(StrEnum):
    """What a correction does at this moment."""

    HOLDS = "holds"
    STALE = "stale"
    """Its source says something else than expected, of some value at least."""
    EXPIRED = "expired"
    OVER = "over"


class ValueMark(StrEnum):
    """What a value carries beside its number."""

    CORRECTED = "corrected"
    FLAGGED = "flagged"
    WITHHELD = "withheld"
    """It is of so few persons that it would tell about them."""
