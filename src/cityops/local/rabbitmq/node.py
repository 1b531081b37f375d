"""One node of RabbitMQ: runs with the settings of ingest/rabbitmq.conf and ports of its own."""

import json
import secrets
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from cityops.errors import CityopsError
from cityops.local.deployed import deployed_text
from cityops.local.machines import Machine
from cityops.local.places import create_folder, own_by_server
from cityops.local.processes import end, free_ports, last_lines, listens, spawn, wait_until
from cityops.local.rabbitmq.programs import Programs

START_SECONDS = 180.0  # nodes of a cluster wait for each other
STOP_SECONDS = 60.0
PLUGINS = ("rabbitmq_mqtt", "rabbitmq_management", "rabbitmq_prometheus")
ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class NodePorts:
    """Where a node listens: for workers, devices, administrators, other nodes; the last three by TLS."""

    amqp: int
    mqtt: int
    management: int
    prometheus: int
    distribution: int
    amqps: int
    mqtts: int
    https: int

    @classmethod
    def kept(cls, file: Path) -> "NodePorts":
        """Return the ports of the last start, at the first one any that are free; others hold addresses with them."""
        if not file.exists():
            file.write_text(json.dumps(asdict(cls(*free_ports(len(fields(cls)))))))
        return cls(**json.loads(file.read_text()))


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the nodes of a cluster share: the cookie they know each other by, and the administrator's password."""

    cookie: str
    password: str
    epmd_port: int

    @classmethod
    def kept(cls, file: Path) -> "Secrets":
        """Return those of the last start, at the first one new ones."""
        if not file.exists():
            new = file.with_suffix(".new")
            new.touch(mode=0o600)
            made = cls(secrets.token_hex(20), secrets.token_urlsafe(24), free_ports(1)[0])
            new.write_text(json.dumps(asdict(made)))
            new.replace(file)
        return cls(**json.loads(file.read_text()))


@dataclass(frozen=True, slots=True)
class Certified:
    """PEM files of a certificate of the node's address: the authority's that has signed it, itself, and its key."""

    authority: Path
    certificate: Path
    key: Path

    def lines(self, address: str, ports: NodePorts) -> list[str]:
        """Return the settings of a node that speaks TLS with it, beside the ports where it does not."""
        files = {"cacertfile": self.authority, "certfile": self.certificate, "keyfile": self.key}
        return [
            f"listeners.ssl.1 = {address}:{ports.amqps}",
            f"mqtt.listeners.ssl.1 = {address}:{ports.mqtts}",
            f"management.ssl.ip = {address}",
            f"management.ssl.port = {ports.https}",
            *(f"{of}.{name} = {file}" for of in ("ssl_options", "management.ssl") for name, file in files.items()),
        ]


class RabbitNode:
    """One node; `start` may follow `stop` or `kill`, on the same ports and with the same data.

    Parameters
    ----------
    folder
        For its data, log and ports; created at the first start.
    members
        Names of all nodes of the cluster, this one among them: `r1@127.0.0.1`, of which `r1` is the folder's.
    certified
        What it speaks TLS with, beside the ports without.
    """

    def __init__(
        self,
        programs: Programs,
        folder: Path,
        members: Sequence[str],
        cluster: Secrets,
        machine: Machine,
        certified: Certified | None = None,
    ) -> None:
        self.programs, self.folder, self.machine = programs, folder, machine
        self.name = f"{folder.name}@{machine.address}"
        self.log = folder / "rabbitmq.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._members, self._cluster, self._certified = members, cluster, certified
        own_by_server(create_folder(folder))
        self.ports = NodePorts.kept(folder / "ports.json")

    def start(self) -> None:
        """Start the node and return when devices, workers and administrators can connect.

        Raises
        ------
        CityopsError
            It ended while starting, or does not answer; the end of its log follows.
        """
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start the node; nodes of a new cluster wait for each other, so launch all before one is waited for."""
        variables = self._variables(self._write_config())
        command, machine = [self.programs.server], self.machine
        self.process = spawn(command, log=self.log, death_signal="TERM", variables=variables, machine=machine)

    def wait(self) -> None:
        """Wait until the node that was launched can be connected to; errors as for `start`."""
        if not wait_until(self._is_up, seconds=START_SECONDS):
            self.kill()
            raise CityopsError(f"RabbitMQ does not answer. The end of {self.log}:\n{last_lines(self.log)}")

    def stop(self) -> None:
        """Stop the node; what it has taken stays."""
        if self.process:
            end(self.process, signal.SIGTERM, patience=STOP_SECONDS)
            self.process = None

    def kill(self) -> None:
        """End the node with SIGKILL."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _is_up(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise CityopsError(f"RabbitMQ ended. The end of {self.log}:\n{last_lines(self.log, 20)}")
        pid, ports = self.process.pid, self.ports
        wanted = [ports.amqp, ports.mqtt, ports.management]
        wanted += [ports.amqps, ports.mqtts, ports.https] if self._certified else []
        return all(listens(pid, port) for port in wanted)

    def _write_config(self) -> Path:
        address, ports, file = self.machine.address, self.ports, self.folder / "rabbitmq.conf"
        here = (
            f"listeners.tcp.1 = {address}:{ports.amqp}",
            f"mqtt.listeners.tcp.1 = {address}:{ports.mqtt}",
            f"management.tcp.ip = {address}",
            f"management.tcp.port = {ports.management}",
            f"prometheus.tcp.ip = {address}",
            f"prometheus.tcp.port = {ports.prometheus}",
            f"default_user = {ADMIN}",
            f"default_pass = {self._cluster.password}",
            "cluster_formation.peer_discovery_backend = classic_config",
            *(f"cluster_formation.classic_config.nodes.{i} = {name}" for i, name in enumerate(self._members, 1)),
            *(self._certified.lines(address, ports) if self._certified else ()),
        )
        file.write_text("\n".join([deployed_text("rabbitmq.conf"), *here]) + "\n")
        own_by_server(file)
        for name, text in (("plugins", f"[{','.join(PLUGINS)}].\n"), (".erlang.cookie", self._cluster.cookie)):
            (self.folder / name).unlink(missing_ok=True)
            (self.folder / name).write_text(text)
            own_by_server(self.folder / name)
        return file

    def _variables(self, config: Path) -> dict[str, str]:
        own = f"-start_epmd false -kernel inet_dist_use_interface {{{self.machine.address.replace('.', ',')}}}"
        return {
            "HOME": str(self.folder),  # of the cookie
            "PATH": f"{self.programs.erlang}/bin:/usr/bin:/bin",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_USE_LONGNAME": "true",  # by address, which needs no table of names
            "RABBITMQ_DIST_PORT": str(self.ports.distribution),
            "RABBITMQ_CONFIG_FILE": str(config),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),  # not the host's
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": own,
            "ERL_EPMD_PORT": str(self._cluster.epmd_port),
            "detached": "1",  # has the script become the node, so that a signal to our child reaches it
        }
