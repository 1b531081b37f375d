"""What strangers cost those who are signed in: their questions with and without a flood of sign-ins behind them."""

import asyncio
import contextlib
import json
from collections.abc import Iterator, Sequence

from bench.figures import Figure, Setting
from bench.harness import Bench, World, percentile
from bench.web import Api, Client
from bench.workload import SEED, metrics_of_kinds
from cityops.simulate.fleet import fleet
from cityops.store import registry

DEVICES = 2_000
STRANGERS = 60
ADDRESSES = 12
ASKED = 150
PAUSE_S = 0.05
PATH = "/api/v1/devices?limit=100"


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Ask as one who is signed in, in turn with and without sixty who try passwords all the time."""
    url = bench.new_database("bench_signin_flood")
    with bench.connect(url) as connection:
        registry.register(connection, fleet(DEVICES, SEED), metrics_of_kinds())
        connection.execute("VACUUM (ANALYZE) device, series")
    bench.say("signin_flood")
    with bench.api(url) as api:
        calm, flooded, tried = asyncio.run(_in_turn(api))
    settings: dict[str, Setting] = {"strangers": STRANGERS, "addresses": ADDRESSES, "asked": PATH}
    yield Figure("signin_flood.calm_p95_s", percentile(calm, 95), "s", settings)
    yield Figure("signin_flood.flooded_p95_s", percentile(flooded, 95), "s", settings | {"tries answered": tried})
    yield Figure("signin_flood.delay_ratio", percentile(flooded, 95) / percentile(calm, 95), "", settings)


async def _in_turn(api: Api) -> tuple[list[float], list[float], int]:
    calm: list[float] = []
    flooded: list[float] = []
    tried = 0
    await _asked(api, 20)  # warm
    for _ in range(2):
        calm += await _asked(api, ASKED)
        answered = [0] * STRANGERS
        flood = [asyncio.create_task(_try(api, number, answered)) for number in range(STRANGERS)]
        flooded += await _asked(api, ASKED)
        for task in flood:
            task.cancel()
        await asyncio.gather(*flood, return_exceptions=True)
        tried += sum(answered)
    return calm, flooded, tried


async def _asked(api: Api, times: int) -> list[float]:
    client, loop, found = await Client.open(api), asyncio.get_running_loop(), list[float]()
    try:
        for _ in range(times):
            await asyncio.sleep(PAUSE_S)
            began = loop.time()
            await client.get(PATH)
            found.append(loop.time() - began)
    finally:
        client.close()
    return found


async def _try(api: Api, number: int, answered: list[int]) -> None:
    """Try passwords without end, a new login each time, from one of several addresses of this machine."""
    local = (f"127.0.0.{2 + number % ADDRESSES}", 0)
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", api.port, local_addr=local)
            try:
                while True:
                    body = json.dumps({"login": f"nobody{number}-{answered[number]}", "password": "x" * 12}).encode()
                    head = f"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
                    writer.write(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
                    told = (await reader.readuntil(b"\r\n\r\n")).lower()
                    length = next(line for line in told.split(b"\r\n") if line.startswith(b"content-length:"))
                    await reader.readexactly(int(length.partition(b":")[2]))
                    answered[number] += 1
                    await asyncio.sleep(0.5 if b" 429 " in told.split(b"\r\n")[0] else 0.0)
            finally:
                writer.close()
