"""Whether a standby may answer, from what was seen of both servers: never with less than it must have."""

from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.replicas.following import BOUND_S, SILENT_S, Following

STEPS = st.lists(
    st.tuples(st.floats(0, 5), st.integers(0, 100), st.integers(0, 100), st.booleans(), st.booleans()), max_size=40
)


def following(*steps: tuple[float, int | None, int | None]) -> Following:
    """Return what was seen of both at some seconds: what the primary had written, what the standby had replayed."""
    made = Following()
    for at, written, replayed in steps:
        if written is not None:
            made.primary_told(at, written)
        if replayed is not None:
            made.standby_told(at, replayed)
    return made


def test_a_standby_that_has_all_is_asked() -> None:
    made = following((10.0, 700, 700))
    assert made.may_ask_standby(10.1)
    assert not made.is_alone(10.1)


def test_nothing_is_asked_of_a_standby_before_it_is_known_what_it_has() -> None:
    assert not Following().may_ask_standby(0.0)
    assert not following((0.0, None, 700)).may_ask_standby(0.1)
    assert not following((0.0, 700, 699)).may_ask_standby(0.1)


def test_one_that_is_too_far_behind_is_not_asked_while_the_primary_answers() -> None:
    steps = [(float(second), 700 + second, 700) for second in range(10)]
    made = following(*steps)
    assert made.behind_s(9.0) == 9.0
    assert not made.may_ask_standby(9.0)
    made.standby_told(9.2, 709)
    assert made.may_ask_standby(9.3)


def test_it_answers_alone_once_the_primary_is_silent_however_far_behind_it_was() -> None:
    made = following(*((float(second), 700 + second, 700) for second in range(5)))
    assert not made.may_ask_standby(5.0)
    silent = 4.0 + SILENT_S + 0.1
    made.standby_told(silent, 700)
    assert made.is_alone(silent)
    assert made.may_ask_standby(silent)
    assert made.behind_s(silent) == silent


def test_one_that_leads_now_or_is_silent_itself_is_no_standby() -> None:
    made = following((0.0, 700, 700))
    assert not made.may_ask_standby(SILENT_S + 0.1)
    made = following((0.0, 700, 700))
    made.standby_gone()
    assert not made.may_ask_standby(0.1)
    assert made.behind_s(0.1) is None


@given(STEPS)
def test_whoever_is_asked_had_all_that_was_written_before_the_bound(
    steps: list[tuple[float, int, int, bool, bool]],
) -> None:
    made, now, written, replayed = Following(), 0.0, 0, 0
    history: list[tuple[float, int]] = []
    for pause, more, caught_up, primary_answers, standby_answers in steps:
        now, written = now + pause, written + more
        replayed = min(written, replayed + caught_up)
        history.append((now, written))
        if primary_answers:
            made.primary_told(now, written)
        if standby_answers:
            made.standby_told(now, replayed)
        if made.may_ask_standby(now) and not made.is_alone(now):
            before = [position for at, position in history if at < now - BOUND_S]
            assert replayed >= max(before, default=0)
