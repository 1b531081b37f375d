"""The verbs on accounts, keys, displays and the audit, run as an administrator runs them."""

import json
import re

import httpx
import pytest
from typer.testing import CliRunner, Result

from cityops.cli.main import app
from cityops.errors import CityopsError
from cityops.settings import settings
from factories.world import World


def run(database_url: str, *words: str, typed: str | None = None, columns: int = 250) -> Result:
    environment = {"CITYOPS_DATABASE_URL": database_url, "COLUMNS": str(columns)}
    settings.cache_clear()  # they are read once per process, and each test has a database of its own
    try:
        return CliRunner().invoke(app, words, env=environment, input=typed)
    finally:
        settings.cache_clear()


def signs_in(api_url: str, login: str, password: str) -> bool:
    answer = httpx.post(f"{api_url}/api/v1/sessions", json={"login": login, "password": password}, timeout=30)
    return answer.status_code == 200


def test_the_first_administrator_is_made_by_a_verb(world: World, migrated_database: str, api_url: str) -> None:
    made = run(migrated_database, "accounts", "create", "boss", "--role", "administrator").stdout
    found = re.search(r"signs in with (\S+)", made)
    assert found is not None
    assert signs_in(api_url, "boss", found[1])
    last = run(migrated_database, "accounts", "disable", "boss")
    assert isinstance(last.exception, CityopsError)
    listed = run(migrated_database, "accounts", "list").stdout
    assert "boss" in listed
    assert found[1] not in listed


def test_an_account_through_its_life(world: World, migrated_database: str, api_url: str) -> None:
    create = ["accounts", "create", "wang", "--role", "district_officer", "--district", "440105", "--password-stdin"]
    run(migrated_database, *create, typed="trumpet lychee brick\n")
    assert signs_in(api_url, "wang", "trumpet lychee brick")
    for verb, told, may in (("disable", "disabled", False), ("enable", "sign in again", True)):
        assert told in run(migrated_database, "accounts", verb, "wang").stdout
        assert signs_in(api_url, "wang", "trumpet lychee brick") is may
    assert "not locked" in run(migrated_database, "accounts", "unlock", "wang").stdout
    run(migrated_database, "accounts", "password", "wang")
    assert not signs_in(api_url, "wang", "trumpet lychee brick")
    audited = run(migrated_database, "audit", "list", "--limit", "50").stdout
    for action in ("create", "disable", "enable", "unlock", "password"):
        assert f"account:{action}" in audited


def test_case_makes_no_other_login(world: World, migrated_database: str, api_url: str) -> None:
    create = ["accounts", "create", "Leader", "--role", "analyst", "--password-stdin"]
    assert "leader signs in" in run(migrated_database, *create, typed="trumpet lychee brick\n").stdout
    assert signs_in(api_url, "LEADER", "trumpet lychee brick")
    again = run(migrated_database, "accounts", "create", "leader", "--role", "analyst")
    assert "there is an account leader already" in str(again.exception)
    assert "leader is disabled" in run(migrated_database, "accounts", "disable", "LeadeR").stdout
    assert not signs_in(api_url, "leader", "trumpet lychee brick")


def test_keys_and_displays_through_their_life(world: World, migrated_database: str, api_url: str) -> None:
    made = run(migrated_database, "keys", "create", "notebook", "--role", "analyst", "--days", "30").stdout
    shown = run(migrated_database, "displays", "create", "hall", "--scene", "/districts/440105").stdout
    for verb, token in (("keys", made.split()[-1]), ("displays", shown.split()[-1].removeprefix("/display/"))):
        identifier = token.split("_")[1]
        listed = run(migrated_database, verb, "list").stdout
        assert identifier in listed
        assert token.split("_", 2)[2] not in listed
        me = httpx.get(f"{api_url}/api/v1/me", headers={"Authorization": f"Bearer {token}"}, timeout=30)
        assert me.status_code == 200
        assert "revoked" in run(migrated_database, verb, "revoke", identifier).stdout
        assert isinstance(run(migrated_database, verb, "revoke", identifier).exception, CityopsError)


def test_80_columns_cut_nothing_that_another_verb_takes(world: World, migrated_database: str) -> None:
    login = "li.xiaoming@haizhu.example"
    run(migrated_database, "accounts", "create", login, "--role", "analyst")
    key = run(migrated_database, "keys", "create", "k" * 60, "--role", "analyst", "--district", "440105").stdout
    display = ["displays", "create", "hall", "--scene", "/districts/440105", "--district", "440105"]
    shown = run(migrated_database, *display).stdout
    lists = {
        verb: run(migrated_database, verb, "list", columns=80).stdout for verb in ("accounts", "keys", "displays")
    }
    assert not [line for text in lists.values() for line in text.splitlines() if len(line) > 80 or "…" in line]
    assert login in lists["accounts"]
    assert key.split("_")[1] in lists["keys"]
    assert lists["keys"].count("k") > 60
    assert shown.split("_")[1] in lists["displays"]
    assert "/districts/440105" in lists["displays"]
    audited = run(migrated_database, "audit", "list", columns=80).stdout
    assert "…" not in audited
    assert key.split("_")[1] in audited


@pytest.mark.parametrize(
    ("role", "grant", "told"),
    [
        (
            "district_officer",
            ["--district", "440106", "--district", "440105"],
            "districts 440105 Haizhu, 440106 Tianhe",
        ),
        ("street_officer", ["--street", "440106013"], "streets 440106013 猎德街道"),
        ("department_handler", ["--department", "water"], "departments water Water Affairs"),
        ("analyst", [], "city"),
    ],
)
def test_areas_are_listed_with_their_names(
    migrated_database: str, world: World, role: str, grant: list[str], told: str
) -> None:
    run(migrated_database, "accounts", "create", "wang", "--role", role, *grant)
    assert told in run(migrated_database, "accounts", "list").stdout
    [listed] = json.loads(run(migrated_database, "accounts", "list", "--json").stdout)["rows"]
    kind, *codes = listed["scope"].split()  # a program is given codes alone
    assert (kind, codes) == (told.partition(" ")[0], sorted(grant[1::2]))


def test_keys_and_displays_are_listed_with_the_names_of_their_areas(migrated_database: str, world: World) -> None:
    run(migrated_database, "keys", "create", "notebook", "--role", "analyst", "--district", "440105")
    run(migrated_database, "keys", "create", "sender", "--role", "source_system", "--source", "eco-air")
    run(migrated_database, "displays", "create", "hall", "--district", "440106")
    keys = run(migrated_database, "keys", "list").stdout
    assert "districts 440105 Haizhu" in keys
    assert "sources eco-air Air quality network" in keys
    assert "districts 440106 Tianhe" in run(migrated_database, "displays", "list").stdout


@pytest.mark.parametrize(
    ("scene", "told"),
    [("/nonsense", "a display has no page /nonsense"), ("/districts/440105", "lies outside districts 440106")],
)
def test_a_display_of_a_page_it_could_not_open(migrated_database: str, world: World, scene: str, told: str) -> None:
    result = run(migrated_database, "displays", "create", "hall", "--scene", scene, "--district", "440106")
    assert isinstance(result.exception, CityopsError)
    assert told in str(result.exception)


def test_a_display_s_path_comes_with_where_to_put_it(migrated_database: str, world: World) -> None:
    made = run(migrated_database, "displays", "create", "hall")
    assert made.stdout.startswith("/display/display_")
    assert "dashboard's address before it" in made.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--role", "street_officer", "--district", "440105"], "street_officer cannot reach over districts"),
        (["--role", "district_officer", "--district", "440105", "--street", "440105001"], "one kind of thing"),
        (["--role", "wall_display"], "cannot be wall_display"),
    ],
)
def test_a_grant_that_makes_no_sense(migrated_database: str, world: World, words: list[str], told: str) -> None:
    result = run(migrated_database, "accounts", "create", "li", *words)
    assert result.exit_code != 0
    assert told in f"{result.exception} {' '.join(result.output.split())}"
