"""What fifty walls cost the server beside one: each has its own token and stream, and asks who it is as pages do."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress

from bench.cpu import seconds_of_tree
from bench.figures import Figure, Setting
from bench.harness import Bench, World, median
from bench.measurements.walls.city import Served, city, display, screen
from cityops import reference
from cityops.errors import CityopsError
from cityops_dashboards.access.cookies import DISPLAY

WALLS = 50
WHO_S = 5.0
"""So often line.js asks whose line it is."""

SETTLES_S = 6.0
HISTORY_S = 15.0
ROUNDS = 2
READ = 2**16


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Have one wall and many in turn, the same city speaking; only what API and dashboard use is counted."""
    seconds = bench.sizes.walls_seconds
    with ExitStack() as stack:
        url = bench.new_database("bench_walls")
        api = city(bench, url, stack)
        dashboard = screen(bench, url, api, stack)
        tokens = [display(url, f"bench wall {number}") for number in range(WALLS)]
        time.sleep(HISTORY_S)  # the simulator's past is sent first
        used: dict[int, list[float]] = {1: [], WALLS: []}
        for count in [1, WALLS] * ROUNDS:
            states, cores = asyncio.run(_watched(api, dashboard, tokens[:count], seconds))
            used[count].append(cores)
            bench.say(f"walls50: {count} walls: {cores:.3f} cores, {states / seconds / count:.2f} states/s each")
    settings: dict[str, Setting] = {
        "devices": bench.sizes.wall_devices,
        "seconds": seconds,
        "each in turn": ROUNDS,
        "counted": "API and dashboard",
    }
    yield Figure("walls50.cost_ratio", median(used[WALLS]) / median(used[1]), "", settings)
    yield Figure("walls50.one_cores", median(used[1]), "cores", settings)
    yield Figure("walls50.fifty_cores", median(used[WALLS]), "cores", settings)


async def _watched(api: Served, dashboard: Served, tokens: Sequence[str], seconds: float) -> tuple[int, float]:
    """Return how many states all walls have got in these seconds, and the cores that serving them took."""
    got = [0] * len(tokens)
    walls = [asyncio.create_task(_wall(dashboard.port, token, got, place)) for place, token in enumerate(tokens)]
    try:
        await asyncio.sleep(SETTLES_S)
        before, states = _cpu(api, dashboard), sum(got)
        await asyncio.sleep(seconds)
        spent, states = _cpu(api, dashboard) - before, sum(got) - states
    finally:
        for wall in walls:
            wall.cancel()
        ended = await asyncio.gather(*walls, return_exceptions=True)
    for one in ended:
        if isinstance(one, Exception):
            raise one
    return states, spent / seconds


def _cpu(*parts: Served) -> float:
    return sum(seconds_of_tree(one.pid) for one in parts)


async def _wall(port: int, token: str, got: list[int], place: int) -> None:
    await asyncio.gather(_streamed(port, token, got, place), _asking_who(port, token))


async def _streamed(port: int, token: str, got: list[int], place: int) -> None:
    """Read a stream of states and throw it away."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(_asked(f"/stream/state?region={reference.CITY_CODE}", token))
        if b" 200 " not in await reader.readline():
            raise CityopsError("a wall was refused its stream")
        while read := await reader.read(READ):
            got[place] += read.count(b"event: state")
        raise CityopsError("a wall's stream has ended")
    finally:
        writer.close()


async def _asking_who(port: int, token: str) -> None:
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_asked("/me", token, "Connection: close\r\n"))
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        await asyncio.sleep(WHO_S)


def _asked(path: str, token: str, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {DISPLAY}={token}\r\n{more}\r\n".encode()
