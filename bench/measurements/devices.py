"""What a registry at the size of the city costs: importing it, judging its states, listing and counting it."""

import asyncio
import csv
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import orjson
import psycopg

from bench.cpu import seconds_of_tree
from bench.figures import Figure, Setting
from bench.harness import Bench, World, median, percentile, timed
from bench.web import Api, Client, ask
from bench.workload import SEED
from cityops.clock import utc_now
from cityops.domain.devices import Device
from cityops.simulate.fleet import fleet
from cityops.simulate.import_file import write_registry
from cityops.store import device_states

ASKED = 60
LOOKS = 5
DEVICES = "/api/v1/devices"
CHANNELS = "/api/v1/channels"
LISTS = {
    "devices.list_all_p95_s": f"{DEVICES}?",
    "devices.list_district_p95_s": f"{DEVICES}?region=440106",
    "devices.list_street_p95_s": f"{DEVICES}?region=440106013",
    "devices.list_rare_kind_p95_s": f"{DEVICES}?kind=river_level",
    "devices.list_online_p95_s": f"{DEVICES}?state=online",
    "devices.list_late_p95_s": f"{DEVICES}?state=late",
    "devices.list_silent_p95_s": f"{DEVICES}?state=silent",
    "devices.list_silent_of_kind_in_district_p95_s": f"{DEVICES}?region=440117&kind=street_light&state=silent",
    "devices.list_nothing_p95_s": f"{DEVICES}?region=440106013&kind=river_level&state=late",
    "devices.list_red_p95_s": f"{DEVICES}?warning=4",
    "devices.counts_p95_s": f"{DEVICES}/counts",
    "devices.outages_p95_s": f"{DEVICES}/outages",
    "channels.list_all_p95_s": f"{CHANNELS}?",
    "channels.list_district_p95_s": f"{CHANNELS}?region=440106",
    "channels.list_street_p95_s": f"{CHANNELS}?region=440106013",
    "channels.list_offline_p95_s": f"{CHANNELS}?state=offline",
    "channels.list_offline_in_street_p95_s": f"{CHANNELS}?region=440106013&state=offline",
    "channels.list_offline_in_district_p95_s": f"{CHANNELS}?region=440106&state=offline",
    "channels.list_unknown_in_district_p95_s": f"{CHANNELS}?region=440117&state=unknown",
    "channels.counts_p95_s": f"{CHANNELS}/counts",
}
"""Path of each list asked for; those with a question mark are asked page by page."""


def measure(bench: Bench, _worlds: Sequence[World]) -> Iterator[Figure]:
    """Import a fleet and its video channels into a database of their own, then ask."""
    url = bench.new_database("bench_registry")
    devices = fleet(bench.sizes.registered_devices, SEED)
    settings: dict[str, Setting] = {"devices": len(devices), "channels": bench.sizes.registered_channels}
    yield from _imports(bench, url, devices, settings)
    with bench.connect(url) as connection:
        _speak(connection)
        yield from _looks(bench, connection, settings)
        for table in ("device", "device_state", "series", "reading_latest", "video_channel"):
            connection.execute(f"VACUUM (ANALYZE) {table}")
    bench.say("devices: lists")
    with bench.api(url) as api:
        for name, path in LISTS.items():
            paged = path.startswith((f"{DEVICES}?", f"{CHANNELS}?"))
            seconds = asyncio.run(_pages(api, path) if paged else ask(api, path, ASKED, 0.0))
            asked = {
                "asked": f"{path.removeprefix('/api/v1')}, 100 a page" if paged else path.removeprefix("/api/v1")
            }
            yield Figure(name, percentile(seconds, 95), "s", settings | asked)


def _imports(bench: Bench, url: str, devices: Sequence[Device], settings: dict[str, Setting]) -> Iterator[Figure]:
    bench.say("devices: imports")
    files = {"devices": bench.folder / "devices.csv", "channels": bench.folder / "channels.csv"}
    with files["devices"].open("w", encoding="utf-8") as stream:
        write_registry(devices, stream)
    _write_channels(devices, bench.sizes.registered_channels, files["channels"])
    for subject, file in files.items():
        for name, what in (("import_s", "all new"), ("import_again_s", "all known")):
            seconds = timed(lambda subject=subject, file=file: _import(url, subject, file))  # type: ignore[misc]
            yield Figure(f"{subject}.{name}", seconds, "s", settings | {"rows": what, "measured": "the whole verb"})


def _import(url: str, subject: str, file: Path) -> None:
    verb = [sys.executable, "-m", "cityops", subject, "import", str(file)]
    subprocess.run(verb, env=os.environ | {"CITYOPS_DATABASE_URL": url}, check=True, capture_output=True)


def _write_channels(devices: Sequence[Device], count: int, file: Path) -> None:
    """Write channels at the places of devices: 3 % offline, one in 5,000 unknown."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["code", "name_zh", "source_system_code", "region_code", "lon", "lat", "state"])
        for number, near in enumerate(islice(cycle(devices), count)):
            state = "unknown" if number % 5_000 == 7 else "OFF" if number * 37 % 100 < 3 else "ON"
            code = f"{near.region_code[:6]}0000132{number:07d}"
            name = f"{near.name_zh} 视频 {number:06d}"
            table.writerow([code, name, "video-share", near.region_code, near.lon, near.lat, state])


def _speak(connection: psycopg.Connection) -> None:
    """Give nearly every series a newest reading: 1 device in 500 late, 1 in 40 silent, 1 in 200 never."""
    connection.execute(
        """
        INSERT INTO reading_latest (series_id, ts, value, quality)
        SELECT series.id, now() - make_interval(secs => expected_interval_s * CASE
                   WHEN device_id % 500 = 3 THEN 4 WHEN device_id % 40 = 5 THEN 40 ELSE 0 END), 1, 0
        FROM series JOIN device ON device.id = device_id WHERE device_id % 200 <> 9
        """
    )
    connection.execute("VACUUM (ANALYZE) reading_latest")


def _looks(bench: Bench, connection: psycopg.Connection, settings: dict[str, Setting]) -> Iterator[Figure]:
    bench.say("devices: looks at their states")
    process = bench.database.process
    assert process
    first = timed(lambda: device_states.look(connection, utc_now()))
    yield Figure("devices.first_look_s", first, "s", settings | {"changes": "every device"})
    before = seconds_of_tree(process.pid)
    looks = [timed(lambda: device_states.look(connection, utc_now())) for _ in range(LOOKS)]
    used = (seconds_of_tree(process.pid) - before) / LOOKS
    yield Figure("devices.look_s", median(looks), "s", settings | {"changes": "few", "every": "10 s"})
    yield Figure("devices.look_cpu_s", used, "s", settings | {"counted": "processor time of the database"})


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
