"""Events: every state belongs to one stage, and what is open is what is not closed."""

from cityops.domain.events import OPEN_STATUSES, STAGE_OF, Stage, Status


def test_every_state_has_a_stage() -> None:
    assert set(STAGE_OF) == set(Status)
    assert set(STAGE_OF.values()) == set(Stage)


def test_open_is_what_is_not_closed() -> None:
    closed = {status for status in Status if status.stage is Stage.CLOSED}
    assert set(OPEN_STATUSES) == set(Status) - closed
    assert closed == {Status.CLOSED, Status.ARCHIVED, Status.VOID, Status.MERGED}
