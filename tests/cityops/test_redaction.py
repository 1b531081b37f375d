"""No secret is written: real processes with wrong values in every place that takes one, and all they print."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops import redaction
from cityops.local.processes import free_ports, wait_until
from cityops.redaction import HIDDEN, hide, redact
from cityops.settings import Settings
from factories.growth import growth

CANARY = "Tr0mbone-canary-42"


def run(*verb: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CITYOPS_")}
    command = [sys.executable, "-m", "cityops", *verb]
    return subprocess.run(
        command, env=clean | environment, capture_output=True, text=True, check=False, timeout=60, cwd="/"
    )


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://u:{CANARY}@127.0.0.1:1/x",
        f"postgresql://u:{CANARY}/{CANARY}@127.0.0.1:1/x",
        f"postgresql://u:{CANARY}@{CANARY}@127.0.0.1:1/x",
        f"postgresql://u:{CANARY}@[broken/x",
        f"postgresql://u@127.0.0.1:1/x?password={CANARY}&nonsense={CANARY}",
        f"host=127.0.0.1 port=1 password={CANARY}",
        f"nonsense://u:{CANARY}@127.0.0.1:port/x",
    ],
)
def test_no_address_shows_its_password(address: str) -> None:
    done = run("db", "current", CITYOPS_DATABASE_URL=address)
    assert done.returncode != 0
    assert done.stderr + done.stdout
    assert "canary" not in done.stderr + done.stdout


@pytest.mark.parametrize("address", [f"mqtt://u:{CANARY}@127.0.0.1:1", f"mqtt://u:{CANARY}#7@127.0.0.1"])
def test_a_worker_without_servers_does_not_show_passwords(tmp_path: Path, address: str) -> None:
    log = tmp_path / "log"
    environment = {"CITYOPS_DATABASE_URL": f"postgresql://u:{CANARY}@127.0.0.1:1/x", "CITYOPS_MQTT_URL": address}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "cityops", "ingest", "mqtt"],
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        assert wait_until(lambda: log.stat().st_size > 100 or process.poll() is not None, seconds=30)
    finally:
        process.kill()
        process.wait()
    assert log.stat().st_size
    assert "canary" not in log.read_text()


def test_a_server_shows_no_credential_that_it_is_asked_with(migrated_database: str, tmp_path: Path) -> None:
    [port] = free_ports(1)
    log, url = tmp_path / "log", f"http://127.0.0.1:{port}"
    token = f"key_{'0' * 16}_{CANARY}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "cityops", "api", "--port", str(port)],
            env=os.environ | {"CITYOPS_DATABASE_URL": migrated_database, "CITYOPS_API_KEY": CANARY},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        assert wait_until(lambda: _answers(url), seconds=30)
        for headers in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"session={token}"}):
            assert httpx.get(f"{url}/api/v1/state?token={token}", headers=headers).status_code in {401, 422}
        httpx.post(f"{url}/api/v1/sessions", json={"login": "x", "password": CANARY})
    finally:
        process.terminate()
        process.wait(20)
    assert "Application startup complete" in log.read_text()
    assert "canary" not in log.read_text()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", timeout=2).is_success
    except httpx.HTTPError:
        return False


def test_log_lines_and_tracebacks_are_redacted() -> None:
    program = f"""
import logging, structlog
from cityops.log import configure
configure()
log = structlog.get_logger()
log.info("named", password="{CANARY}", token="{CANARY}", Authorization="Basic {CANARY}", cookie="a={CANARY}")
log.info("header Cookie: a={CANARY}; b={CANARY}")
logging.getLogger("other").warning("connect to %s", "mqtt://u:{CANARY}@host")
logging.getLogger("uvicorn.error").error("GET /display/display_{"0" * 16}_{CANARY}")
try:
    raise ValueError("postgresql://u:{CANARY}@host", {{"password": "{CANARY}"}})
except ValueError:
    log.exception("failed")
    logging.getLogger("other").exception("failed")
print("end")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "end\n"
    assert done.stderr.count("\n") == 6
    assert "canary" not in done.stderr


@given(st.text(min_size=6, max_size=30).filter(lambda text: text.strip() == text and "*" not in text))
def test_what_is_known_to_be_secret_is_found_wherever_it_stands(secret: str) -> None:
    former = set(redaction._known)
    try:
        hide([secret])
        assert secret not in redact(f"before{secret}after {secret!s}")
    finally:
        redaction._known.intersection_update(former)


def test_what_is_no_secret_stays() -> None:
    line = "GET /api/v1/devices/WL-1 took 3 ms; postgresql://127.0.0.1:5432/cityops; tokens: none; display_wall"
    assert redact(line) == line
    assert redact("postgresql://me:pass@host/db") == f"postgresql://me:{HIDDEN}@host/db"


def test_a_setting_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "key"
    file.write_text("key_from_file\n")
    monkeypatch.setenv("CITYOPS_API_KEY_FILE", str(file))
    monkeypatch.delenv("CITYOPS_API_KEY", raising=False)
    assert Settings().api_key == "key_from_file"
    monkeypatch.setenv("CITYOPS_API_KEY", "key_given")
    assert Settings().api_key == "key_given"


def test_a_file_that_is_not_there_is_named() -> None:
    done = run("verify", CITYOPS_DATABASE_URL_FILE="/nowhere/database")
    assert done.returncode == 1
    assert "CITYOPS_DATABASE_URL_FILE names /nowhere/database" in " ".join(done.stderr.split())


def test_the_access_log_is_off() -> None:
    from cityops.log import configure

    before = logging.getLogger().handlers
    try:
        configure()
        assert not logging.getLogger("uvicorn.access").isEnabledFor(logging.INFO)
    finally:
        logging.getLogger().handlers = before


PIECES = [
    *(
        "a://",
        "a.",
        "a://b:",
        "a:///",
        "http://u:p@",
        "://",
        "@",
        "a://b",
        "token",
        "token ",
        "token=",
        "token='",
        "secret",
    ),
    *(
        "cookie=\n",
        "cookie ",
        "bearer ",
        "basic  ",
        "key_",
        "key_0000_",
        "PASSWORD '",
        "PASSWORD ",
        "''",
        "$argon2",
        "$",
        " ",
    ),
]


@pytest.mark.parametrize("piece", PIECES)
def test_redaction_takes_time_in_proportion_to_the_length(piece: str) -> None:
    assert growth(redact, piece) < 10
