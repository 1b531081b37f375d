"""Single flight: a tick counts from when the store was read, so that no answer is made of more than one tick ago."""

from time import monotonic

from cityops.api.state.ticks import OncePerTick
from fixtures import loops


def test_a_value_grows_old_with_what_it_was_made_of() -> None:
    made: list[str] = []
    age_s = 0.0

    def compute(key: str) -> tuple[float, int]:
        made.append(key)
        return monotonic() - age_s, len(made)

    ticks = OncePerTick(compute, tick_s=60)

    async def get(key: str) -> int:
        return await ticks.get(key, patience_s=5)

    async def ask() -> None:
        nonlocal age_s
        assert [await get("city"), await get("city")] == [1, 1]
        age_s = 61  # made now, of what was read before this tick
        assert [await get("street"), await get("street")] == [2, 3]
        assert await get("city") == 1

    loops.run(ask())


def test_what_is_over_is_kept_for_nobody() -> None:
    ticks = OncePerTick[int, int](lambda key: (monotonic() - 61, key), tick_s=60)  # over as soon as it is made

    async def ask() -> None:
        for region in range(50):
            assert await ticks.get(region, patience_s=5) == region

    loops.run(ask())
    assert len(ticks._kept) == 1
