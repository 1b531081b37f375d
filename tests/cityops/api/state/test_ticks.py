"""Single flight: a tick counts from when the store was read, so that no answer is made of more than one tick ago."""

import asyncio
import gc
from threading import Event
from time import monotonic
from typing import Any

import pytest

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


def test_an_error_that_nobody_waits_for_any_more_is_no_loose_end() -> None:
    over, loose = Event(), list[Any]()

    def compute(_: str) -> tuple[float, int]:
        over.wait(60)
        raise ValueError("the database gave up")

    ticks = OncePerTick[str, int](compute, tick_s=60)

    async def ask() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: loose.append(told))
        with pytest.raises(TimeoutError):
            await ticks.get("city", patience_s=0.01)
        [running] = ticks._running.values()
        over.set()
        await asyncio.wait([running])

    loops.run(ask())
    gc.collect()
    assert loose == []
