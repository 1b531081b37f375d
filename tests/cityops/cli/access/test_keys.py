"""The verbs on keys and displays: what goes to which stream, what the broker is told, and what each refuses."""

import json
from datetime import datetime, timedelta

import psycopg

from cityops.clock import utc_now
from cityops.local.broker import Broker
from cityops.mqtt.mosquitto import senders
from cityops.store.engine import connect
from factories.acts import NO_BROKER
from factories.verbs import run, sentence

GAUGES = ("keys", "create", "gauges", "--role", "source_system", "--source", "water-logging")


def rows(database_url: str) -> list[tuple[str, str]]:
    with connect(database_url, "test") as connection:
        found = connection.execute("SELECT action, kind FROM audit ORDER BY id").fetchall()
    return [(action, kind) for action, kind in found]


def test_the_token_alone_goes_to_standard_output_so_that_a_script_can_take_it(migrated_database: str) -> None:
    made = run("keys", "create", "笔记本", "--role", "analyst", "--days", "30", database_url=migrated_database)
    [token] = made.stdout.split()
    identifier = token.split("_")[1]
    assert made.stderr.startswith(f"key {identifier}, good until ")
    assert made.stderr.endswith("shown this once:\n")
    [row] = json.loads(run("keys", "list", "--json", database_url=migrated_database).stdout)["rows"]
    assert (row["id"], row["label"], row["role"], row["scope"]) == (identifier, "笔记本", "analyst", "city")
    assert (row["last used"], row["revoked"]) == (None, None)
    until = datetime.fromisoformat(row["until"]) - utc_now()
    assert timedelta(days=29) < until <= timedelta(days=30)
    assert rows(migrated_database) == [("credential:issue", "command")]


def test_keys_and_displays_are_listed_apart_newest_first(migrated_database: str) -> None:
    for label in ("first", "second"):
        run("keys", "create", label, "--role", "analyst", database_url=migrated_database)
    run("displays", "create", "hall", "--scene", "/districts/440105", database_url=migrated_database)
    keys, displays = (
        json.loads(run(verb, "list", "--json", database_url=migrated_database).stdout)["rows"]
        for verb in ("keys", "displays")
    )
    assert [row["label"] for row in keys] == ["second", "first"]
    assert [(row["label"], row["page"]) for row in displays] == [("hall", "/districts/440105")]
    assert ("page" in keys[0], "role" in displays[0]) == (False, False)


def test_a_key_is_revoked_by_its_own_verb_alone_and_stays_listed(migrated_database: str) -> None:
    token = run("keys", "create", "notebook", "--role", "analyst", database_url=migrated_database).stdout
    identifier = token.split("_")[1]
    other = run("displays", "revoke", identifier, database_url=migrated_database)
    assert sentence(other).startswith(f"there is no credential {identifier} that is still valid")
    done = run("keys", "revoke", identifier, database_url=migrated_database)
    assert done.stdout == f"{identifier} is revoked: within two seconds nobody comes in with it\n"
    [row] = json.loads(run("keys", "list", "--json", database_url=migrated_database).stdout)["rows"]
    assert row["revoked"] is not None
    assert rows(migrated_database) == [("credential:issue", "command"), ("credential:revoke", "command")]


def test_a_source_system_s_key_is_known_at_the_broker_or_said_not_to_be(
    migrated_database: str, guarded: Broker
) -> None:
    here = run(*GAUGES, database_url=migrated_database, mqtt_admin_url=guarded.admin_url)
    identifier = here.stdout.split("_")[1]
    assert "At the broker: the user's name is the id, the password the key." in here.stderr
    assert senders.admitted(guarded.admin_url) == [identifier]
    nowhere = run(*GAUGES, database_url=migrated_database)
    assert "not known there, CITYOPS_MQTT_ADMIN_URL is not set; good over HTTP alone" in nowhere.stderr
    run("keys", "revoke", identifier, database_url=migrated_database, mqtt_admin_url=guarded.admin_url)
    assert senders.admitted(guarded.admin_url) == []


def test_a_broker_that_is_away_leaves_no_key_and_prints_none(migrated_database: str) -> None:
    done = run(*GAUGES, database_url=migrated_database, mqtt_admin_url=NO_BROKER)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "could not be told who may publish" in sentence(done)
    assert rows(migrated_database) == []


REFUSED: list[tuple[tuple[str, ...], int, str]] = [
    (("keys", "create", "k"), 2, "--role"),
    (("keys", "create", "k", "--role", "king"), 2, "'king'"),
    (("keys", "create", "k", "--role", "administrator"), 1, "a key cannot be administrator"),
    (("keys", "create", "k", "--role", "analyst", "--days", "0"), 2, "Invalid value for '--days'"),
    (("keys", "create", "k", "--role", "analyst", "--days", "731"), 1, "a key is given for 1 to 730"),
    (("keys", "create", "k", "--role", "analyst", "--district", "999999"), 1, "registered as 999999"),
    (("keys", "revoke", "unknown"), 1, "there is no credential unknown"),
    (("displays", "create", "hall", "--days", "1831"), 1, "a display is given for 1 to 1830"),
]


def test_what_makes_no_sense_is_told_on_the_error_stream(migrated_database: str) -> None:
    for words, status, told in REFUSED:
        done = run(*words, database_url=migrated_database)
        assert (done.exit_code, done.stdout) == (status, ""), words
        assert told in sentence(done)
    assert rows(migrated_database) == []


def test_no_secret_is_kept_where_it_could_be_read(migrated_database: str, world: object) -> None:
    token = run("keys", "create", "notebook", "--role", "analyst", database_url=migrated_database).stdout.strip()
    secret = token.split("_", 2)[2]
    with psycopg.connect(migrated_database) as connection:
        kept = connection.execute("SELECT to_jsonb(credential)::text || to_jsonb(audit)::text FROM credential, audit")
        assert secret not in str(kept.fetchall())
