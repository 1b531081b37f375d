"""What `--cluster` makes of parts and servers, as far as that goes without starting a cluster."""

import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from cityops.errors import CityopsError
from cityops.local.deployment import HEALTH, Platform, kind_of
from cityops.local.ports import Ports
from cityops.local.servers import Servers
from cityops.local.trial import asking_standby, cluster_servers, replica_ports
from cityops.local.trial.lookout import PAUSE_S, Lookout


class Sleeper:
    """A server that does nothing until it is killed."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "sleeper.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self) -> None:
        self.starts += 1
        self.process = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()


def test_two_of_a_kind_have_ports_of_their_own_and_are_told_the_secrets_of_their_kind(tmp_path: Path) -> None:
    ports = Ports()
    replicas = replica_ports(HEALTH)
    servers = Servers("postgresql://x@127.0.0.1:1/x", "amqp://x:y@127.0.0.1:1", read_url="postgresql://read")
    platform = Platform(servers, ports, "key", tmp_path, [], "signs-cookies", replicas=replicas)
    doors = platform.all_doors
    assert list(platform.doors("api")) == ["api-1", "api-2"]
    assert len(set(doors.values())) == len(doors) == 3 + 2 * 3
    assert {name: doors[name] for name in ports.by_part} == ports.by_part  # the proxy's
    told = {name: platform.add(name, "--help", keep=False).environment for name in ("api-1", "jobs-2", "dashboard-1")}
    for part in platform.parts:
        part.stop()
    assert told["dashboard-1"]["CITYOPS_SECRET"] == "signs-cookies"
    assert (told["api-1"]["CITYOPS_DATABASE_READ_URL"], told["jobs-2"]["CITYOPS_DATABASE_READ_URL"]) == (
        "postgresql://read",
        "",
    )


def test_names_tell_kinds() -> None:
    assert [kind_of(name) for name in ("api", "api-2", "ingest-http-1", "ingest-mqtt-12")] == [
        *("api", "api", "ingest-http", "ingest-mqtt")
    ]


def test_a_server_that_died_is_started_again_and_not_at_once_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("cityops.local.trial.lookout.time.monotonic", lambda: now[0])
    sleeper = Sleeper(tmp_path)
    sleeper.start()
    lookout = Lookout(sleeper, sleeper.start)
    assert not lookout.has_died
    sleeper.kill()
    assert lookout.has_died
    lookout.start()
    assert (lookout.has_died, sleeper.starts) == (False, 2)
    sleeper.kill()
    assert not lookout.has_died
    now[0] += PAUSE_S + 1
    assert lookout.has_died


def test_the_platform_starts_servers_of_a_cluster_again(tmp_path: Path) -> None:
    sleeper = Sleeper(tmp_path)
    sleeper.start()
    servers = Servers(
        "postgresql://127.0.0.1:1/x", "amqp://x", members={"broker r1": Lookout(sleeper, sleeper.start)}
    )
    platform = Platform(servers, Ports(), "", tmp_path, [])
    sleeper.kill()
    told: list[str] = []
    platform.revive(told.append)
    assert sleeper.process
    assert told == [
        f"broker r1 had ended and was started again (process {sleeper.process.pid}); its log: {sleeper.log}"
    ]
    sleeper.kill()


def test_a_cluster_refuses_servers_of_others_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYOPS_DATABASE_URL", "postgresql://127.0.0.1:1/x")
    with pytest.raises(CityopsError, match="CITYOPS_DATABASE_URL names servers, and --cluster starts its own: unset"):
        cluster_servers(tmp_path, Console(quiet=True)).__enter__()


def test_the_standby_is_asked_by_the_same_address() -> None:
    url = "postgresql://u:p@/cityops?host=a,b&port=1,2&target_session_attrs=read-write"
    assert asking_standby(url).endswith("host=a,b&port=1,2&target_session_attrs=prefer-standby")
