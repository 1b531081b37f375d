"""compose.cluster.yaml on each of its three machines: valid, hardened, of one mind about members and addresses."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from cityops.local.database import FIXED_SETTINGS, machine_settings
from cityops.local.patroni.backups import KEPT, STANZA
from cityops.local.patroni.member import AGREED, PAIR_SETTINGS, REPLICATOR, SCOPE
from cityops.local.rabbitmq.node import ADMIN, PLUGINS
from cityops.mqtt.hosts import Hosts
from cityops.mqtt.mosquitto.roles import WORKERS
from cityops.mqtt.rabbitmq.management import PORTS as MANAGEMENT_PORTS
from cityops_ingest.sources.amqp.address import PORTS as AMQP_PORTS
from fixtures.compose import ROOT, assert_verb, config, environment, parsed

FILE = "compose.cluster.yaml"
NUMBERS = ("1", "2", "3")
NAMES = [f"machine-{number}" for number in NUMBERS]
ADDRESSES = {f"CITYOPS_MACHINE_{number}": f"192.0.2.{number}" for number in NUMBERS}
SECRETS = (
    *("CITYOPS_DB_PASSWORD", "CITYOPS_API_DB_PASSWORD", "CITYOPS_INGEST_DB_PASSWORD", "CITYOPS_REPLICATION_PASSWORD"),
    *("CITYOPS_PATRONI_PASSWORD", "CITYOPS_INGEST_PASSWORD", "CITYOPS_BROKER_ADMIN_PASSWORD"),
    *("CITYOPS_ERLANG_COOKIE", "CITYOPS_SECRET"),
)
PLACES = {
    "CITYOPS_TLS": "/etc/cityops/tls",
    "CITYOPS_COPIES": "/srv/copies",
    "CITYOPS_CERTIFICATE": "/etc/cityops.pem",
}
ONE_SHOT = {"broker-declare", "migrate"}
WITH_DATABASE = {"database", "copies"}
Services = dict[str, Any]


def variables(number: str) -> dict[str, str]:
    """Return what .env says on a machine."""
    own = {"CITYOPS_MACHINE": number, "CITYOPS_ADDRESS": ADDRESSES[f"CITYOPS_MACHINE_{number}"]}
    return ADDRESSES | own | PLACES | dict.fromkeys(SECRETS, "SECRET")


@pytest.fixture(scope="session")
def machines(compose_program: Path) -> list[Services]:
    """Give the services of each machine, in their order."""
    return [
        parsed(config(compose_program, files=[FILE], profile=f"machine-{n}", **variables(n)))["services"]
        for n in NUMBERS
    ]


@pytest.fixture(scope="session")
def services(machines: list[Services]) -> Services:
    """Give those of the first machine: all there are."""
    return machines[0]


def test_each_machine_has_all_parts_and_two_have_a_database(machines: list[Services]) -> None:
    everywhere = set(machines[2])
    assert {*machines[0]} == {*machines[1]} == everywhere | WITH_DATABASE
    parts = {"ingest-mqtt", "ingest-http", "jobs", "api", "dashboard"}
    assert everywhere == {"etcd", "broker", "proxy"} | parts | ONE_SHOT


@pytest.mark.parametrize("missing", [*SECRETS, *PLACES, *ADDRESSES, "CITYOPS_MACHINE", "CITYOPS_ADDRESS"])
def test_nothing_that_must_be_told_has_a_default(compose_program: Path, missing: str) -> None:
    given = {name: value for name, value in variables("1").items() if name != missing}
    done = config(compose_program, files=[FILE], **given)
    assert done.returncode != 0
    assert f"required variable {missing} is missing a value: set it in .env" in done.stderr


def test_every_variable_is_in_the_example() -> None:
    used = set(re.findall(r"\$\{(\w+)", (ROOT / FILE).read_text()))
    example = (ROOT / ".env.example").read_text()
    told = dict(re.findall(r"^(?:# )?(\w+)=(.*)$", example, re.MULTILINE))
    assert used - told.keys() == set()
    assert {told[name] for name in SECRETS} == {""}


def test_two_lines_of_the_example_say_which_machine_it_is(compose_program: Path, tmp_path: Path) -> None:
    head = 'Three machines (docs/operations.md, "Three machines")'
    text = (ROOT / ".env.example").read_text()
    section = text[text.index(head) :].partition("\n\n")[0]
    lines = re.findall(r"^# (\w+=.*)$", section, re.MULTILINE)
    required = [f"{name}=SECRET" for name in SECRETS]
    for number in ("2", "3"):
        here = tmp_path / f"env-{number}"
        chosen = "\n".join([*lines, *required])
        chosen = re.sub(r"^CITYOPS_MACHINE=1$", f"CITYOPS_MACHINE={number}", chosen, flags=re.MULTILINE)
        here.write_text(chosen.replace("=${CITYOPS_MACHINE_1}", f"=${{CITYOPS_MACHINE_{number}}}"))
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("CITYOPS_", "COMPOSE_"))}
        command = [str(compose_program), "--env-file", str(here), "config", "--format", "json"]
        done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=False)
        told = parsed(done)["services"]
        assert environment(told["broker"])["RABBITMQ_NODENAME"] == f"rabbit@machine-{number}"
        assert ("database" in told) is (number == "2")
        assert {port["host_ip"] for port in told["etcd"]["ports"]} == {f"10.0.0.1{number}"}


def test_every_command_of_ours_is_a_verb(services: Services) -> None:
    ours = {name: one["command"] for name, one in services.items() if one["image"].startswith("cityops:")}
    assert len(ours) == 7
    for name, arguments in ours.items():
        assert_verb(name, arguments)


def test_services_are_hardened_checked_and_bounded(machines: list[Services]) -> None:
    for name, service in (pair for one in machines for pair in one.items()):
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name
        assert (service.get("user"), bool(service.get("cap_add"))) in {(None, False), ("root", True)}, name
        assert 2**27 < int(service["mem_limit"]) <= 2**33, name
        assert service["restart"] == ("on-failure" if name in ONE_SHOT else "unless-stopped"), name
        assert service.get("healthcheck") or name in {*ONE_SHOT, "copies"}, name
    assert {name for name, one in machines[0].items() if one.get("user")} == {"proxy"}


def test_images_carry_the_projects_version(services: Services) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {one["image"] for one in services.values()} == {f"cityops:{version}", f"cityops-servers:{version}"}


def test_what_the_image_installs_is_what_the_tests_run() -> None:
    text = (ROOT / "deploy" / "servers.Dockerfile").read_text()
    for package in (
        *("postgresql-17", "postgresql-17-timescaledb", "patroni", "python3-etcd", "etcd-server", "pgbackrest"),
        *("rabbitmq-server", "haproxy"),
    ):
        assert re.search(rf" {package}( |$)", text, re.MULTILINE), package
    assert re.findall(r"^USER (\w+)$", text, re.MULTILINE) == ["servers"]
    # `database` is told a folder of its volume, and all volumes begin as this account's
    assert re.search(r"install -d -o servers .*\\\n.*/var/lib/rabbitmq /var/lib/postgresql .*/var/lib/etcd", text)


def test_files_that_are_mounted_are_there_and_read_only(services: Services) -> None:
    outside = {*PLACES.values(), f"{PLACES['CITYOPS_TLS']}/ca.crt"}
    for name, service in services.items():
        for mount in service.get("volumes", ()):
            if mount["type"] == "bind" and mount["source"] not in outside:
                assert mount["read_only"], name
                assert Path(mount["source"]).is_file(), mount["source"]


def test_what_machines_say_to_each_other_is_published_on_their_own_network(machines: list[Services]) -> None:
    for number, one in zip(NUMBERS, machines, strict=True):
        own = ADDRESSES[f"CITYOPS_MACHINE_{number}"]
        ports: dict[str, dict[str, set[int]]] = {name: {} for name in one}
        for name, service in one.items():
            for port in service.get("ports", ()):
                ports[name].setdefault(port["host_ip"], set()).add(int(port["published"]))
        assert {name: found for name, told in ports.items() if (found := told.get("127.0.0.1"))} == {
            "broker": {8883},
            "proxy": {80, 443, 8000, 8001},
        }
        assert {name for name, told in ports.items() if own in told} == {
            *("etcd", "broker", "api", "dashboard", "ingest-http"),
            *({"database"} & one.keys()),
        }
        published = [port for told in ports.values() for found in told.values() for port in found]
        assert len(published) == len(set(published)), "one address may be both: no port twice"


def test_each_machine_knows_all_by_the_same_names(machines: list[Services]) -> None:
    wanted = [f"{name}={address}" for name, address in zip(NAMES, ADDRESSES.values(), strict=True)]
    for one in machines:
        for name, service in one.items():
            if name != "copies":  # speaks by a socket alone
                assert service["extra_hosts"] == wanted, name


def test_members_of_etcd_are_the_same_on_each_machine(machines: list[Services]) -> None:
    members = set()
    for name, one in zip(NAMES, machines, strict=True):
        options = dict(word.removeprefix("--").partition("=")[::2] for word in one["etcd"]["command"][1:])
        members.add(options["initial-cluster"])
        assert options["name"] == name
        assert options["advertise-client-urls"] == f"https://{name}:2379"
        assert f"{name}={options['initial-advertise-peer-urls']}" in options["initial-cluster"].split(",")
    assert members == {",".join(f"{name}=https://{name}:2380" for name in NAMES)}


def test_nodes_of_the_broker_know_each_other(machines: list[Services]) -> None:
    text = (ROOT / "deploy" / "rabbitmq.cluster.conf").read_text()
    nodes = re.findall(r"^cluster_formation.classic_config.nodes.\d = (.+)$", text, re.MULTILINE)
    assert nodes == [f"rabbit@{name}" for name in NAMES]
    assert [environment(one["broker"])["RABBITMQ_NODENAME"] for one in machines] == nodes
    assert [one["broker"]["hostname"] for one in machines] == NAMES
    assert {environment(one["broker"])["RABBITMQ_ERLANG_COOKIE"] for one in machines} == {"SECRET"}
    plugins = (ROOT / "deploy" / "rabbitmq.plugins").read_text()
    assert plugins.strip() == f"[{','.join(PLUGINS)}]."
    assert {environment(one["broker"])["RABBITMQ_DEFAULT_USER"] for one in machines} == {ADMIN}


def test_addresses_name_all_nodes_and_begin_with_that_of_the_machine(machines: list[Services]) -> None:
    for name, one in zip(NAMES, machines, strict=True):
        workers = Hosts.read(environment(one["ingest-mqtt"])["CITYOPS_MQTT_URL"], AMQP_PORTS, "")
        assert (workers.scheme, workers.user) == ("amqps", WORKERS)
        assert workers.places == tuple((host, 5671) for host in (name, *NAMES))
        for part in ("broker-declare", "migrate", "jobs", "api"):
            admin = Hosts.read(environment(one[part])["CITYOPS_MQTT_ADMIN_URL"], MANAGEMENT_PORTS, "")
            assert (admin.scheme, admin.user) == ("https", ADMIN)
            assert admin.places == tuple((host, 15671) for host in (name, *NAMES))


def test_databases_are_found_by_both_addresses_and_by_the_login_of_each_part(machines: list[Services]) -> None:
    logins: dict[str, set[str | None]] = {}
    for part, service in machines[0].items():
        for variable, wanted in (("DATABASE_URL", "read-write"), ("DATABASE_READ_URL", "prefer-standby")):
            if url := environment(service).get(f"CITYOPS_{variable}"):
                parts = urlsplit(url)
                asked = {name: value for name, [value] in parse_qs(parts.query).items()}
                assert asked["host"].split(",") == NAMES[:2], part
                assert asked["target_session_attrs"] == wanted, part
                assert (asked["sslmode"], asked["sslrootcert"]) == ("verify-full", "/tls/ca.crt"), part
                assert [one["target"] for one in service["volumes"]] == ["/tls/ca.crt"], part
                logins.setdefault(part, set()).add(parts.username)
    assert logins == {
        "api": {"cityops_api_login"},
        "ingest-mqtt": {"cityops_ingest_login"},
        "ingest-http": {"cityops_ingest_login"},
        "migrate": {"cityops"},
        "jobs": {"cityops"},
    }


def test_a_key_reaches_no_part_that_has_no_use_for_it(services: Services) -> None:
    with_keys = {
        name
        for name, service in services.items()
        if any(mount["source"] == PLACES["CITYOPS_TLS"] for mount in service.get("volumes", ()))
    }
    assert with_keys == {"etcd", "broker", "database"}
    for name, service in services.items():
        assert "SECRET" not in json.dumps([service.get("healthcheck"), service.get("command")]), name


def test_the_pair_is_as_the_tried_one() -> None:
    told = yaml.safe_load((ROOT / "deploy" / "patroni.yml").read_text())
    agreed, server = dict(told["bootstrap"]["dcs"]), told["postgresql"]
    parameters = agreed.pop("postgresql")["parameters"]
    assert agreed == AGREED
    assert told["scope"] == SCOPE
    own = {"listen_addresses", "unix_socket_directories", *machine_settings()}  # each member's
    wanted = {name: value for name, value in {**FIXED_SETTINGS, **PAIR_SETTINGS}.items() if name not in own}
    assert {name: parameters[name] for name in wanted} == wanted
    assert server["authentication"]["replication"]["username"] == REPLICATOR
    assert {rule.split()[0] for rule in server["pg_hba"]} == {"local", "hostssl"}
    assert told["etcd3"]["hosts"] == [f"{name}:2379" for name in NAMES]


def test_copies_go_where_the_log_goes(services: Services) -> None:
    text = (ROOT / "deploy" / "pgbackrest.conf").read_text()
    assert f"\n[{STANZA}]\n" in text
    assert f"repo1-retention-full={KEPT}" in text
    for part in ("database", "copies"):
        targets = {mount["target"] for mount in services[part]["volumes"]}
        assert {"/copies", "/etc/pgbackrest.conf", "/var/lib/postgresql", "/run/postgresql"} <= targets
    server = yaml.safe_load((ROOT / "deploy" / "patroni.yml").read_text())["postgresql"]
    assert f"pg1-path={server['data_dir']}" in text
    assert f"--stanza={STANZA} " in server["parameters"]["archive_command"]


def test_the_dashboard_asks_its_own_proxy_and_is_believed_there(services: Services) -> None:
    own = services["dashboard"]["networks"]["parts"]["ipv4_address"]
    asked = urlsplit(environment(services["dashboard"])["CITYOPS_API_URL"])
    script = (ROOT / "deploy" / "proxy.sh").read_text()
    assert (asked.hostname, asked.scheme) == ("proxy", "http")
    assert f"bind :{asked.port}" in script
    assert f"src {own}/" in script
    assert asked.port not in {int(port["target"]) for port in services["proxy"]["ports"]}
    trusted = environment(services["api"])["CITYOPS_TRUSTED_PROXIES"].split(",")
    assert trusted == ["172.30.86.1", *ADDRESSES.values()]


def test_the_proxy_asks_the_parts_of_all_three_machines(services: Services, tmp_path: Path) -> None:
    written = tmp_path / "haproxy.cfg"
    subprocess.run(["sh", ROOT / "deploy/proxy.sh", ROOT / "deploy/haproxy.cfg", written, "true"], check=True)
    sections = dict(re.findall(r"^(?:listen|backend) (\S+)\n((?: .*\n|\n(?= ))+)", written.read_text(), re.MULTILINE))
    for part in ("api", "dashboard", "ingest-http"):
        published = int(services[part]["ports"][0]["published"])
        assert re.findall(r"^    server \S+ (\S+)", sections[part], re.MULTILINE) == [
            f"{name}:{published}" for name in NAMES
        ]
    assert "10.0.0." not in written.read_text()


def test_certificates_are_of_their_machines_and_of_one_authority(tmp_path: Path) -> None:
    script = ["sh", str(ROOT / "deploy" / "certificates.sh"), str(tmp_path)]
    for _ in range(2):  # again for renewal: the authority stays
        subprocess.run(script, check=True, capture_output=True)
    for name in NAMES:
        own = tmp_path / name
        assert {file.name for file in own.iterdir()} == {"ca.crt", "machine.crt", "machine.key"}
        assert (own / "machine.key").stat().st_mode & 0o077 == 0
        check = ["openssl", "verify", "-CAfile", str(tmp_path / "ca.crt"), "-verify_hostname", name]
        for purpose in ("sslserver", "sslclient"):
            subprocess.run([*check, "-purpose", purpose, own / "machine.crt"], check=True, capture_output=True)
