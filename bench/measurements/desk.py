"""The desk with 50,000 open cases and 5,000 open alarms: what it asks for, its part, and its keys in a browser."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

import httpx
import psycopg

from bench.chromium import Tab, chromium
from bench.figures import Figure, Setting
from bench.harness import Bench, World, api_key, listens, percentile, timed, wait_for
from bench.measurements.cases import make_cases
from bench.workload import devices_and_probes, metrics_of_kinds
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.errors import CityopsError
from cityops.local.parts import Part
from cityops.local.processes import free_ports
from cityops.store import registry
from cityops.store.access import credentials
from cityops.store.engine import make_engine, writing
from cityops.store.schema import privileges
from cityops_dashboards.access.cookies import DISPLAY
from cityops_dashboards.pages.desk.page import ALL_GROUPS, CASES, CLEARED, CLEARED_WITHIN, FILTERS

ASKED, PAUSE_S = 30, 0.15
KEYS, KEYS_PAUSE_S = 160, (0.08, 0.2)
CHANGED, CHANGES_S = 15, 0.4
"""Of the cases that are shown so many move so often, that each renewal of the part has rows to put."""

_ALARMS = """
WITH rule AS (SELECT *, row_number() OVER (ORDER BY code) - 1 AS number FROM alarm_rule WHERE until IS NULL),
     placed AS (SELECT *, row_number() OVER (ORDER BY id) - 1 AS number FROM device)
INSERT INTO alarm (rule_code, rule_version, class, priority, object, device_id, region_code, source_system_code,
    metric, level, worst_level, value_raised, value_worst, onset, raised_at, acknowledged_at, acknowledged_by)
SELECT rule.code, rule.version, rule.class, 1 + n %% 3, 'device:' || placed.id || '-' || n, placed.id,
       placed.region_code, placed.source_system_code, rule.metric, 1 + n %% 4, 1 + n %% 4, n, n,
       now() - n * interval '7 seconds', now() - n * interval '7 seconds',
       CASE WHEN n %% 3 = 0 THEN now() END, CASE WHEN n %% 3 = 0 THEN 'li' END
FROM generate_series(1, %(alarms)s) AS n
    JOIN placed ON placed.number = n %% (SELECT count(*) FROM device)
    JOIN rule ON rule.number = n %% (SELECT count(*) FROM rule)
"""

_LATE = "UPDATE event SET due_at = due_at - interval '18 hours', warn_at = warn_at - interval '18 hours'"
"""Two in five of the clocks have run out then."""

_MOVED = """
UPDATE event SET own_sequence = own_sequence + 1 WHERE id IN (
    SELECT id FROM (SELECT id FROM event WHERE due_at <= now() ORDER BY due_at, id LIMIT %s) AS shown
    ORDER BY random() LIMIT %s)
"""

_WATCH = """(() => { window.keyed = []; window.longest = 0;
new PerformanceObserver((list) => { for (const one of list.getEntries())
    window.longest = Math.max(window.longest, one.duration); }).observe({ type: "longtask" });
addEventListener("keydown", (event) => { const at = event.timeStamp;
    const chosen = document.querySelector(".is-chosen")?.dataset.row;
    requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => window.keyed.push([performance.now() - at, chosen]);
        port2.postMessage(null); }); }); })()"""
"""From the key until after the frame in which the mark stands at another row has been drawn."""


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Fill a database of its own, then ask as the desk does, and press its keys while cases move."""
    url = filled(bench)
    with ExitStack() as stack:
        api, screen = _served(bench, url, stack)
        settings: dict[str, Setting] = {"cases": bench.sizes.desk_cases, "alarms": bench.sizes.desk_alarms}
        slowest = max((_asked(api, api_key(url), one), one) for one in questions())
        yield Figure("desk.api_p95_s", slowest[0], "s", settings | {"slowest": slowest[1], "asked": ASKED})
        cookies = {DISPLAY: _shown(url)}
        with httpx.Client(base_url=screen, cookies=cookies, timeout=60) as client:
            parts = [_part(client, one) for one in FILTERS]
        yield Figure("desk.part_p95_s", max(parts), "s", settings | {"of": f"{len(FILTERS)} lists", "asked": ASKED})
        with chromium() as browser, _moving(bench, url):
            tab = browser.tab(f"{screen}/desk", cookies)
            wait_for(partial(_stands, tab), "the desk stands and a row is chosen", seconds=60)
            taken, longest = _keyed(tab)
        settings |= {"keys": len(taken), "browser": "Chromium, headless"}
        yield Figure("desk.key_p95_s", percentile(taken, 95), "s", settings | {"worst_s": round(max(taken), 3)})
        yield Figure("desk.longest_task_s", longest, "s", settings)


def filled(bench: Bench) -> str:
    """Make a database with so many open cases that are handled here, and alarms of all shipped rules."""
    url = bench.new_database("bench_desk")
    bench.say(f"desk: making {bench.sizes.desk_cases:,} open cases and {bench.sizes.desk_alarms:,} open alarms")
    with bench.connect(url) as connection:
        registry.register(connection, devices_and_probes(bench.sizes.devices)[0], metrics_of_kinds())
        make_cases(connection, bench.sizes.desk_cases, ended=0.0, here=1.0)
        connection.execute(_LATE)
        make_alarms(connection, bench.sizes.desk_alarms)
        for table in ("event", "event_handler", "alarm", "device"):
            connection.execute(f"VACUUM (ANALYZE) {table}")
    return url


def make_alarms(connection: psycopg.Connection, alarms: int) -> None:
    """Make so many open alarms of all rules at registered devices, a third of them acknowledged."""
    connection.execute(_ALARMS, {"alarms": alarms})


def questions() -> list[str]:
    """Return what the desk asks the API for, in each of its lists."""
    since = (utc_now() - CLEARED_WITHIN).isoformat().replace("+", "%2B")
    lists = [f"cases?todo={one}&order=due&limit={CASES}" for one in FILTERS]
    searched = [f"{one}&q=12" for one in (lists[0], "cases/counts?by=todo")]
    alarms = [f"alarms/groups?limit={ALL_GROUPS}", f"alarms?open=false&start={since}&limit={CLEARED}"]
    return [*lists, *alarms, "cases/counts?by=todo", *searched, "me/filters"]


def _served(bench: Bench, url: str, stack: ExitStack) -> tuple[str, str]:
    login = privileges.give_login(url, privileges.API, "of the bench")[1]
    api, screen = free_ports(2)
    stack.enter_context(bench.part("api-desk", login, "api", "--port", str(api)))
    wait_for(lambda: listens(api), "the API listens", seconds=60)
    environment = {"CITYOPS_API_URL": f"http://127.0.0.1:{api}", "CITYOPS_API_KEY": api_key(url)}
    dashboard = Part(
        "dashboard-desk", ("dashboard", "--port", str(screen)), environment, bench.folder / "dashboard-desk.log"
    )
    dashboard.start()
    stack.callback(dashboard.stop)
    wait_for(lambda: listens(screen), "the dashboard listens", seconds=60)
    return f"http://127.0.0.1:{api}/api/v1/", f"http://127.0.0.1:{screen}"


def _shown(url: str) -> str:
    """Return a token that shows the desk to a shift leader of the whole city."""
    engine = make_engine(url)
    subject = Subject("bench desk", Role.SHIFT_LEADER, WHOLE_CITY)
    with writing(engine) as connection:
        kind = credentials.CredentialKind.DISPLAY
        _, token = credentials.issue(connection, kind, subject.name, subject, created_by="bench")
    engine.dispose()
    return token


def _asked(api: str, key: str, question: str) -> float:
    with httpx.Client(base_url=api, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        return _p95(client, question)


def _part(client: httpx.Client, todo: str) -> float:
    return _p95(client, f"/desk?part=lists&show={todo}")


def _p95(client: httpx.Client, address: str) -> float:
    def ask() -> None:
        client.get(address).raise_for_status()

    ask()  # what is compiled and cached once
    taken = []
    for _ in range(ASKED):
        time.sleep(PAUSE_S)  # nobody may ask without end
        taken.append(timed(ask))
    return percentile(taken, 95)


@contextmanager
def _moving(bench: Bench, url: str) -> Iterator[None]:
    """Have cases that the desk shows move while the block runs."""
    over = threading.Event()

    def move(connection: psycopg.Connection) -> None:
        while not over.wait(CHANGES_S):
            connection.execute(_MOVED, [CASES, CHANGED])

    with bench.connect(url) as connection:
        thread = threading.Thread(target=move, args=[connection])
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _stands(tab: Tab) -> bool:
    try:
        return bool(tab.value("document.querySelector('.is-chosen') !== null"))
    except CityopsError:  # nothing of the page has come yet
        return False


def _keyed(tab: Tab) -> tuple[list[float], float]:
    """Go up and down in the list of cases; return how long each key took, and the longest task, in seconds."""
    tab.value(_WATCH)
    tab.press("Tab")
    for number in range(KEYS):
        time.sleep(random.uniform(*KEYS_PAUSE_S))
        tab.press("j" if number // (CASES // 2) % 2 == 0 else "k")
    wait_for(lambda: tab.value("window.keyed.length") == KEYS + 1, "all keys are heard", seconds=60)
    return [ms / 1000 for ms, _ in tab.value("window.keyed")[1:]], tab.value("window.longest") / 1000
