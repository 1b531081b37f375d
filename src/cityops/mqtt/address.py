"""Reads the broker's address and prepares a paho client for it: name, password, and TLS for `mqtts://`."""

from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client

from cityops.errors import CityopsError
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
        _use_tls(client, Settings().mqtt_ca_file)
    return parts.hostname or "127.0.0.1", parts.port or PORTS[parts.scheme]


def _use_tls(client: Client, authority: str) -> None:
    try:
        client.tls_set(ca_certs=authority or None)
    except OSError as error:  # ssl's errors among them
        raise CityopsError(
            f"CITYOPS_MQTT_CA_FILE names {authority}, which is no certificate of an authority: name a PEM file "
            f"that this account can read ({error.__class__.__name__})"
        ) from error
