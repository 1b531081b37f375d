"""Token buckets at their edges: what a take of several costs, what a refusal does not, and who counts as one."""

import pytest
from starlette.types import Scope

from cityops.rates import MOST_KEYS, Buckets, address_of


class Hand:
    """A clock that is moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        """Return where the hand stands."""
        return self.now


def test_a_burst_passes_then_one_per_pause_and_no_more_than_the_burst_is_saved_up() -> None:
    hand = Hand()
    buckets = Buckets(2, 3, hand)
    assert [buckets.wait("a") for _ in range(4)] == [0, 0, 0, 1]
    hand.now += 0.5
    assert [buckets.wait("a"), buckets.wait("a")] == [0, 1]
    hand.now += 3600
    assert [buckets.wait("a") for _ in range(4)] == [0, 0, 0, 1]


def test_who_is_refused_pays_nothing() -> None:
    hand = Hand()
    buckets = Buckets(0.1, 1, hand)
    assert [buckets.wait("a") for _ in range(5)] == [0, 10, 10, 10, 10]
    hand.now += 10
    assert buckets.wait("a") == 0


@pytest.mark.parametrize(("take", "waits"), [(0, 0), (1, 0), (4, 0), (5, 0), (6, 1), (9, 4)])
def test_several_at_once_are_taken_whole_or_not_at_all(take: int, waits: int) -> None:
    buckets = Buckets(1, 5, Hand())
    assert buckets.wait("a", take) == waits
    left = 5 - take if not waits else 5
    assert [buckets.wait("a") for _ in range(left + 1)].count(0) == left


def test_to_ask_for_nothing_is_refused_while_nothing_is_left() -> None:
    buckets = Buckets(1, 1, Hand())
    assert [buckets.wait("a", 0), buckets.wait("a"), buckets.wait("a", 0)] == [0, 0, 1]


def test_keys_are_counted_apart() -> None:
    buckets = Buckets(1, 1, Hand())
    assert [buckets.wait(key) for key in ("a", "b", "", "a")] == [0, 0, 0, 1]


def test_where_all_are_in_use_the_oldest_makes_room_and_full_ones_before_it() -> None:
    hand = Hand()
    buckets = Buckets(1, 1, hand)
    for number in range(MOST_KEYS):
        buckets.wait(str(number))
    assert buckets.wait("0") == 1
    assert buckets.wait("new") == 0
    assert [buckets.wait("0"), buckets.wait(str(MOST_KEYS - 1))] == [0, 1]  # the first was forgotten, the last not
    hand.now += 1
    buckets.wait("newer")
    assert len(buckets._levels) == 1  # all others were full again


def test_the_sentence_tells_how_often_and_when_again() -> None:
    assert Buckets(0.5, 20).told("10.0.0.7", 3) == (
        "10.0.0.7 asks too often: 0.5 requests per second are answered, 20 at once. Try again in 3 s."
    )


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        (("10.0.0.7", 1), "10.0.0.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:0db8:0001:0002"),
        (("2001:db8:1:2::", 1), "2001:0db8:0001:0002"),
        (("::1", 1), "0000:0000:0000:0000"),
        (("/run/socket", 0), "/run/socket"),
        (None, ""),
    ],
)
def test_whose_request_it_is(client: tuple[str, int] | None, counted: str) -> None:
    scope: Scope = {"type": "http", "client": client}
    assert address_of(scope) == counted
