"""Acknowledging many deliveries at once: each settled one exactly once, and none that is not settled."""

from hypothesis import given
from hypothesis import strategies as st

from cityops_ingest.sources.amqp.acknowledgements import Acknowledgements


@given(st.permutations(range(1, 13)), st.lists(st.integers(1, 4)), st.integers(0, 12))
def test_in_whatever_order_what_is_settled_and_nothing_else_is_acknowledged(
    order: list[int], sizes: list[int], settled: int
) -> None:
    """The broker's side is kept as it keeps it: what it waits for, of which a range takes all up to a tag."""
    tally, unacknowledged, noted = Acknowledgements(), set(range(1, 13)), set[int]()
    waiting = order[:settled]
    for size in [*sizes, len(waiting)]:
        batch, waiting = waiting[:size], waiting[size:]
        noted |= set(batch)
        up_to, alone = tally.settle(batch)
        if up_to:
            assert up_to in unacknowledged  # AMQP ends the channel for a tag that it does not know (any more)
            unacknowledged -= set(range(1, up_to + 1))
        for tag in alone:
            assert tag in unacknowledged
            unacknowledged.remove(tag)
        assert unacknowledged == set(range(1, 13)) - noted


def test_a_batch_that_is_settled_in_order_is_one_acknowledgement() -> None:
    tally = Acknowledgements()
    assert tally.settle(range(1, 20_001)) == (20_000, [])
    assert tally.settle([20_001]) == (20_001, [])
    assert tally.settle([]) == (0, [])
