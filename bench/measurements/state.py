"""What the state of the city and a day's trend cost, and how little that depends on the history kept behind them."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial

from sqlalchemy import Engine

from bench.figures import Figure, Setting
from bench.harness import Bench, World, median, percentile, timed
from bench.web import Api, ask, hammer
from cityops.api.state.city import TICK_S, City
from cityops.api.state.compose import compose
from cityops.reference import CITY_CODE
from cityops.store.engine import make_engine

STATE = "/api/v1/state"
TREND = "/api/v1/series?indicator=traffic_speed&interval=5min"
CONNECTIONS = 8
TURNS = 3

Durations = dict[str, list[float]]
"""Seconds per answer, by the name of the world."""


def measure(bench: Bench, worlds: Sequence[World]) -> Iterator[Figure]:
    """Ask two worlds in turn, so that what disturbs one of them disturbs both."""
    sizes = bench.sizes
    with ExitStack() as stack:
        apis = {world.name: stack.enter_context(bench.api(world.url)) for world in worlds}
        bench.say("state: requests per second")
        busy = _in_turn(TURNS, apis, lambda api: hammer(api, STATE, CONNECTIONS, sizes.http_seconds))
        bench.say("state: once per tick")
        tick = _in_turn(sizes.fresh_samples, apis, lambda api: ask(api, STATE, 1, 1.1 * TICK_S))
        bench.say("trend24h")
        trend = _in_turn(sizes.fresh_samples, apis, lambda api: ask(api, TREND, 4, 0.05))
    bench.say("state: all anew")
    fresh = _fresh(sizes.fresh_samples, worlds)
    yield from _figures(
        worlds, {"busy": busy, "tick": tick, "trend": trend, "fresh": fresh}, TURNS * sizes.http_seconds
    )


def _in_turn(
    turns: int, apis: Mapping[str, Api], asked: Callable[[Api], Coroutine[None, None, list[float]]]
) -> Durations:
    found: Durations = {name: [] for name in apis}
    for api in apis.values():
        asyncio.run(asked(api))  # caches of process and database are warm when the clock starts
    for _ in range(turns):
        for name, api in apis.items():
            found[name] += asyncio.run(asked(api))
    return found


def _fresh(times: int, worlds: Sequence[World]) -> Durations:
    """Compute the state with the API's own function and nothing kept from before but connections."""
    engines = {world.name: make_engine(world.url) for world in worlds}
    found: Durations = {name: [] for name in engines}
    for turn in range(times + 1):
        for name, engine in engines.items():
            seconds = timed(partial(_compute, engine))
            found[name] += [seconds] if turn else []
    for engine in engines.values():
        engine.dispose()
    return found


def _compute(engine: Engine) -> str:
    city = City(engine)
    moment = city.moment()
    return compose(moment, city.here(moment, CITY_CODE)).model_dump_json()


def _figures(worlds: Sequence[World], found: Mapping[str, Durations], seconds: float) -> Iterator[Figure]:
    small, big = (world.name for world in worlds)
    history: dict[str, Setting] = {"devices": worlds[1].registered, "history": worlds[1].history}
    compared = history | {"against history": worlds[0].history}

    def ratio(of: str) -> float:
        return median(found[of][big]) / median(found[of][small])

    asked = history | {"connections": CONNECTIONS, "answer": "whole body"}
    yield Figure("state.requests_per_s", len(found["busy"][big]) / seconds, "requests/s", asked)
    yield Figure("state.p99_s", percentile(found["busy"][big], 99), "s", asked)
    once = history | {"asked": "once per tick, over HTTP"}
    yield Figure("state.tick_s", median(found["tick"][big]), "s", once)
    yield Figure("state.tick_history_cost_ratio", ratio("tick"), "", compared)
    anew = history | {"computed": "all anew, trends and registry too"}
    yield Figure("state.fresh_s", median(found["fresh"][big]), "s", anew)
    yield Figure("state.history_cost_ratio", ratio("fresh"), "", compared)
    series = history | {"series": "one metric, whole city, 5-minute buckets", "asked": "over HTTP"}
    yield Figure("trend24h.p50_s", median(found["trend"][big]), "s", series)
    yield Figure("trend24h.p99_s", percentile(found["trend"][big], 99), "s", series)
    yield Figure("trend24h.history_cost_ratio", ratio("trend"), "", compared)
