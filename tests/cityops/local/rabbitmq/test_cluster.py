"""A node of RabbitMQ on this machine: killed and started again it is the same, and nothing of it outlives us."""

import stat
from pathlib import Path

import httpx

from cityops.local.deployed import deployed_text
from cityops.local.processes import is_free
from cityops.local.rabbitmq import Cluster, Programs
from fixtures.rabbitmq import declared


def settings(text: str) -> set[str]:
    return {line for line in text.splitlines() if line and not line.startswith("#")}


def test_a_node_that_was_killed_comes_back_as_it_was_and_leaves_nothing_behind(
    rabbit_programs: Programs, instance: Path
) -> None:
    cluster = Cluster(rabbit_programs, instance)
    [node] = cluster.nodes
    ports = node.ports
    try:
        cluster.start()
        rabbit = declared(cluster)
        node.kill()
        node.start()
        assert (rabbit.declare([]), Cluster(rabbit_programs, instance).nodes[0].ports) == ([], ports)
        with rabbit.management() as broker:
            assert {one["name"] for one in broker.get("queues")} == {"cityops.ingest", "cityops.sparkplug"}
        assert httpx.get(f"http://127.0.0.1:{ports.prometheus}/metrics", trust_env=False).is_success
    finally:
        cluster.stop()
    listening = (ports.amqp, ports.mqtt, ports.management, ports.prometheus, ports.distribution, cluster.epmd_port)
    assert all(is_free(port) for port in listening)
    closed = [instance / "secrets.json", *(node.folder / name for name in (".erlang.cookie", "rabbitmq.conf"))]
    assert {stat.S_IMODE(file.stat().st_mode) for file in closed} == {0o600}
    assert settings(deployed_text("rabbitmq.conf")) <= settings((node.folder / "rabbitmq.conf").read_text())
