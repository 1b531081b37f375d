"""Nodes of RabbitMQ that form a cluster, with Erlang port mappers of their own: one for each machine."""

import signal
from collections.abc import Sequence
from pathlib import Path

from cityops.local.machines import LOOPBACK, Machine
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
    machines
        Where they run, in turn.
    certified
        What the nodes speak TLS with, beside the ports without.
    """

    def __init__(
        self,
        programs: Programs,
        folder: Path,
        size: int = 1,
        machines: Sequence[Machine] = (LOOPBACK,),
        certified: Certified | None = None,
    ) -> None:
        create_instance(folder)
        self._secrets = Secrets.kept(folder / "secrets.json")
        places = {f"r{number + 1}": machines[number % len(machines)] for number in range(size)}
        members = [f"{name}@{machine.address}" for name, machine in places.items()]
        self.nodes = [
            RabbitNode(programs, folder / name, members, self._secrets, machine, certified)
            for name, machine in places.items()
        ]
        self.mappers = [
            Epmd(programs, folder / f"epmd-{number}.log", self._secrets.epmd_port, machine)
            for number, machine in enumerate(dict.fromkeys(places.values()), 1)
        ]

    @property
    def admin_url(self) -> str:
        """Address of the management interface of all nodes, as their administrator."""
        return self._address(
            "http", ADMIN, self._secrets.password, [(node, node.ports.management) for node in self.nodes]
        )

    @property
    def epmd_port(self) -> int:
        """Where the port mappers of these nodes listen, which are not the host's."""
        return self._secrets.epmd_port

    def amqp_url(self, user: str, password: str) -> str:
        """Return the workers' address of all nodes."""
        return self._address("amqp", user, password, [(node, node.ports.amqp) for node in self.nodes])

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
        for mapper in self.mappers:
            mapper.start()
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
        for mapper in self.mappers:
            mapper.stop()

    @staticmethod
    def _address(scheme: str, user: str, password: str, at: list[tuple[RabbitNode, int]]) -> str:
        return f"{scheme}://{user}:{password}@{','.join(f'{node.machine.address}:{port}' for node, port in at)}"
