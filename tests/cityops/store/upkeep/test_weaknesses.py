"""What is weak in a database, each with its remedy, and silent where all is well; logins are in `test_doctor.py`."""

from datetime import timedelta

import pytest

from cityops.domain.findings import Finding, FindingSeverity
from cityops.store.upkeep import columnstore
from cityops.store.upkeep.weaknesses import CLOCK, WAITING_HOURS, is_in_the_clear, weaknesses
from factories.world import World


def found(world: World, seconds: float = 0) -> dict[str, Finding]:
    """Return what is found by its item, as of so many seconds after the world's now."""
    return {one.item.split(" (")[0]: one for one in weaknesses(world.connection, world.ago(-seconds))}


def account(world: World, login: str, role: str, made_days: int, used_days: int | None = None) -> None:
    """Make an account of an age, with a session that was last used so long ago."""
    world.connection.execute(
        "INSERT INTO account (login, display_name, role, scope_kind, created_at)"
        f" VALUES (%s, %s, %s, 'city', now() - interval '{made_days} d')",
        [login, login, role],
    )
    if used_days is not None:
        world.connection.execute(
            "INSERT INTO credential (id, kind, secret_hash, label, account_id, created_by, last_used_at)"
            f" SELECT login, 'session', '', login, id, login, now() - interval '{used_days} d'"
            " FROM account WHERE login = %s",
            [login],
        )


@pytest.mark.parametrize(
    ("host", "has_tls", "in_the_clear"),
    [
        ("db.example", False, True),
        ("10.0.0.7", False, True),
        ("db.example", True, False),
        ("localhost", False, False),
        ("127.0.0.1", False, False),
        ("::1", False, False),
        ("/run/postgresql", False, False),
        ("", False, False),
    ],
)
def test_only_what_crosses_a_network_without_tls_is_in_the_clear(
    host: str, has_tls: bool, in_the_clear: bool
) -> None:
    assert is_in_the_clear(host, has_tls=has_tls) is in_the_clear


def test_every_finding_names_an_item_a_reason_and_a_remedy(world: World) -> None:
    account(world, "old", "operator", 99)
    told = list(weaknesses(world.connection, world.now))
    assert told
    assert all(one.item and one.reason and one.remedy for one in told)
    assert "is a superuser and may pass by row-level security and owns the tables" in told[0].reason


def test_without_an_administrator_nobody_ends_an_access_from_a_screen(world: World) -> None:
    assert found(world)["administrators"].severity is FindingSeverity.SERIOUS
    account(world, "root", "administrator", 1)
    assert "administrators" not in found(world)
    world.connection.execute("UPDATE account SET disabled_at = now()")
    assert found(world)["administrators"].remedy == "cityops accounts create LOGIN --role administrator"


def test_accounts_that_nobody_uses_are_named_with_the_verb_that_ends_them(world: World) -> None:
    account(world, "root", "administrator", 400, 1)
    account(world, "idle", "administrator", 400, 91)
    account(world, "officer", "operator", 400, 91)
    account(world, "never", "operator", 15)
    account(world, "young", "operator", 13)
    reasons = {item: one.reason for item, one in found(world).items() if item.startswith("account")}
    assert reasons == {
        "account idle": "an administrator not used for 90 days",
        "account never": "never signed in",
    }
    assert found(world)["account idle"].remedy == "cityops accounts disable idle"


def test_a_clock_that_is_away_is_told_by_how_much(world: World) -> None:
    assert "clock" not in found(world)
    away = CLOCK.total_seconds() + 55
    assert "the database's clock is -" in found(world, away)["clock"].reason
    assert "the database's clock is +" in found(world, -away)["clock"].reason


def test_hours_that_wait_are_told_when_they_are_more_than_maintenance_leaves(world: World) -> None:
    fill = "INSERT INTO rollup_touched SELECT date_trunc('hour', %s::timestamptz) - n * interval '1 h' FROM"
    world.connection.execute(f"{fill} generate_series(2, %s) AS n", [world.now, WAITING_HOURS + 1])
    assert "maintenance" not in found(world)
    world.connection.execute(f"{fill} generate_series(90, 90) AS n", [world.now])
    assert found(world)["maintenance"].reason.startswith(f"{WAITING_HOURS + 1} hours wait")


@pytest.mark.parametrize(("days", "is_weak"), [(170, True), (190, False)])
def test_an_audit_that_was_cut_short_is_serious(days: int, is_weak: bool, world: World) -> None:
    world.connection.execute(
        "INSERT INTO retention VALUES ('audit', %s, 0)"
        " ON CONFLICT (relation) DO UPDATE SET kept_from = excluded.kept_from",
        [world.now - timedelta(days=days)],
    )
    assert ("audit" in found(world)) is is_weak


def test_an_edition_without_columns_is_a_note(world: World) -> None:
    told = found(world).get("TimescaleDB")
    assert (told is None) == columnstore.available(world.connection)
    assert told is None or told.severity is FindingSeverity.NOTE


def test_of_another_schema_nothing_more_is_asked(world: World) -> None:
    world.connection.execute("UPDATE alembic_version SET version_num = '2099_tomorrow'")
    world.connection.execute("DROP TABLE credential CASCADE; DROP TABLE account CASCADE")
    told = found(world)["schema"]
    assert told.reason == "the database is at 2099_tomorrow, this version needs another"
    assert told.remedy == "cityops db upgrade"
