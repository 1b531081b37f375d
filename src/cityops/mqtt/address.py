"""Reads the broker's address and prepares a paho client for it: name, password, and TLS for `mqtts://`."""

from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client

from cityops.errors import CityopsError
from cityops.mqtt.authority import trust
from cityops.settings import Settings

PORTS = {"mqtt": 1883, "mqtts": 8883}


def prepare(client: Client, url: str) -> tuple[str, int]:
    """Give a client what the address says, and return host and port.

    With `mqtts://` the broker must show a certificate of that host, signed by CITYOPS_MQTT_CA_FILE or, without one,
    by an authority that this machine trusts.

    Raises
    ------
    CityopsError
        The scheme is another one, or the file of the authority cannot be used.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS:
        raise CityopsError(f"the broker's address begins with {parts.scheme}://: write mqtt:// or, for TLS, mqtts://")
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if parts.scheme == "mqtts":
        client.tls_set_context(trust(Settings().mqtt_ca_file))
    return parts.hostname or "127.0.0.1", parts.port or PORTS[parts.scheme]
