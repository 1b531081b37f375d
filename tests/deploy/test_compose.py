"""compose.yaml under the real docker-compose program, and its commands under the real command line."""

import json
import re
import subprocess
import tomllib
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from uvicorn.middleware.proxy_headers import _TrustedHosts

from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.database import FIXED_SETTINGS
from fixtures.compose import assert_verb, config, parsed

ROOT = Path(__file__).parents[2]
REQUIRED = (
    *("CITYOPS_DB_PASSWORD", "CITYOPS_API_DB_PASSWORD", "CITYOPS_INGEST_DB_PASSWORD"),
    *("CITYOPS_INGEST_PASSWORD", "CITYOPS_BROKER_ADMIN_PASSWORD", "CITYOPS_SECRET"),
)
OPTIONAL = ("CITYOPS_SIMULATOR_PASSWORD", "CITYOPS_SPARKPLUG_PASSWORD", "CITYOPS_MQTT_FORMER_PASSWORD")
SERVES_NOBODY = {"packs", "simulator"}
FLOW = ["broker", "database", "migrate", "ingest-mqtt", "ingest-http", "jobs", "api", "dashboard", "simulator"]
ONE_SHOT = {"broker-users", "migrate", "simulator-devices"}


@pytest.fixture(scope="session")
def services(compose_program: Path) -> dict[str, Any]:
    """Give the services as compose understands them, every password being the word SECRET."""
    found: dict[str, Any] = deployment(compose_program)["services"]
    return found


def deployment(program: Path, **variables: str) -> dict[str, Any]:
    return parsed(config(program, **dict.fromkeys((*REQUIRED, *OPTIONAL), "SECRET"), **variables))


@pytest.mark.parametrize("missing", REQUIRED)
def test_no_password_has_a_default(compose_program: Path, missing: str) -> None:
    done = config(compose_program, **{name: "SECRET" for name in REQUIRED if name != missing})
    assert done.returncode != 0
    assert f"required variable {missing} is missing a value: set it in .env" in done.stderr


def test_every_variable_is_in_the_example_and_no_password_is(services: dict[str, Any]) -> None:
    text = (ROOT / "compose.yaml").read_text()
    assert re.findall(r"PASSWORD:?-[^}]+", text) == []
    used = set(re.findall(r"\$\{(\w+)", text))
    example = re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert {name for name, _ in example} == used
    assert {value for name, value in example if "PASSWORD" in name} == {""}
    for service in services.values():
        for name, value in (service.get("environment") or {}).items():
            if "PASSWORD" in name or re.search(r"//[^/]*@", value):
                assert "SECRET" in value, name


def test_services_stand_in_the_order_of_the_flow(services: dict[str, Any]) -> None:
    text = (ROOT / "compose.yaml").read_text()
    written = re.findall(r"^  ([\w-]+):$", text[text.index("\nservices:") : text.index("\nnetworks:")], re.MULTILINE)
    assert set(written) == set(services)
    assert [name for name in written if name in FLOW] == FLOW


def verbs(services: dict[str, Any]) -> dict[str, list[str]]:
    """Return the arguments with which each of our services calls `cityops`."""
    ours = {name: service for name, service in services.items() if service["image"].startswith("cityops:")}
    calls = {name: service["command"] for name, service in ours.items() if name != "simulator-devices"}
    [pipeline] = ours["simulator-devices"]["command"]
    for number, call in enumerate(pipeline.split(" | ")):
        program, *calls[f"simulator-devices {number}"] = call.split()
        assert program == "cityops"
    return calls


def test_every_command_is_a_verb_of_ours(services: dict[str, Any]) -> None:
    calls = verbs(services)
    assert len(calls) == 11
    for name, arguments in calls.items():
        assert_verb(name, arguments)


def test_long_running_services_are_checked_and_kept(services: dict[str, Any]) -> None:
    for name in set(services) - ONE_SHOT:
        assert services[name]["restart"] == "unless-stopped", name
        assert services[name].get("healthcheck") or name in SERVES_NOBODY, name
    for name in ONE_SHOT:
        assert services[name]["restart"] == "on-failure", name


def test_no_service_takes_all_memory(compose_program: Path, services: dict[str, Any]) -> None:
    limits = {name: int(service.get("mem_limit", 0)) for name, service in services.items()}
    assert {name for name, limit in limits.items() if not 2**27 < limit <= 2**33} == set()
    queue = re.search(r"^max_queued_bytes (\d+)", (ROOT / "ingest/mosquitto.conf").read_text(), re.MULTILINE)
    assert queue is not None
    assert limits["broker"] > 5 * int(queue[1])  # small messages take three to five times their payload
    chosen = deployment(compose_program, CITYOPS_DATABASE_MEMORY="24g")["services"]["database"]["mem_limit"]
    assert int(chosen) == 24 * 2**30


def test_images_are_pinned_and_ours_carries_the_projects_version(services: dict[str, Any]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for service in services.values():
        name, _, tag = service["image"].partition(":")
        assert tag == version if name == "cityops" else re.match(r"\d+\.\d+\.\d+", tag), service["image"]


def test_only_ingest_api_and_jobs_reach_the_database(services: dict[str, Any]) -> None:
    near = {name for name, service in services.items() if "store" in (service.get("networks") or {})}
    assert near == {
        *("database", "migrate", "ingest-mqtt", "ingest-http"),
        *("jobs", "api", "simulator-devices"),
    }
    assert "ports" not in services["database"]


def test_no_part_that_answers_or_takes_anything_owns_the_database(services: dict[str, Any]) -> None:
    logins = {}
    for name, service in services.items():
        if url := (service.get("environment") or {}).get("CITYOPS_DATABASE_URL"):
            logins[name] = urlsplit(url).username
    assert logins == {
        "api": "cityops_api_login",
        **dict.fromkeys(("ingest-mqtt", "ingest-http"), "cityops_ingest_login"),
        **dict.fromkeys(("migrate", "jobs", "simulator-devices"), "cityops"),
    }


def test_only_who_makes_keys_may_let_senders_in_at_the_broker(services: dict[str, Any]) -> None:
    users = {}
    for name, service in services.items():
        for variable in ("CITYOPS_MQTT_URL", "CITYOPS_MQTT_ADMIN_URL"):
            if url := (service.get("environment") or {}).get(variable):
                assert service["networks"].keys() & services["broker"]["networks"].keys(), name
                users[name] = urlsplit(url).username
    assert users == {
        "ingest-mqtt": "ingest",
        "simulator": "simulator",
        **dict.fromkeys(("migrate", "api", "jobs"), "admin"),
    }


def test_tls_takes_the_place_of_the_open_port(compose_program: Path, tmp_path: Path) -> None:
    files, secrets = ("compose.yaml", "compose.tls.yaml"), dict.fromkeys(REQUIRED, "SECRET")
    nowhere = config(compose_program, files=files, **secrets)
    assert nowhere.returncode != 0
    assert "CITYOPS_BROKER_TLS is missing a value" in nowhere.stderr
    done = config(compose_program, files=files, CITYOPS_BROKER_TLS=str(tmp_path), **secrets)
    assert done.returncode == 0, done.stderr
    broker = json.loads(done.stdout)["services"]["broker"]
    assert [(port["host_ip"], port["target"]) for port in broker["ports"]] == [("127.0.0.1", 8883)]
    [mount] = [one for one in broker["volumes"] if one["target"] == "/mosquitto/tls"]
    assert (mount["source"], mount["read_only"], mount["type"]) == (str(tmp_path), True, "bind")


def test_the_durable_broker_is_of_a_version_that_has_the_plugin(compose_program: Path) -> None:
    files, secrets = ("compose.yaml", "compose.durable.yaml"), dict.fromkeys(REQUIRED, "SECRET")
    done = config(compose_program, files=files, **secrets)
    assert done.returncode == 0, done.stderr
    broker = json.loads(done.stdout)["services"]["broker"]
    assert re.fullmatch(r"eclipse-mosquitto:2\.1\.\d+", broker["image"])
    [mount] = [one for one in broker["volumes"] if one["target"] == "/mosquitto/config/durable.conf"]
    assert (Path(mount["source"]), mount["read_only"]) == (ROOT / "ingest/durable.conf", True)


def test_the_single_sign_on_reaches_the_two_parts_that_need_it(compose_program: Path) -> None:
    files, mapping = ("compose.yaml", "compose.oidc.yaml"), ROOT / "docs" / "examples" / "oidc-mapping.toml"
    given = dict.fromkeys(REQUIRED, "SECRET") | {"CITYOPS_OIDC_MAPPING": str(mapping)}
    given |= {"CITYOPS_OIDC_ISSUER": "https://login.example", "CITYOPS_OIDC_CLIENT_ID": "cityops"}
    assert "CITYOPS_OIDC_CLIENT_SECRET is missing" in config(compose_program, files=files, **given).stderr
    done = config(compose_program, files=files, **given, CITYOPS_OIDC_CLIENT_SECRET="shared")
    assert done.returncode == 0, done.stderr
    services = json.loads(done.stdout)["services"]
    told = {name: one.get("environment", {}) for name, one in services.items()}
    assert {name for name in told if "CITYOPS_OIDC_ISSUER" in told[name]} == {"api", "dashboard"}
    assert {name for name in told if "shared" in told[name].values()} == {"dashboard"}
    [mount] = [one for one in services["api"]["volumes"] if one["target"] == told["api"]["CITYOPS_OIDC_MAPPING"]]
    assert (mount["source"], mount["read_only"]) == (str(mapping), True)


def test_what_is_published_or_mounted_is_local(services: dict[str, Any]) -> None:
    for service in services.values():
        assert all(port["host_ip"] == "127.0.0.1" for port in service.get("ports", ()))
        for mount in service.get("volumes", ()):
            if mount["type"] == "bind":
                assert mount["read_only"]
                assert Path(mount["source"]).is_file()


def test_the_api_believes_the_dashboard_and_the_dashboard_only_what_is_named(compose_program: Path) -> None:
    whole = deployment(compose_program, CITYOPS_TRUSTED_PROXIES="192.0.2.7")
    services, [net] = whole["services"], whole["networks"]["screen"]["ipam"]["config"]
    own = services["dashboard"]["networks"]["screen"]["ipv4_address"]
    trusted = {name: services[name]["environment"]["CITYOPS_TRUSTED_PROXIES"] for name in ("api", "dashboard")}
    assert trusted == {"api": f"{own},192.0.2.7", "dashboard": "192.0.2.7"}
    assert ip_address(own) in ip_network(net["subnet"])
    assert own != net["gateway"]  # as which whatever runs on this machine appears
    without = deployment(compose_program)["services"]
    assert without["api"]["environment"]["CITYOPS_TRUSTED_PROXIES"] == f"{own},127.0.0.1"
    assert without["dashboard"]["environment"]["CITYOPS_TRUSTED_PROXIES"] == "127.0.0.1"
    believed = _TrustedHosts(trusted["api"])
    assert own in believed
    assert net["gateway"] not in believed


def test_the_database_logs_no_row_and_no_value(services: dict[str, Any]) -> None:
    given = {one.removeprefix("-c") for one in services["database"]["command"][1:]}
    ours = {
        f"{name}={value}" for name, value in FIXED_SETTINGS.items() if name.startswith(("log_param", "log_error"))
    }
    assert len(ours) == 3
    assert ours <= given


def test_no_health_check_and_no_broker_holds_a_password(services: dict[str, Any]) -> None:
    assert not services["broker"].get("environment")
    assert services["broker"]["depends_on"]["broker-users"]["restart"] is True
    for name, service in services.items():
        told = json.dumps(service.get("healthcheck", {}))
        assert "PASSWORD" not in told.upper(), name


def test_the_broker_is_healthy_when_it_answers(services: dict[str, Any], binaries: Binaries, instance: Path) -> None:
    _, check = services["broker"]["healthcheck"]["test"]
    broker = Broker(binaries, instance, guarded=True)

    def is_healthy() -> bool:
        asked = check.replace("$$", "$").replace(
            "mosquitto_sub", f"{binaries.mosquitto('mosquitto_sub')} -p {broker.port}"
        )
        return subprocess.run(["/bin/sh", "-c", asked], capture_output=True, check=False).returncode == 0

    broker.start()
    try:
        assert is_healthy()
    finally:
        broker.stop()
    assert not is_healthy()
