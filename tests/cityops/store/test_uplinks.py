"""Uplinks: all workers agree on when one first came, unless it is so long ago that it must be another."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops.store import uplinks
from factories.world import World

WITHIN_US = 600_000_000


def agreed(world: World, **times: int) -> dict[str, int]:
    told = uplinks.agreed(world.connection, {name.encode(): us for name, us in times.items()}, WITHIN_US)
    return {digest.decode(): us for digest, us in told.items()}


def test_a_new_uplink_is_of_the_time_it_came(world: World) -> None:
    assert agreed(world, a=1_000, b=2_000) == {"a": 1_000, "b": 2_000}


def test_nothing_asked_is_nothing_agreed(world: World) -> None:
    assert agreed(world) == {}


def test_one_that_comes_again_is_of_its_first_time_and_costs_a_new_one_nothing(world: World) -> None:
    agreed(world, a=1_000)
    assert agreed(world, a=5_000, b=5_000) == {"a": 1_000, "b": 5_000}


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (WITHIN_US, 0),
        (WITHIN_US + 1, WITHIN_US + 1),
        (-WITHIN_US, 0),  # another worker's clock is behind
        (-WITHIN_US - 1, -WITHIN_US - 1),
    ],
)
def test_one_that_was_too_long_ago_is_another(later: int, expected: int, world: World) -> None:
    agreed(world, a=0)
    assert agreed(world, a=later) == {"a": expected}


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(times=st.lists(st.integers(0, WITHIN_US), min_size=1, max_size=6))
def test_repeats_within_the_time_all_agree_on_the_first_in_whatever_order_they_come(
    times: Sequence[int], world: World
) -> None:
    with world.connection.transaction(force_rollback=True):
        assert [agreed(world, a=us)["a"] for us in times] == [times[0]] * len(times)


def seen(world: World, **ages: timedelta) -> None:
    """Have uplinks that last came so long ago."""
    agreed(world, **dict.fromkeys(ages, 0))
    for name, age in ages.items():
        world.connection.execute("UPDATE uplink SET seen_at = now() - %s WHERE digest = %s", [age, name.encode()])


def test_only_what_came_longer_ago_than_it_is_kept_is_forgotten(world: World) -> None:
    minute = timedelta(minutes=1)
    seen(world, old=uplinks.KEPT + minute, young=uplinks.KEPT - minute, new=timedelta(0))
    assert uplinks.forgettable(world.connection) == 1
    assert uplinks.forget(world.connection) == 1
    assert (uplinks.forgettable(world.connection), uplinks.forget(world.connection)) == (0, 0)
    left = world.connection.execute("SELECT digest FROM uplink ORDER BY digest").fetchall()
    assert left == [(b"new",), (b"young",)]


def test_one_that_comes_again_is_kept_for_longer(world: World) -> None:
    seen(world, a=uplinks.KEPT + timedelta(minutes=1))
    agreed(world, a=1)
    assert uplinks.forget(world.connection) == 0
    assert agreed(world, a=2) == {"a": 0}
