"""What one body can cost the HTTP ingest: bodies of 8 MB as unlike readings as their sender can make them."""

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

from bench.cpu import seconds_of_tree
from bench.figures import Figure, Setting
from bench.harness import Bench, World, listens, wait_for
from bench.memory import peak_bytes
from bench.workload import SEED, metrics_of_kinds
from cityops.domain.access import Role, Scope, ScopeKind, Subject
from cityops.domain.audit import command_line
from cityops.local.processes import free_ports
from cityops.simulate.fleet import fleet
from cityops.store import registry
from cityops.store.access import credentials
from cityops.store.engine import make_engine, writing
from cityops_ingest.sources.http.source import BODY_LIMIT

ANSWER_S = 120.0
MB = 1_000_000
LINES = {"content-type": "application/x-ndjson"}

ROUTES = Path(__file__).parents[2] / "ingest" / "adapters.example.toml"


def repeated(part: str, *, begin: str = "[", end: str = "]") -> bytes:
    """Return as many of a part, parted by commas, as a body may hold."""
    room = BODY_LIMIT - len(begin) - len(end)
    return (begin + ",".join([part] * (room // (len(part) + 1))) + end).encode()


def numbered(form: str, *, begin: str, end: str) -> bytes:
    """Return likewise of parts that differ by a number."""
    room = BODY_LIMIT - len(begin) - len(end)
    return (begin + ",".join(form % number for number in range(room // (len(form % 9_999_999) + 1))) + end).encode()


def bodies() -> Iterator[tuple[str, str, bytes, dict[str, str]]]:
    """Yield name, address, body and headers, each body of nearly 8 MB."""
    readings, events = "/v1/readings/water-logging", "/v1/events/hotline-12345"
    good = '{"device":"%07d","ts":1795000000000,"metric":"water_depth","value":1}'
    deep = '{"ts":1,"a":' + "[" * 980 + "]" * 980 + "}"
    deeper = '{"ts":1,"a":' + "[" * 1100 + "]" * 1100 + "}"
    for name, body in (
        ("brackets", b"[" * BODY_LIMIT),
        ("braces", b'{"a":' * (BODY_LIMIT // 5)),
        ("deep items", repeated(deep)),
        ("deeper items", repeated(deeper)),
        ("numbers", repeated("1")),
        ("30,000 numbers", b"[" + b",".join([b"1" * 270] * 30_000) + b"]"),
        ("100,000 numbers", b"[" + b",".join([b"1" * 80] * 100_000) + b"]"),
        ("100,000 numbers beside NaN", b"[NaN," + b",".join([b"1" * 70] * 99_999) + b"]"),
        ("30,000 numbers beside NaN", b"[NaN," + b",".join([b"1" * 270] * 29_999) + b"]"),
        ("objects", repeated("{}")),
        ("unknown devices", numbered(good, begin="[", end="]")),
        ("unknown devices beside NaN", numbered(good, begin="[NaN,", end="]")),
        ("metrics of one object", numbered('"m%07d":1', begin='{"ts":1795000000000,"values":{', end="}}")),
        ("a long number", b"[" + b"1" * (BODY_LIMIT - 2) + b"]"),
        ("a long fraction", b"[0." + b"1" * (BODY_LIMIT - 4) + b"]"),
        ("a long text", json.dumps({"device": "\\" * (BODY_LIMIT // 5)}).encode()),
        ("quotes", b'["' * (BODY_LIMIT // 2)),
        ("commas", b"[" + b"," * (BODY_LIMIT - 2) + b"]"),
        ("blanks", b" " * BODY_LIMIT),
        ("bytes", bytes(range(256)) * (BODY_LIMIT // 256)),
    ):
        yield name, readings, body, {}
        yield f"{name}, as cases", events, body, {}
    for name, line in (("a", "1"), ("an empty", ""), ("an unknown device's", good % 7), ("an unended", '{"a')):
        yield f"{name} line", readings, (line + "\n").encode() * (BODY_LIMIT // (len(line) + 1)), LINES
    some = (b"1" * 270 + b"\n") * 30_000
    yield "30,000 lines", readings, some, LINES
    yield "gzip of brackets", readings, gzip.compress(b"[" * BODY_LIMIT, 1), {"content-encoding": "gzip"}
    for name, body in (
        ("brackets", b"[" * BODY_LIMIT),
        ("fields", numbered('"f%07d":1', begin="{", end="}")),
        ("numbers", repeated("1", begin='{"a":[', end="]}")),
        ("a long name", b'{"' + b"n" * 4_000_000 + b'":[' + b"1," * 190_000 + b"1]}"),
    ):
        yield f"tasmota: {name}", "/tele/x/SENSOR", body, {}
    for name, body in (
        ("records", repeated('{"n":"a","v":1}')),
        ("wide records", numbered('{"n":"%07d","v":1,"x":"' + "y" * 140 + '"}', begin="[", end="]")),
    ):
        yield f"senml: {name}", "/senml/7", body, {}


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Send each body alone, and look at what the worker has used for it when its answer is there."""
    url = bench.new_database("bench_body")
    with bench.connect(url) as connection:
        registry.register(connection, fleet(bench.sizes.devices, SEED), metrics_of_kinds())
    [port] = free_ports(1)
    costs: dict[str, float] = {}
    with bench.part("ingest-body", url, "ingest", "http", "--port", str(port), "--adapters", str(ROUTES)) as part:
        wait_for(lambda: listens(port), "the HTTP ingest listens", seconds=60)
        assert part.process
        pid, idle = part.process.pid, 0
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=_key(url), timeout=ANSWER_S) as client:
            client.post("/v1/readings/water-logging", json={})
            idle = peak_bytes(pid)
            for name, address, body, headers in bodies():
                before = seconds_of_tree(pid)
                answer = client.post(address, content=body, headers=headers)
                costs[name] = seconds_of_tree(pid) - before
                bench.say(f"body: {costs[name]:.2f} s for {name}: {answer.status_code} {answer.text[:90]}")
        grown = peak_bytes(pid) - idle
    worst = max(costs, key=lambda name: costs[name])
    settings: dict[str, Setting] = {"bodies": len(costs), "body": f"{BODY_LIMIT:,} bytes", "worst": worst}
    yield Figure("http_worst_body.cpu_s", costs[worst], "s", settings)
    yield Figure("http_worst_body.memory_mb", grown / MB, "MB", settings)


def _key(url: str) -> dict[str, str]:
    sources = Scope(ScopeKind.SOURCES, frozenset({"water-logging", "hotline-12345", "eco-air"}))
    engine = make_engine(url)
    with writing(engine) as connection:
        key = credentials.renew(
            connection, command_line("bench body"), Subject("bench body", Role.SOURCE_SYSTEM, sources)
        )
    engine.dispose()
    return {"Authorization": f"Bearer {key}"}
