"""Posts the guard at a starting broker on loopback: a session that subscribes to everything and takes nothing."""

import threading

from paho.mqtt.client import Client, ConnectFlags, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from cityops.errors import CityopsError
from cityops.mqtt.mosquitto.roles import WORKERS
from cityops.wire.topics import GUARDED

NEVER_EXPIRES = 0xFFFF_FFFF
PATIENCE_S = 20.0


def post(port: int, session: str) -> None:
    """Leave the guard's session, which has this client id, at the broker, subscribed.

    The session of an earlier restart may still hold messages, which the broker delivers at once. They are not
    acknowledged, so it keeps them; a client like mosquitto_sub would acknowledge, and lose, them.

    Raises
    ------
    CityopsError
        The broker did not acknowledge the subscription.
    """
    subscribed = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, session, protocol=MQTTv5, manual_ack=True)

    def on_subscribe(
        _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if not reasons[0].is_failure:
            subscribed.set()

    # Once users have roles again, the session receives what the role of its user's name allows.
    client.username_pw_set(WORKERS)
    client.on_connect = _subscribe
    client.on_subscribe = on_subscribe
    client.connect("127.0.0.1", port, clean_start=False, properties=_session())
    client.loop_start()
    is_posted = subscribed.wait(PATIENCE_S)
    client.disconnect()
    client.loop_stop()
    if not is_posted:
        raise CityopsError("Mosquitto did not acknowledge the guard's subscription; its log may tell why")


def _subscribe(
    client: Client, _data: object, _flags: ConnectFlags, _reason: ReasonCode, _properties: Properties | None
) -> None:
    not_the_retained = SubscribeOptions.RETAIN_DO_NOT_SEND
    client.subscribe(
        GUARDED, options=SubscribeOptions(qos=1, retainAsPublished=True, retainHandling=not_the_retained)
    )


def _session() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own
    properties.SessionExpiryInterval = NEVER_EXPIRES
    properties.ReceiveMaximum = 1  # what it is sent is for nothing
    return properties
