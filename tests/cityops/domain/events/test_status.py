"""States of a case: each belongs to one stage of the closed loop."""

import pytest

from cityops.domain.events.status import OPEN_STATUSES, STAGE_OF, Severity, Stage, Status


def test_every_state_has_a_stage() -> None:
    assert set(STAGE_OF) == set(Status)
    assert set(STAGE_OF.values()) == set(Stage)


def test_open_is_what_is_not_closed() -> None:
    closed = {status for status in Status if status.stage is Stage.CLOSED}
    assert set(OPEN_STATUSES) == set(Status) - closed
    assert closed == {Status.CLOSED, Status.ARCHIVED, Status.VOID, Status.MERGED}


@pytest.mark.parametrize(
    ("stage", "statuses"),
    [
        (Stage.FOUND, "reported accepted verifying filed"),
        (Stage.DISPATCHED, "dispatched signed"),
        (Stage.HANDLING, "processing done verifying_result"),
        (Stage.CLOSED, "closed archived void merged"),
    ],
)
def test_the_closed_loop_has_four_steps(stage: Stage, statuses: str) -> None:
    assert [str(status) for status in Status if status.stage is stage] == statuses.split()


def test_stages_and_degrees_are_told_in_the_order_of_the_loop_and_of_urgency() -> None:
    assert [str(stage) for stage in Stage] == ["found", "dispatched", "handling", "closed"]
    assert [str(severity) for severity in Severity] == ["normal", "urgent", "critical"]
