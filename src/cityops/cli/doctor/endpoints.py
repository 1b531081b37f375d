"""Asks the broker, the API and the pages that a deployment runs for what is weak in them: for `cityops doctor`."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from cityops.client import bearer
from cityops.domain.access import Role
from cityops.domain.findings import LOCAL, Finding, serious, warning
from cityops.errors import CityopsError
from cityops.mqtt.address import prepare
from cityops.mqtt.authority import refusal
from cityops.mqtt.rabbitmq.topology import faults
from cityops.settings import Settings

ANSWER_S = 5.0
DROPPED = "$SYS/broker/publish/messages/dropped"
KEY = "cityops keys create dashboard --role analyst --days 730"


def weaknesses(settings: Settings, pages: str = "") -> Iterator[Finding]:
    """Yield what is weak; each service is waited for some seconds. `pages` is the dashboard's address in browsers."""
    if settings.mqtt_url.startswith(("amqp://", "amqps://")):
        yield from _cluster(settings.mqtt_admin_url)
    elif settings.mqtt_url:
        yield from _broker(settings.mqtt_url)
    with httpx.Client(timeout=ANSWER_S) as client:
        if settings.api_url:
            yield from _api(client, settings)
        if pages:
            yield from _pages(client, pages)


def _cluster(admin_url: str) -> Iterator[Finding]:
    """Yield what is amiss at RabbitMQ, which its administrator may ask."""
    if not admin_url:
        told = "is not set here, so that the cluster of brokers cannot be asked"
        yield warning("CITYOPS_MQTT_ADMIN_URL", told, "give it, such as http://admin:password@host:15672")
        return
    remedy = "docs/operations.md, A cluster of brokers"
    try:
        for told in faults(admin_url):
            yield serious("broker", told, remedy)
    except CityopsError as error:
        yield serious("broker", str(error), remedy)


def _broker(url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    try:
        lets_in, _ = _ask(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl())
        is_ours, dropped = _ask(url)
    except CityopsError as error:
        yield serious("CITYOPS_MQTT_URL", str(error), "mend the setting")
        return
    if lets_in is None:
        yield serious("CITYOPS_MQTT_URL", "the broker does not answer", "start it, or mend the address")
        return
    if lets_in:
        remedy = "allow_anonymous false in mosquitto.conf (docs/operations.md); only a demo may be open"
        yield serious("broker", "lets in whoever has no name and password", remedy)
    if not is_ours:
        yield serious("CITYOPS_MQTT_URL", "the broker refuses its name and password", "mend the address")
    if dropped:
        told = f"dropped {dropped:,} messages since it started: lost, for it had acknowledged them"
        yield serious("broker", told, 'raise max_queued_bytes or add workers ("How long the queues last")')


def _ask(url: str) -> tuple[bool | None, int]:
    """Return whether the broker lets this address in (None: no answer), and how many messages it has dropped."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    answers: list[bool] = []
    figures: list[int] = []

    def note(_c: Client, _d: object, _f: ConnectFlags, reason: ReasonCode, _p: Properties | None) -> None:
        answers.append(not reason.is_failure)
        client.subscribe(DROPPED)

    def take(_c: Client, _d: object, message: MQTTMessage) -> None:
        figures.append(int(message.payload))  # it is retained, and comes at once where it may be read

    client.on_connect, client.on_message = note, take
    client.connect_timeout = ANSWER_S
    try:
        client.connect(*prepare(client, url))
        for _ in range(int(ANSWER_S)):
            if not answers:
                client.loop(timeout=1.0)
        for _ in range(4):
            if answers == [True] and not figures:
                client.loop(timeout=0.25)
        client.disconnect()
    except OSError as error:
        if distrust := refusal(error):
            raise CityopsError(f"the broker was not asked, for {distrust}") from None
        return None, 0
    return (answers[0] if answers else None), sum(figures)


def _api(client: httpx.Client, settings: Settings) -> Iterator[Finding]:
    url = settings.api_url.rstrip("/")
    try:
        ready = client.get(f"{url}/health/ready")
        me = client.get(f"{url}/api/v1/me", headers=bearer(settings.api_key))
    except httpx.HTTPError as error:
        told = f"the API does not answer at {url} ({type(error).__name__})"
        yield warning("CITYOPS_API_URL", told, "start it, or name its address, so that it can be asked")
        return
    if not ready.is_success:
        yield serious("API", _detail(ready), "mend that; until then no screen has numbers")
    if not settings.api_key:
        yield warning("CITYOPS_API_KEY", "is not set here: without one the screens have no state", KEY)
    elif me.status_code == 401:
        yield serious("CITYOPS_API_KEY", "the API refuses it: it is unknown, over or revoked", KEY)
    elif me.is_success and me.json()["role"] != Role.ANALYST:
        told = f"has the role {me.json()['role']}: what it sees, all screens see"
        yield warning("CITYOPS_API_KEY", told, KEY)


def _detail(answer: httpx.Response) -> str:
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return str(answer.json()["detail"]) if is_problem else f"is not ready (status {answer.status_code})"


def _pages(client: httpx.Client, pages: str) -> Iterator[Finding]:
    parts = urlsplit(pages)
    if parts.scheme != "https" and parts.hostname not in LOCAL:
        told = "passwords and session cookies cross the network in the clear"
        yield serious(f"pages {pages}", told, "put a reverse proxy with TLS before them (docs/operations.md)")
    try:
        answer = client.get(pages)
    except httpx.HTTPError as error:
        yield serious(f"pages {pages}", f"do not answer, or not with a valid certificate ({error})", "mend that")
        return
    if parts.scheme == "https" and "strict-transport-security" not in answer.headers:
        remedy = "have the reverse proxy add Strict-Transport-Security"
        yield warning(f"pages {pages}", "do not keep browsers to https", remedy)
    if answer.is_success and not urlsplit(pages).path.startswith("/sign-in"):
        yield serious(f"pages {pages}", "open for whoever has not signed in", "is that the dashboard's address?")
