"""Keys at a guarded broker, live: made and revoked while it runs, tried with mosquitto_pub and mosquitto_sub."""

import ssl
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import update

from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.audit import command_line
from cityops.domain.grants import Holder
from cityops.domain.rejects import Reason
from cityops.errors import CityopsError
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.mqtt.address import prepare
from cityops.mqtt.control import BrokerControlError
from cityops.mqtt.mosquitto import senders
from cityops.services import credentials as acts
from cityops.services.overload import Doorkeeper
from cityops.store.access import audit, credentials
from cityops.store.engine import connect, make_engine, writing
from cityops.store.rejects import records
from cityops.store.tables import credential
from cityops.wire.topics import GUARD, GUARDED
from cityops_ingest.backlog import Backlog
from cityops_ingest.batch.refusals import reject
from cityops_ingest.decode.items import Refusal
from cityops_ingest.envelope import Envelope
from cityops_ingest.sources.mqtt.source import MqttSource
from fixtures.certificates import self_signed

KEY, TOKEN = "0123456789abcdef", "key_0123456789abcdef_secret"
OWN = "cityops/v1/readings/water-logging"


def may_publish(broker: Broker, topic: str, *user: str, payload: str = "{}") -> bool:
    program = [str(broker.binaries.mosquitto("mosquitto_pub")), "-V", "5", "-p", str(broker.port), "-q", "1"]
    who = ["-u", user[0], "-P", user[1]] if user else []
    done = subprocess.run([*program, *who, "-t", topic, "-m", payload], capture_output=True, text=True, check=False)
    return done.returncode == 0 and "Not authorized" not in done.stderr


def may_read(broker: Broker, topic: str, *user: str) -> bool:
    program = [str(broker.binaries.mosquitto("mosquitto_sub")), "-V", "5", "-p", str(broker.port), "-E", "-W", "5"]
    who = ["-u", user[0], "-P", user[1]] if user else []
    done = subprocess.run([*program, *who, "-t", topic], capture_output=True, text=True, check=False)
    return done.returncode == 0 and "denied" not in done.stdout + done.stderr


def test_a_key_writes_its_own_topics_and_reads_nothing(guarded: Broker) -> None:
    senders.grant(guarded.admin_url, KEY, {"water-logging": "readings"}, TOKEN)
    own = (OWN, f"{OWN}/WL-1")
    others = (
        "cityops/v1/events/water-logging",
        "cityops/v1/readings/eco-air",
        "cityops/v1/events/eco-air",
        f"{OWN}/a/b",
        "elsewhere",
        senders._ASKED,
    )
    assert [may_publish(guarded, topic, KEY, TOKEN) for topic in own] == [True] * 2
    assert [may_publish(guarded, topic, KEY, TOKEN) for topic in others] == [False] * 6
    reads = ("cityops/#", OWN, "$SYS/broker/version", "$share/ingest/cityops/#", "$CONTROL/#")
    assert [may_read(guarded, topic, KEY, TOKEN) for topic in reads] == [False] * 5
    assert not may_publish(guarded, OWN)
    assert not may_publish(guarded, OWN, KEY, "another password")


def test_the_workers_only_read(guarded: Broker) -> None:
    worker = ("ingest", guarded.passwords["ingest"])
    reads = ("cityops/#", "$share/ingest/cityops/#", "$SYS/broker/version", "zigbee2mqtt/+")
    assert {topic: may_read(guarded, topic, *worker) for topic in reads} == dict.fromkeys(reads, True)
    assert not may_read(guarded, "$CONTROL/#", *worker)
    assert not may_publish(guarded, OWN, *worker)
    assert not may_publish(guarded, senders._ASKED, *worker)


def test_who_is_connected_with_a_revoked_key_is_disconnected(guarded: Broker) -> None:
    for key in (KEY, KEY[::-1]):
        senders.grant(guarded.admin_url, key, {"water-logging": "readings"}, TOKEN)
    connected, gone = threading.Event(), threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5, reconnect_on_failure=False)
    client.username_pw_set(KEY, TOKEN)
    client.on_connect = lambda *_: connected.set()
    client.on_disconnect = lambda *_: gone.set()
    client.connect("127.0.0.1", guarded.port or 0)
    client.loop_start()
    try:
        assert connected.wait(10)
        senders.revoke(guarded.admin_url, [KEY])
        assert gone.wait(10)
    finally:
        client.disconnect()
        client.loop_stop()
    assert not may_publish(guarded, OWN, KEY, TOKEN)
    assert may_publish(guarded, OWN, KEY[::-1], TOKEN)
    assert senders.admitted(guarded.admin_url) == [KEY[::-1]]


def test_keys_and_what_the_guard_holds_outlive_restarts(guarded: Broker) -> None:
    senders.grant(guarded.admin_url, KEY, {"water-logging": "readings"}, TOKEN)
    backlog = Backlog()
    source = MqttSource(guarded.url, "guarded", backlog)
    source.start()
    assert source.subscribed.wait(10)
    source.stop()
    guarded.stop()
    guarded.start()
    assert may_publish(guarded, OWN, KEY, TOKEN, payload="1")
    taken = Backlog()
    guard = MqttSource(guarded.url, GUARD, taken, subscriptions=[GUARDED])
    guard.start()
    try:
        assert [envelope.payload for envelope in taken.take()] == [b"1"]
    finally:
        taken.close()
        backlog.close()
        guard.stop()


def test_the_verb_of_keys_is_that_of_the_broker(guarded: Broker, migrated_database: str) -> None:
    told = guarded.admin_url
    engine, actor = make_engine(migrated_database), command_line("test")
    subject = Subject("gauges", Role.SOURCE_SYSTEM, Scope(ScopeKind.SOURCES, frozenset({"water-logging"})))
    try:
        with writing(engine) as connection:
            made = [acts.give(connection, actor, Holder.KEY, subject, broker=told) for _ in range(3)]
        assert all(may_publish(guarded, OWN, one.id, one.token) for one in made)
        with writing(engine) as connection:
            acts.revoke(connection, actor, made[0].id, [credentials.CredentialKind.KEY], told)
            run_out = update(credential).where(credential.c.id == made[1].id)
            connection.execute(run_out.values(expires_at=credential.c.created_at - timedelta(days=1)))
        assert acts.end_at_broker(engine, told) == 1
        assert [may_publish(guarded, OWN, one.id, one.token) for one in made] == [False, False, True]
        guarded.stop()
        with pytest.raises(BrokerControlError, match="could not be told"), writing(engine) as connection:
            acts.give(connection, actor, Holder.KEY, subject, broker=told)
        with writing(engine) as connection:
            acts.revoke(connection, actor, made[2].id, [credentials.CredentialKind.KEY], told)
            assert credentials.find(connection, made[2].token) is None
    finally:
        engine.dispose()


def test_a_flooding_sources_keys_are_put_off_and_let_in_again(guarded: Broker, migrated_database: str) -> None:
    engine, actor = make_engine(migrated_database), command_line("test")

    def key(source: str) -> acts.MadeToken:
        subject = Subject(source, Role.SOURCE_SYSTEM, Scope(ScopeKind.SOURCES, frozenset({source})))
        with writing(engine) as connection:
            return acts.give(connection, actor, Holder.KEY, subject, broker=guarded.admin_url)

    def may(*keys: acts.MadeToken) -> list[bool]:
        return [may_publish(guarded, f"cityops/v1/readings/{label[one.id]}", one.id, one.token) for one in keys]

    flooding, modest, suspended = key("eco-air"), key("water-logging"), key("eco-air")
    label = {flooding.id: "eco-air", modest.id: "water-logging", suspended.id: "eco-air"}
    senders._tell(guarded.admin_url, [{"command": "disableClient", "username": suspended.id}])  # by hand
    try:
        keeper = Doorkeeper(engine, guarded.admin_url, actor)
        assert keeper.look() == ([], [])
        told = Refusal(0, Reason.OVER_QUOTA, "600 messages", refusals=600)
        envelope = Envelope(b"cityops/v1/readings/eco-air", b"", 0, utc_now(), lambda _: None, refused=told)
        with connect(migrated_database, "test") as connection, connection.cursor() as cursor:
            records.record(cursor, [reject(envelope, told, ("eco-air", "readings"))])
        assert keeper.look() == ([flooding.id], [])
        assert may(flooding, modest) == [False, True]
        keeper = Doorkeeper(engine, guarded.admin_url, actor)  # one that was started again
        assert keeper.look() == ([], [])
        assert keeper.look(held_s=0) == ([], [flooding.id])
        assert may(flooding, modest, suspended) == [True, True, False]
        with writing(engine) as reader:
            page = audit.page(reader, WHOLE_CITY, audit.AuditFilter(object=flooding.id), None, 10)
        assert [row["action"] for row in page][:2] == ["credential:let_in", "credential:put_off"]
    finally:
        engine.dispose()


@pytest.fixture
def certificate(instance: Path) -> tuple[Path, Path]:
    """Give a certificate of this machine's loopback address, which is its own authority, and its key."""
    return self_signed(instance.parent)


# paho leaves a socket whose other side it does not trust to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_tls_shows_the_brokers_certificate_and_refuses_a_strangers(
    binaries: Binaries, instance: Path, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"certfile": str(certificate[0]), "keyfile": str(certificate[1])}
    broker = Broker(binaries, instance, settings=settings, guarded=True)
    backlog, source = Backlog(), None
    try:
        broker.start()
        stranger = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        with pytest.raises(ssl.SSLCertVerificationError):
            stranger.connect(*prepare(stranger, broker.url))
        monkeypatch.setenv("CITYOPS_MQTT_CA_FILE", str(certificate[0]))
        senders.grant(broker.admin_url, KEY, {"water-logging": "readings"}, TOKEN)
        source = MqttSource(broker.url, "tls", backlog)
        source.start()
        assert source.subscribed.wait(10)
        where = ["-h", "127.0.0.1", "-p", str(broker.port), "--cafile", str(certificate[0])]
        what = ["-u", KEY, "-P", TOKEN, "-t", OWN, "-m", "7"]
        subprocess.run([binaries.mosquitto("mosquitto_pub"), "-q", "1", *where, *what], check=True)
        assert [envelope.payload for envelope in backlog.take()] == [b"7"]
    finally:
        if source is not None:
            source.stop()
        backlog.close()
        broker.stop()


def test_an_address_or_authority_of_no_use_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    with pytest.raises(CityopsError, match="write mqtt:// or, for TLS, mqtts://"):
        prepare(client, "http://broker")
    monkeypatch.setenv("CITYOPS_MQTT_CA_FILE", str(tmp_path / "nothing.pem"))
    with pytest.raises(CityopsError, match=r"CITYOPS_MQTT_CA_FILE names .*nothing\.pem"):
        prepare(client, "mqtts://broker")
