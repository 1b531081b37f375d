"""The states of a case, the four stages that a wall shows of them, and how urgent a case is.

States follow the city's handling practice (GB/T 30428.8 and 12345 work orders).
"""

from enum import StrEnum


class Stage(StrEnum):
    """The closed loop in four steps: 发现, 派单, 处置, 办结."""

    FOUND = "found"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    CLOSED = "closed"


class Status(StrEnum):
    """State of a case."""

    REPORTED = "reported"
    ACCEPTED = "accepted"
    VERIFYING = "verifying"
    FILED = "filed"
    DISPATCHED = "dispatched"
    SIGNED = "signed"
    PROCESSING = "processing"
    DONE = "done"
    VERIFYING_RESULT = "verifying_result"
    CLOSED = "closed"
    ARCHIVED = "archived"
    VOID = "void"
    MERGED = "merged"

    @property
    def stage(self) -> Stage:
        """The step of the closed loop that this state belongs to."""
        return STAGE_OF[self]


STAGE_OF = {
    Status.REPORTED: Stage.FOUND,
    Status.ACCEPTED: Stage.FOUND,
    Status.VERIFYING: Stage.FOUND,
    Status.FILED: Stage.FOUND,
    Status.DISPATCHED: Stage.DISPATCHED,
    Status.SIGNED: Stage.DISPATCHED,
    Status.PROCESSING: Stage.HANDLING,
    Status.DONE: Stage.HANDLING,
    Status.VERIFYING_RESULT: Stage.HANDLING,
    Status.CLOSED: Stage.CLOSED,
    Status.ARCHIVED: Stage.CLOSED,
    Status.VOID: Stage.CLOSED,
    Status.MERGED: Stage.CLOSED,
}

OPEN_STATUSES = tuple(status for status, stage in STAGE_OF.items() if stage is not Stage.CLOSED)


class Severity(StrEnum):
    """Urgency of a case: 一般, 紧急, 特急."""

    NORMAL = "normal"
    URGENT = "urgent"
    CRITICAL = "critical"
