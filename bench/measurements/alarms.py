"""Alarms: how long a published reading takes until the API shows its alarm, and what 1,000 rules cost the ingest."""

import random
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import httpx
import numpy as np
import orjson

from bench import history, publisher
from bench.figures import Figure, Setting
from bench.harness import QUICK, Bench, World, median, percentile
from bench.measurements.mqtt import CADENCE_S, VALUES, send, warm_up, workers
from bench.web import Api
from bench.workload import Workload, workload
from cityops import reference
from cityops.domain.alarms.rules import AlarmRule, Applies, ConditionKind, LevelLimit, RuleSubject
from cityops.domain.devices import Device
from cityops.domain.metrics import WarningLevel
from cityops.domain.regions import RegionLevel
from cityops.errors import CityopsError
from cityops.store.alarms import rules
from cityops.store.engine import make_engine, writing
from cityops.wire.topics import Kind, Topic

RULES = 1_000
PROBED, PROBE_RULE = "PROBE-waterlogging", "probe"
OVER, UNDER = 250.0, 0.0
SECONDS, QUICK_SECONDS = 40.0, 8.0
READ_BY_ALL_S = 12.0
"""Workers read the rules every 10 s."""

POLL_S, PAUSE_S, LONGEST_S = 0.03, 0.3, 30.0
"""The API answers a credential 50 times a second."""


def measure(bench: Bench, worlds: Sequence[World]) -> Iterator[Figure]:
    """Measure on the larger history, with the job of alarms beside the workers."""
    world = worlds[-1]
    with bench.connect(world.url) as connection:
        work = workload(connection, world.devices)
    settings: dict[str, Setting] = {"devices": world.registered, "rules": RULES, "history": world.history}
    with workers(bench, world) as parts, bench.part("jobs", world.url, "jobs"):
        with bench.connect(world.url) as connection:
            start_s = history.end_of_history_s() + history.BEFORE_NOW_S // 4
            start_s += warm_up(bench, connection, work, start_s)
            seconds: dict[bool, list[float]] = {False: [], True: []}
            for has_rules in [False, True] * bench.sizes.rounds:
                _set(world, _many() if has_rules else [])
                time.sleep(READ_BY_ALL_S)
                start_s += warm_up(bench, connection, work, start_s)  # a worker reads them with its next batch
                file, messages, covers_s = _prepared(bench, work, bench.sizes.single_messages, start_s)
                start_s += covers_s
                rate, _ = send(bench, connection, file, messages * VALUES, parts, 0)
                seconds[has_rules].append(1 / rate)
                bench.say(f"alarms: {rate:,.0f} readings/s {'with' if has_rules else 'without'} rules")
        ratio = median(seconds[True]) / median(seconds[False])
        yield Figure("alarm.ingest_cost_ratio", ratio, "", settings | {"median of": bench.sizes.rounds})
        with bench.api(world.url) as api:
            delays = _visible(bench, world, work, api)
    per_s = bench.sizes.city_per_s
    settings |= {"messages/s": per_s, "readings per message": VALUES, "samples": len(delays)}
    yield Figure("alarm.visible_p50_s", median(delays), "s", settings)
    yield Figure("alarm.visible_p99_s", percentile(delays, 99), "s", settings)


def _many() -> list[AlarmRule]:
    """Return the shipped rules on values once more for each district, with limits a little apart, and the probe's."""
    shipped = [
        rule
        for rule in reference.alarm_rules()
        if rule.subject is RuleSubject.METRIC and rule.condition is ConditionKind.THRESHOLD
    ]
    districts = [region.code for region in reference.regions() if region.level is RegionLevel.DISTRICT]
    made = [
        replace(
            rule,
            code=f"{rule.code}_{district}_{number}",
            applies=Applies(regions=(district,)),
            inhibits=(),
            as_metric=False,
        )
        for number, rule, district in product(range(1 + RULES // (len(shipped) * len(districts))), shipped, districts)
    ]
    depth = next(rule for rule in shipped if rule.metric == "water_depth")
    probe = replace(
        depth,
        code=PROBE_RULE,
        limits=(LevelLimit(WarningLevel.RED, 200.0, 0.0, 2),),
        on_delay=timedelta(0),
        off_delay=timedelta(0),
        latched_from=WarningLevel.NONE,
        as_metric=False,
        inhibits=(),
        applies=Applies(devices=PROBED),
    )
    return [probe, *made[: RULES - 1]]


def _set(world: World, wanted: list[AlarmRule]) -> None:
    engine = make_engine(world.url)
    with writing(engine) as connection:
        rules.set_all(connection, wanted, "bench")
    engine.dispose()


def _prepared(bench: Bench, work: Workload, messages: int, start_s: int) -> tuple[Path, int, int]:
    instants = -(-messages // len(work.triples()))
    times = start_s + np.arange(instants, dtype=np.float64) * CADENCE_S
    file = bench.folder / "alarms"
    sent = publisher.prepare(file, work.messages_of_triples(times, CADENCE_S))
    return file, sent, instants * CADENCE_S


def _visible(bench: Bench, world: World, work: Workload, api: Api) -> list[float]:
    """Publish a device over and under its limit while the others speak; return the delays of the former."""
    per_s, seconds = bench.sizes.city_per_s, QUICK_SECONDS if bench.sizes is QUICK else SECONDS
    file, _, _ = _prepared(bench, work, round(per_s * seconds * 1.2), history.end_of_history_s())
    device = next(one for one in world.probes if one.code == PROBED)
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{api.port}", headers={"Authorization": f"Bearer {api.key}"}, timeout=LONGEST_S
    )
    delays: list[float] = []
    with client, publisher.generator(bench.mqtt_port, file, per_s) as background:
        connection = publisher.connect(bench.mqtt_port, "bench-alarm-probe")
        background.go()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            delays.append(_until(client, connection, device, OVER, is_open=True))
            _until(client, connection, device, UNDER, is_open=False)
            time.sleep(random.uniform(0, PAUSE_S))
        connection.close()
    return delays


def _until(client: httpx.Client, connection: socket.socket, device: Device, value: float, *, is_open: bool) -> float:
    """Publish a value and ask until the alarm is there, or is there no more; return the seconds that took."""
    topic = str(Topic(Kind.READINGS, device.source_system_code, device.code))
    payload = orjson.dumps({"ts": time.time_ns() // 1_000_000, "metric": "water_depth", "value": value})
    began = time.monotonic()
    connection.sendall(publisher.publish_packet(topic, payload, 1))
    connection.recv(publisher.ACKNOWLEDGEMENT_BYTES)
    while time.monotonic() - began < LONGEST_S:
        answer = client.get("/api/v1/alarms", params={"rule": PROBE_RULE, "open": "true", "level": "4"})
        if not answer.is_success:
            raise CityopsError(f"GET /api/v1/alarms: {answer.status_code}: {answer.text}")
        if bool(answer.json()["items"]) == is_open:
            return time.monotonic() - began
        time.sleep(POLL_S)
    raise CityopsError(f"the alarm of {device.code} did not {'show' if is_open else 'end'} within {LONGEST_S:.0f} s")
