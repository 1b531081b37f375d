"""What lists and counts of cases cost over a year of them, for the centre, a district, a street and a department."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import replace
from itertools import count

import orjson
import psycopg

from bench.figures import Figure, Setting
from bench.harness import Bench, World, api_key, listens, percentile, wait_for
from bench.web import Api, Client, ask
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.local.processes import free_ports
from cityops.store.schema import privileges

ASKED = 20
CASES = "/api/v1/cases"
SUBJECTS = (
    Subject("centre", Role.SHIFT_LEADER, WHOLE_CITY),
    Subject("district", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440106"}))),
    Subject("street", Role.STREET_OFFICER, Scope(ScopeKind.STREETS, frozenset({"440106013"}))),
    Subject("department", Role.DEPARTMENT_HANDLER, Scope(ScopeKind.DEPARTMENTS, frozenset({"water"}))),
)
LISTS = (
    *("", "todo=to_sign", "todo=near_due", "todo=overdue", "todo=returned", "todo=to_check", "unit=water"),
    *("unit=water&todo=overdue", "class=gas_leak", "region=440106", "region=440106013&todo=to_sign"),
    *("status=void", "open=true", "severity=critical", "kind=task", "standard=road_ponding-deep", "mark=returned"),
    *(
        "unit=440106013",
        "source=grid-officer",
        "class=gas_leak&status=void&unit=lighting",
        "q=20260",
    ),
)
COUNTS = (
    *("by=todo", "by=status", "by=class", "by=district", "by=region", "by=unit", "by=standard", "by=source"),
    *("by=status&region=440106", "by=class&open=true", "by=unit&todo=overdue"),
)

_YEAR = """
WITH street AS (SELECT array_agg(code) AS codes FROM region WHERE level = 'street'),
     class AS (SELECT array_agg(code ORDER BY code) AS codes FROM event_class),
     department AS (SELECT array_agg(code ORDER BY code) AS codes FROM department),
     drawn AS (
        SELECT n, now() - random() * interval '365 days' AS at, random() AS a, random() AS b, random() AS c,
               random() AS d,
               1 + floor(random() * random() * (SELECT cardinality(codes) FROM class))::int AS kind,
               1 + floor(random() * (SELECT cardinality(codes) FROM street))::int AS place,
               1 + floor(random() * 15)::int AS office
        FROM generate_series(1, %(cases)s) AS n
     ), placed AS (
        SELECT *, CASE WHEN a >= %(ended)s
                       THEN (ARRAY['reported', 'filed', 'dispatched', 'signed', 'processing', 'done'])
                            [1 + floor(b * 6)::int]
                       WHEN a < 0.95 THEN 'closed' WHEN a < 0.96 THEN 'archived' ELSE 'void' END AS status,
               CASE WHEN c < %(here)s THEN 'here' ELSE 'source' END AS master
        FROM drawn
     )
INSERT INTO event (source_system_code, external_id, sequence, class_code, severity, status, title, description,
    address, region_code, lon, lat, occurred_at, status_at, received_at, master, kind, own_sequence, unit_kind,
    unit_code, standard_code, standard_version, due_at, warn_at, overdue, marks)
SELECT (ARRAY['hotline-12345', 'grid-officer', 'operations-desk'])[1 + n %% 3], to_char(at, 'YYYYMMDD-') || n, 3,
       class.codes[kind], CASE WHEN b < 0.9 THEN 'normal' WHEN b < 0.98 THEN 'urgent' ELSE 'critical' END, status,
       '某路段出现问题，需要处理 ' || n, repeat('市民反映情况描述。', 12), '某某路' || n || '号', street.codes[place],
       113 + a, 23 + b, at, at + interval '1 day', at, master, CASE WHEN b < 0.001 THEN 'task' ELSE 'case' END, 7,
       CASE WHEN master = 'source' THEN NULL WHEN d < 0.6 THEN 'department' ELSE 'street' END,
       CASE WHEN master = 'source' THEN NULL
            WHEN d < 0.6 THEN department.codes[office] ELSE street.codes[place] END,
       CASE WHEN master = 'here' THEN (ARRAY['road_ponding-deep', 'road_ponding-drain'])[1 + n %% 2] END, 1,
       CASE WHEN master = 'here' AND status IN ('dispatched', 'signed', 'processing')
            THEN now() + (b - 0.3) * interval '3 days' END,
       CASE WHEN master = 'here' AND status IN ('dispatched', 'signed', 'processing')
            THEN now() + (b - 0.5) * interval '3 days' END,
       c < 0.05, CASE WHEN status = 'filed' AND b < 0.5 THEN ARRAY['returned'] ELSE '{}'::text[] END
FROM placed, street, class, department
"""
_HANDLERS = """
INSERT INTO event_handler (event_id, unit_kind, unit_code, duty, since)
SELECT id, unit_kind, unit_code, 'main', occurred_at FROM event WHERE unit_code IS NOT NULL
"""


def make_cases(connection: psycopg.Connection, cases: int, ended: float = 0.97, here: float = 0.7) -> None:
    """Make so many cases over a year, of which a share has ended and a share is handled here; always the same."""
    connection.execute("SELECT setseed(0.5)")
    connection.execute(_YEAR, {"cases": cases, "ended": ended, "here": here})
    connection.execute(_HANDLERS)


def measure(bench: Bench, _worlds: Sequence[World]) -> Iterator[Figure]:
    """Make a year of cases in a database of their own, then ask for each list and each count as each subject."""
    url = bench.new_database("bench_cases")
    bench.say(f"cases: making {bench.sizes.cases:,}")
    with bench.connect(url) as connection:
        make_cases(connection, bench.sizes.cases)
        for table in ("event", "event_handler"):
            connection.execute(f"VACUUM (ANALYZE) {table}")
    login = privileges.give_login(url, privileges.API, "of the bench")[1]
    [port] = free_ports(1)
    with bench.part(f"api-{port}", login, "api", "--port", str(port)):
        wait_for(lambda: listens(port), "the API listens", seconds=30)
        slowest: dict[str, tuple[float, str]] = {"list": (0.0, ""), "counts": (0.0, "")}
        for subject in SUBJECTS:
            bench.say(f"cases: asked by the {subject.name}")
            keys = (
                api_key(url, replace(subject, name=f"{subject.name}-{n}")) for n in count()
            )  # none asks too often
            for asked in LISTS:
                told = f"{CASES}?{asked}"
                if ("region=" in asked) <= (subject.scope.kind is not ScopeKind.DEPARTMENTS):
                    slowest["list"] = max(
                        slowest["list"], (_p95(_pages(Api(port, next(keys)), told)), f"{subject.name}: {asked}")
                    )
            for asked in COUNTS:
                if ("region=" in asked) <= (subject.scope.kind is not ScopeKind.DEPARTMENTS):
                    seconds = ask(Api(port, next(keys)), f"{CASES}/counts?{asked}", ASKED, 0.0)
                    slowest["counts"] = max(slowest["counts"], (_p95(seconds), f"{subject.name}: {asked}"))
    settings: dict[str, Setting] = {"cases": bench.sizes.cases, "asked": f"{ASKED} times each, by four subjects"}
    for name, (seconds_, which) in slowest.items():
        yield Figure(f"cases.{name}_p95_s", seconds_, "s", settings | {"slowest": which})


def _p95(asking: Coroutine[object, object, list[float]]) -> float:
    return percentile(asyncio.run(asking), 95)


async def _pages(api: Api, path: str) -> list[float]:
    """Ask page after page, from the start again after the last; return how long each took, in seconds."""
    client, durations, after = await Client.open(api), list[float](), ""
    loop = asyncio.get_running_loop()
    try:
        for _ in range(ASKED):
            began = loop.time()
            body = await client.get(f"{path}&limit=100{after}")
            durations.append(loop.time() - began)
            following = orjson.loads(body)["next"]
            after = f"&after={following}" if following else ""
    finally:
        client.close()
    return durations
