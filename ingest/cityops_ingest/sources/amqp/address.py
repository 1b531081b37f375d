"""Reads the address of a cluster, `amqp://user:password@host,host`, into what pika connects with, a host each."""

import socket

import pika

from cityops.mqtt.authority import trust
from cityops.mqtt.hosts import Hosts
from cityops.settings import Settings

PORTS = {"amqp": 5672, "amqps": 5671}
CONNECT_S = 5.0

_DEAD_BROKER = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""Seconds of silence before the first probe, between probes, and probes without an answer."""


def parameters(url: str) -> tuple[list[pika.ConnectionParameters], str]:
    """Return what to connect to each host with, and the hosts for messages.

    With `amqps://` each must show a certificate of its name, signed by CITYOPS_MQTT_CA_FILE or, without one, by an
    authority that this machine trusts. No heartbeats, for a full backlog reads nothing: TCP notices the dead.

    Raises
    ------
    CityopsError
        The address is of another form, or the file of the authority cannot be used.
    """
    hosts = Hosts.read(url, PORTS, "the broker (CITYOPS_MQTT_URL)")
    context = trust(Settings().mqtt_ca_file) if hosts.scheme == "amqps" else None
    credentials = pika.PlainCredentials(hosts.user, hosts.password)
    made = [
        pika.ConnectionParameters(
            host,
            port,
            credentials=credentials,
            heartbeat=0,
            socket_timeout=CONNECT_S,
            stack_timeout=2 * CONNECT_S,
            blocked_connection_timeout=None,
            tcp_options=_DEAD_BROKER,
            ssl_options=pika.SSLOptions(context, host) if context else None,
            client_properties={"connection_name": f"cityops ingest of {socket.gethostname()}"},
        )
        for host, port in hosts.places
    ]
    return made, str(hosts)
