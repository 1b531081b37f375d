"""A real TimescaleDB and a real Mosquitto for one machine, from Debian's packages: no Docker, no root."""

from cityops.local.servers import Servers, local_servers, prepare

__all__ = ["Servers", "local_servers", "prepare"]
