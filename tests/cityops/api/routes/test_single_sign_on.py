"""Signing in by a real provider's id_tokens: taken once, just made, signed by its key, for us; whom that lets in."""

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from cityops.api.access.id_tokens import AGAIN_S, IdTokens
from cityops.api.app import create_app
from cityops.api.routes.single_sign_on import SingleSignOn
from cityops.discovery import ProviderAwayError
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.claims import TokenError
from cityops.local.processes import free_ports, wait_until
from cityops.settings import Settings
from cityops.store.schema import privileges
from factories.world import World
from fixtures.api import token_of
from fixtures.single_sign_on import CLIENT, Provider
from fixtures.web import serving

NONCE = "chosen-by-the-dashboard"


@pytest.fixture
def client(world: World, database_as: Callable[[str], str], sign_on: SingleSignOn) -> Iterator[httpx.Client]:
    """Give a client of an API that trusts the provider."""
    with (
        serving(create_app(database_as(privileges.API), sign_on)) as url,
        httpx.Client(base_url=f"{url}/api/v1", timeout=30) as asking,
    ):
        yield asking


def sign_in(client: httpx.Client, id_token: str, nonce: str = NONCE) -> httpx.Response:
    """Show an id_token."""
    return client.post("/sessions/oidc", json={"id_token": id_token, "nonce": nonce})


def test_an_officer_known_to_the_provider_has_the_role_and_area_of_the_mapping(
    client: httpx.Client, provider: Provider, database: psycopg.Connection
) -> None:
    id_token = provider.id_token("chen", NONCE)
    opened = sign_in(client, id_token)
    assert opened.status_code == 200, opened.text
    me = client.get("/me", headers={"Authorization": f"Bearer {opened.json()['token']}"}).json()
    assert (me["name"], me["display_name"], me["kind"]) == ("sso.chen", "Chen", "session")
    assert (me["role"], me["scope_kind"], me["scope_codes"]) == ("district_officer", "districts", ["440105"])
    again = sign_in(client, id_token)
    assert (again.status_code, "used already" in again.json()["detail"]) == (401, True)
    rows = database.execute("SELECT subject, action FROM audit WHERE outcome = 'done' ORDER BY id").fetchall()
    assert rows == [("sso.chen", "account:create"), ("sso.chen", "session:open")]


def test_a_token_that_one_api_has_taken_no_other_takes(
    client: httpx.Client, provider: Provider, database_as: Callable[[str], str], sign_on: SingleSignOn
) -> None:
    id_token = provider.signed(provider.claims(NONCE))
    assert sign_in(client, id_token).status_code == 200
    with (
        serving(create_app(database_as(privileges.API), sign_on)) as url,
        httpx.Client(base_url=f"{url}/api/v1", timeout=30) as other,
    ):
        again = sign_in(other, id_token)
        assert (again.status_code, "used already" in again.json()["detail"]) == (401, True)
        assert sign_in(other, provider.signed(provider.claims(NONCE, jti="2"))).status_code == 200


def test_who_the_provider_vouches_for_is_given_no_password(
    client: httpx.Client, provider: Provider, migrated_database: str
) -> None:
    opened = sign_in(client, provider.signed(provider.claims(NONCE))).json()
    administrator = Subject("root", Role.ADMINISTRATOR, WHOLE_CITY)
    shown = {"Authorization": f"Bearer {token_of(migrated_database, administrator)}"}
    answer = client.post("/accounts/sso.chen/password", headers=shown, json={"password": "trumpet lychee brick"})
    assert answer.status_code == 422, answer.text
    assert f"{provider.issuer} vouches for it" in answer.json()["detail"]
    own = {"Authorization": f"Bearer {opened['token']}"}
    assert client.get("/me", headers=own).status_code == 200


def test_a_group_without_a_rule_is_refused_by_name(client: httpx.Client, provider: Provider) -> None:
    answer = sign_in(client, provider.id_token("guest", NONCE))
    assert answer.status_code == 403
    assert "groups: gz-visitors" in answer.json()["detail"]


def test_role_and_area_follow_the_claims_and_a_disabled_account_stays_out(
    client: httpx.Client, provider: Provider, database: psycopg.Connection
) -> None:
    def enter(**claims: Any) -> httpx.Response:
        return sign_in(client, provider.signed(provider.claims(NONCE, **claims)))

    assert enter().json()["subject"]["scope_codes"] == ["440105"]
    moved = enter(groups=["gz-district-officers"], district_code="440106").json()["subject"]
    assert (moved["name"], moved["scope_codes"]) == ("sso.chen", ["440106"])
    nowhere = enter(groups=["gz-district-officers"])
    assert (nowhere.status_code, "district_code" in nowhere.json()["detail"]) == (403, True)
    elsewhere = enter(groups=["gz-district-officers"], district_code="110101")
    assert (elsewhere.status_code, "110101" in elsewhere.json()["detail"]) == (403, True)
    database.execute("UPDATE account SET disabled_at = now() WHERE login = 'sso.chen'")
    out = enter(iat=int(time.time()) - 1)
    assert (out.status_code, "disabled" in out.json()["detail"]) == (403, True)


def encoded(*parts: dict[str, Any]) -> str:
    """Return header and claims as they stand in a token."""
    return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in parts)


def unsigned(claims: dict[str, Any]) -> str:
    """Return a token of the algorithm none."""
    return encoded({"alg": "none"}, claims) + "."


def with_public_key_as_secret(provider: Provider, claims: dict[str, Any]) -> str:
    """Return a token that an HMAC by the published key would vouch for."""
    # By hand: joserfc refuses to take a public key for a secret.
    signed = encoded({"alg": "HS256", "kid": provider.keys[0].kid}, claims)
    mac = hmac.new(provider.keys[0].as_pem(private=False), signed.encode(), "sha256").digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


NOW = int(time.time())
FORGED: dict[str, Callable[[Provider], str]] = {
    "nonce": lambda p: p.signed(p.claims("another-sign-in")),
    "nonce in a list": lambda p: p.signed(p.claims(NONCE) | {"nonce": [NONCE]}),
    "audience": lambda p: p.signed(p.claims(NONCE, aud="another-client")),
    "audiences": lambda p: p.signed(p.claims(NONCE, aud=[CLIENT, "another-client"])),
    "authorized party": lambda p: p.signed(p.claims(NONCE, azp="another-client")),
    "issuer": lambda p: p.signed(p.claims(NONCE, iss="https://elsewhere.example")),
    "NUL": lambda p: p.signed(p.claims(NONCE, sub="chen\0")),
    "expired": lambda p: p.signed(p.claims(NONCE, exp=NOW - 3600)),
    "no end": lambda p: p.signed({k: v for k, v in p.claims(NONCE).items() if k != "exp"}),
    "old": lambda p: p.signed(p.claims(NONCE, iat=NOW - 3600)),
    "future": lambda p: p.signed(p.claims(NONCE, iat=NOW + 3600)),
    "none": lambda p: unsigned(p.claims(NONCE)),
    "HS256": lambda p: with_public_key_as_secret(p, p.claims(NONCE)),
    "another key": lambda p: jwt.encode(
        {"alg": "RS256", "kid": p.keys[0].kid}, p.claims(NONCE), RSAKey.generate_key(2048)
    ),
    "unknown key": lambda p: jwt.encode({"alg": "RS256", "kid": "unknown"}, p.claims(NONCE), p.keys[0]),
    "no token": lambda p: "not.a.token",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_what_the_provider_did_not_say_to_us_just_now_is_not_taken(
    provider: Provider, forge: Callable[[Provider], str]
) -> None:
    tokens = IdTokens(provider.issuer, CLIENT)
    with pytest.raises(TokenError, match=r"signature|claims"):
        tokens.claims(forge(provider), NONCE)
    assert tokens.claims(provider.signed(provider.claims(NONCE)), NONCE)["sub"] == "chen"


def test_refusals_are_answered_by_401_and_audited(
    client: httpx.Client, provider: Provider, database: psycopg.Connection
) -> None:
    answer = sign_in(client, provider.signed(provider.claims("another-sign-in")))
    assert (answer.status_code, "nonce" in answer.json()["detail"]) == (401, True)
    asked = "SELECT action, object, outcome FROM audit"
    assert wait_until(
        lambda: database.execute(asked).fetchall() == [("session:refused", "oidc", "refused")], seconds=10
    )


def test_a_new_key_is_asked_for_and_a_withdrawn_one_is_no_good(provider: Provider) -> None:
    now = 0.0
    tokens = IdTokens(provider.issuer, CLIENT, lambda: now)
    old = provider.signed(provider.claims(NONCE))
    assert tokens.claims(old, NONCE)
    provider.start()
    with pytest.raises(TokenError, match="not among those"):
        tokens.claims(provider.signed(provider.claims(NONCE)), NONCE)  # asked a moment ago
    now += AGAIN_S
    assert tokens.claims(provider.signed(provider.claims(NONCE)), NONCE)
    with pytest.raises(TokenError, match="not among those"):
        tokens.claims(old, NONCE)


def test_a_provider_that_is_away_or_calls_itself_otherwise_is_told(provider: Provider) -> None:
    token = provider.signed(provider.claims(NONCE))
    away = IdTokens(f"http://127.0.0.1:{free_ports(1)[0]}", CLIENT)
    for _ in range(2):
        with pytest.raises(ProviderAwayError, match="answer"):
            away.claims(token, NONCE)
    with pytest.raises(ProviderAwayError, match="calls itself"):
        IdTokens(f"{provider.issuer}/", CLIENT).claims(token, NONCE)


def test_an_api_without_a_provider_says_so(world: World, api: httpx.Client) -> None:
    answer = api.post("/api/v1/sessions/oidc", json={"id_token": "x", "nonce": NONCE})
    assert (answer.status_code, "password" in answer.json()["detail"]) == (404, True)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"oidc_client_id": CLIENT}, "CITYOPS_OIDC_MAPPING"),
        ({"oidc_client_id": CLIENT, "oidc_mapping": "nowhere.toml"}, "cannot be read"),
        ({"oidc_issuer": "http://login.example", "oidc_client_id": CLIENT, "oidc_mapping": "x"}, "https"),
    ],
)
def test_settings_that_do_not_suffice_are_refused_at_the_start(
    given: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ({"oidc_issuer": "https://login.example"} | given).items():
        monkeypatch.setenv(f"CITYOPS_{name.upper()}", value)
    with pytest.raises(Exception, match=told):
        SingleSignOn.of(Settings())
