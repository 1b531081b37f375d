"""Verbs beside a running demo: they find it, its accounts stay, and make says what it is doing."""

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from cityops.cli.demo.access import ACCOUNTS, FILE, print_access
from cityops.local.deployment import Platform
from cityops.local.places import create_folder, data_root, keep, locked
from cityops.local.ports import Ports
from cityops.local.processes import free_ports
from cityops.local.running import running_environment
from cityops.local.servers import Servers
from factories.world import World

ROOT = Path(__file__).parents[3]


@pytest.fixture
def instance() -> Iterator[str]:
    """Give the name of an instance of this machine that only this test uses."""
    name = f"test-here-{os.getpid()}"
    folder = create_folder(data_root() / name)
    yield name
    shutil.rmtree(folder)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a verb without any setting."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("CITYOPS_")}
    return subprocess.run(
        [sys.executable, "-m", "cityops", *words], env=bare, capture_output=True, text=True, timeout=60, check=False
    )


def write_addresses(instance: str, database_url: str) -> None:
    servers = Servers(database_url, "", None, None)
    Platform(servers, Ports(*free_ports(3)), "", data_root() / instance / "logs", []).write_environment()


@pytest.mark.parametrize("words", [["verify"], ["doctor", "--json"]], ids=" ".join)
def test_a_verb_finds_what_runs_here(words: list[str], instance: str, world: World, migrated_database: str) -> None:
    write_addresses(instance, migrated_database)
    gone = run(*words, "--instance", instance)
    assert (gone.returncode, "no `cityops up` or `demo` runs here" in " ".join(gone.stderr.split())) == (1, True)
    with locked(data_root() / instance / "lock"):
        done = run(*words, "--instance", instance)
    assert f"of what runs here: {data_root() / instance}" in done.stderr
    assert "ledger" in done.stdout or json.loads(done.stdout)["findings"]


def test_what_a_process_left_behind_does_not_count(instance: str) -> None:
    write_addresses(instance, "postgresql://127.0.0.1:1/x")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (data_root() / instance / "lock").write_text(str(ended.pid))
    assert running_environment(instance) is None
    (data_root() / instance / "lock").write_text("")
    assert running_environment(instance) is None


def test_a_verb_without_any_deployment_names_the_setting() -> None:
    done = run("db", "current")
    assert (done.returncode, "CITYOPS_DATABASE_URL is not set" in " ".join(done.stderr.split())) == (1, True)


def test_a_second_start_names_the_process_and_not_the_ports(instance: str) -> None:
    with locked(data_root() / instance / "lock"):
        done = run("demo", "--instance", instance)
    told = " ".join(done.stderr.split())
    assert f"in use by process {os.getpid()}" in told
    assert done.returncode == 1


@pytest.fixture
def access(world: World, migrated_database: str, tmp_path: Path) -> Callable[[], str]:
    """Give what a start of the demo prints of its accounts."""

    def printed() -> str:
        with (tmp_path / "printed").open("w+") as file:
            print_access(migrated_database, tmp_path, Console(file=file, width=80))
            file.seek(0)
            return file.read()

    return printed


def test_passwords_and_key_stay_over_starts(access: Callable[[], str], tmp_path: Path, api_url: str) -> None:
    first = access()
    assert access() == first
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    known = json.loads((tmp_path / FILE).read_text())
    assert set(known) == {login for login, *_ in ACCOUNTS} | {"key"}
    assert all(secret in first for secret in known.values())
    signed_in = {"login": "leader", "password": known["leader"]}
    assert httpx.post(f"{api_url}/api/v1/sessions", json=signed_in, timeout=30).status_code == 200


def test_a_changed_password_is_left_and_a_lost_file_makes_new_ones(
    access: Callable[[], str], tmp_path: Path, migrated_database: str
) -> None:
    access()
    known = json.loads((tmp_path / FILE).read_text())
    keep(tmp_path / FILE, json.dumps(known | {"water": "not-what-it-is"}))
    assert "cityops accounts password water" in " ".join(access().split())
    (tmp_path / FILE).write_text("{broken off")
    access()
    anew = json.loads((tmp_path / FILE).read_text())
    assert set(anew) == set(known)
    assert set(anew.values()).isdisjoint(known.values())


def test_make_says_what_pip_does_before_it_does_it() -> None:
    said = subprocess.run(
        ["make", "--dry-run", "--always-make", "demo"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = said.stdout.splitlines()
    [pip] = [number for number, line in enumerate(lines) if "pip install" in line]
    assert "Installing" in lines[pip - 1]
    assert "--quiet" not in lines[pip]
