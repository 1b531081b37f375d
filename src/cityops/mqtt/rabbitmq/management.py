"""Talks to RabbitMQ's management interface over HTTP: any node of the cluster will do, and tells the others.

https://www.rabbitmq.com/docs/4.0/http-api-reference
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx

from cityops.mqtt.authority import refusal, trust
from cityops.mqtt.control import BrokerControlError
from cityops.mqtt.hosts import Hosts
from cityops.settings import Settings

PORTS = {"http": 15672, "https": 15671}
TIMEOUT_S = 10.0
VHOST = "%2F"
"""The one virtual host, `/`, as it stands in paths."""


class Management:
    """A connection to the first node that answers."""

    def __init__(self, client: httpx.Client, where: str) -> None:
        self._client, self.where = client, where

    def get(self, *path: str) -> Any:
        """Return what is there, None where nothing is.

        Raises
        ------
        BrokerControlError
            The broker does not answer, or refuses the administrator.
        """
        answer = self._ask("GET", path)
        return None if answer.status_code == httpx.codes.NOT_FOUND else self._judged(answer).json()

    def put(self, *path: str, body: Mapping[str, Any]) -> None:
        """Make it so, whether it was there before or not; errors as for `get`."""
        self._judged(self._ask("PUT", path, body))

    def post(self, *path: str, body: Mapping[str, Any]) -> None:
        """Add to what is there; errors as for `get`."""
        self._judged(self._ask("POST", path, body))

    def delete(self, *path: str) -> None:
        """Have it gone, whether it was there before or not; errors as for `get`."""
        answer = self._ask("DELETE", path)
        if answer.status_code != httpx.codes.NOT_FOUND:
            self._judged(answer)

    def _ask(self, method: str, path: tuple[str, ...], body: Mapping[str, Any] | None = None) -> httpx.Response:
        address = "/api/" + "/".join(one if one == VHOST else quote(one, safe="") for one in path)
        try:
            return self._client.request(method, address, json=body)
        except httpx.HTTPError as error:
            raise _unreachable(self.where, f"{error.__class__.__name__}: {error}") from None

    def _judged(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise _unreachable(
                self.where, "it refuses the administrator: check the password in CITYOPS_MQTT_ADMIN_URL"
            )
        if answer.is_error:
            raise BrokerControlError(f"the broker at {self.where} refused: {_reason(answer)}")
        return answer


@contextmanager
def management(admin_url: str) -> Iterator[Management]:
    """Give a connection to the first of the address' nodes that answers.

    Raises
    ------
    BrokerControlError
        None answers; each is named with its reason.
    CityopsError
        The address is of another form.
    """
    hosts = Hosts.read(admin_url, PORTS, "the broker's management (CITYOPS_MQTT_ADMIN_URL)")
    context = trust(Settings().mqtt_ca_file) if hosts.scheme == "https" else True
    failures = []
    for host, port in hosts.places:
        where = f"{host}:{port}"
        # A proxy of the environment is for other hosts.
        with httpx.Client(
            base_url=f"{hosts.scheme}://{where}",
            auth=(hosts.user, hosts.password),
            timeout=TIMEOUT_S,
            trust_env=False,
            verify=context,
        ) as client:
            try:
                client.get("/api/auth")  # open to all: says only that somebody is there
            except httpx.HTTPError as error:
                failures.append(f"{where} ({refusal(error) or error.__class__.__name__})")
                continue
            yield Management(client, where)
            return
    raise _unreachable(", ".join(failures), "none of its nodes answers")


def _unreachable(where: str, why: str) -> BrokerControlError:
    return BrokerControlError(f"the broker at {where} could not be told who may publish: {why}")


def _reason(answer: httpx.Response) -> str:
    try:
        found = answer.json()
        return str(found.get("reason", found)) if isinstance(found, dict) else str(found)
    except ValueError:
        return f"status {answer.status_code}"
