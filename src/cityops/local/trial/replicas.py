"""Several parts of a kind on one machine: ports of their own, and the proxy that stands at the ports of `up`."""

import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cityops.local.processes import free_ports
from cityops.local.proxy import Proxy, prepare_proxy_programs
from cityops.local.servers import Servers
from cityops.local.trial.lookout import Lookout

COPIES = 2
"""Of each kind, so that one may die."""


def replica_ports(kinds: Iterable[str]) -> dict[str, list[int]]:
    """Return free ports for the parts of each kind.

    Nobody holds these while a part is away, so that whoever connects is told at once and goes to the other.
    """
    names = list(kinds)
    ports = free_ports(COPIES * len(names))
    return {name: ports[COPIES * place : COPIES * (place + 1)] for place, name in enumerate(names)}


@contextmanager
def running_proxy(
    servers: Servers, folder: Path, fronts: Mapping[str, socket.socket], replicas: Mapping[str, Sequence[int]]
) -> Iterator[None]:
    """Run the proxy while the block runs, from the sockets `fronts` to the parts' ports, both by kind, and brokers.

    The sockets are the caller's, so that who connects while the proxy is started again waits in their queues.

    Raises
    ------
    CityopsError
        It cannot be had or started.
    """
    assert servers.senders
    sockets, ports = {**fronts, "mqtt": servers.senders}, {**replicas, "mqtt": servers.mqtt_ports}
    proxy = Proxy(prepare_proxy_programs(), folder / "proxy", sockets, ports)
    try:
        proxy.start()
        servers.members["proxy"] = Lookout(proxy, proxy.start)
        yield
    finally:
        proxy.stop()
