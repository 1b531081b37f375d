"""What a second API beside the first gives on the same machine: states per second, asked of both in turn.

One machine has the same processors for two as for one, and asking takes of them too: what is measured is that a
second one costs nothing, not what a second machine would give.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import cycle

from bench.figures import Figure, Setting
from bench.harness import Bench, World, median
from bench.web import Api, Client

STATE = "/api/v1/state"
CONNECTIONS = 8
ROUNDS = 4


def measure(bench: Bench, worlds: Sequence[World]) -> Iterator[Figure]:
    """Ask one API and two by turns, so that what disturbs one of them disturbs both."""
    [world] = worlds
    seconds, rates = bench.sizes.http_seconds, {1: list[float](), 2: list[float]()}
    with ExitStack() as stack:
        ports = [stack.enter_context(bench.api(world.url)) for _ in range(2)]
        apis = [Api(one.port, ports[-1].key) for one in ports]  # the key of the one before was renewed
        for number in range(-1, 2 * ROUNDS):  # what the first one finds is not counted: caches are empty
            count = 1 if number % 4 in {0, 3} else 2
            rate = asyncio.run(_hammer(apis[:count] if number >= 0 else apis, seconds))
            if number >= 0:
                rates[count].append(rate)
                bench.say(f"replicas: {rate:,.0f} states/s of {count}")
    told: dict[str, Setting] = {
        "APIs": "2 against 1, same machine",
        "connections": CONNECTIONS,
        "asked": "in turn, without a proxy",
        "median of": ROUNDS,
        "history": world.history,
    }
    yield Figure("replicas.state_ratio", median(rates[2]) / median(rates[1]), "", told)
    yield Figure("replicas.states_per_s", median(rates[2]), "states/s", told)


async def _hammer(apis: Sequence[Api], seconds: float) -> float:
    """Return states per second of several askers, each of whom asks the APIs in turn."""
    end = time.monotonic() + seconds
    counts = await asyncio.gather(*(_ask_until(apis, number, end) for number in range(CONNECTIONS)))
    return sum(counts) / seconds


async def _ask_until(apis: Sequence[Api], number: int, end: float) -> int:
    clients = [await Client.open(api) for api in apis]
    try:
        for count, client in enumerate(cycle(clients[number % len(clients) :] + clients[: number % len(clients)])):
            if time.monotonic() > end:
                return count
            await client.get(STATE)
    finally:
        for client in clients:
            client.close()
    raise AssertionError("a cycle has no end")
