"""The instruments: the HTTP client reads whole answers and refuses bad ones, processor time of children counts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import cpu, harness, web
from bench.harness import api_key, median, percentile, wait_for
from cityops.api.app import create_app
from cityops.errors import CityopsError
from cityops.local.parts import Part
from cityops.local.processes import wait_until
from fixtures import loops
from fixtures.web import serving


def test_the_client_times_whole_answers_and_refuses_others(migrated_database: str, key: str) -> None:
    with serving(create_app(migrated_database)) as address:
        api = web.Api(int(address.rpartition(":")[2]), key)
        assert len(loops.run(web.ask(api, "/api/v1/metrics", 3, 0))) == 3
        assert wait_until(lambda: len(loops.run(web.hammer(api, "/health/live", 2, 0.2))) > 2, seconds=60)
        with pytest.raises(CityopsError, match="404"):
            loops.run(web.ask(api, "/api/v1/regions/000000", 1, 0))


def test_what_is_measured_is_the_answer_and_no_bound_of_who_asks(migrated_database: str) -> None:
    with serving(create_app(migrated_database)) as address:
        api = web.Api(int(address.rpartition(":")[2]), api_key(migrated_database))
        often = 600  # at once, as no other key may
        assert len(loops.run(web.ask(api, "/api/v1/metrics", often, 0))) == often


def test_processor_time_of_children_counts() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass\nprint('burnt', flush=True)\ninput()"
    before = cpu.seconds_of_tree(os.getpid())
    with subprocess.Popen([sys.executable, "-c", burn], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        assert cpu.seconds_of_tree(child.pid) >= 0.25
        assert cpu.seconds_of_tree(os.getpid()) - before >= 0.25
        child.communicate(b"\n")
    assert cpu.seconds_of_tree(os.getpid()) - before >= 0.25


def test_percentiles() -> None:
    assert median([3.0, 1.0, 2.0]) == 2.0
    assert percentile([float(n) for n in range(101)], 99) == 99.0


def test_who_waits_for_a_part_that_has_died_is_told_what_it_died_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {"CITYOPS_INDICATORS": str(tmp_path / "nowhere"), "CITYOPS_MQTT_URL": "mqtt://127.0.0.1:1"}
    part = Part("ingest-1", ("ingest", "mqtt"), wrong, tmp_path / "ingest-1.log")
    monkeypatch.setattr(harness, "_running", [part])
    part.start()
    try:
        with pytest.raises(
            CityopsError, match=r"(?s)ingest-1 ended with 1 before it listens.*nowhere\s+is no folder"
        ):
            wait_for(lambda: False, "it listens", seconds=120)
    finally:
        part.stop()
