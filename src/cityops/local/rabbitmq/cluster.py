"""Nodes of RabbitMQ on loopback that form a cluster, with an Erlang port mapper of their own."""

import signal
from pathlib import Path

from cityops.local.places import create_instance
from cityops.local.rabbitmq.epmd import Epmd
from cityops.local.rabbitmq.node import ADMIN, Certified, RabbitNode, Secrets
from cityops.local.rabbitmq.programs import Programs


class Cluster:
    """One node or several; `start` may follow `stop` or `kill`. What was acknowledged outlives them all.

    Parameters
    ----------
    folder
        For the data, logs and ports of all nodes; created at the first start.
    size
        Number of nodes: 1 for trials of what one does, 3 so that one may die.
    certified
        What the nodes speak TLS with, beside the ports without.
    """

    def __init__(
        self, programs: Programs, folder: Path, size: int = 1, *, certified: Certified | None = None
    ) -> None:
        create_instance(folder)
        self._secrets = Secrets.kept(folder / "secrets.json")
        names = [f"r{number}@localhost" for number in range(1, size + 1)]
        self.nodes = [
            RabbitNode(programs, folder / name.partition("@")[0], name, names, self._secrets, certified)
            for name in names
        ]
        self.epmd = Epmd(programs, folder / "epmd.log", self._secrets.epmd_port)

    @property
    def admin_url(self) -> str:
        """Address of the management interface of all nodes, as their administrator."""
        return self._address("http", ADMIN, self._secrets.password, [node.ports.management for node in self.nodes])

    @property
    def epmd_port(self) -> int:
        """Where the port mapper of these nodes listens, which is not the host's."""
        return self.epmd.port

    def amqp_url(self, user: str, password: str) -> str:
        """Return the workers' address of all nodes."""
        return self._address("amqp", user, password, [node.ports.amqp for node in self.nodes])

    def start(self) -> None:
        """Start all nodes and return when each can be connected to.

        Raises
        ------
        CityopsError
            One ended while starting, or does not answer; the end of its log follows.
        """
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start all nodes, which go on to find each other; errors as for `start`."""
        self.epmd.start()
        for node in self.nodes:
            node.launch()

    def wait(self) -> None:
        """Wait until each node that was launched can be connected to; errors as for `start`."""
        for node in self.nodes:
            node.wait()

    def stop(self) -> None:
        """Stop all nodes; what they have taken stays."""
        for node in self.nodes:
            if node.process:
                node.process.send_signal(signal.SIGTERM)
        for node in self.nodes:
            node.stop()
        self.epmd.stop()

    @staticmethod
    def _address(scheme: str, user: str, password: str, ports: list[int]) -> str:
        return f"{scheme}://{user}:{password}@{','.join(f'127.0.0.1:{port}' for port in ports)}"
