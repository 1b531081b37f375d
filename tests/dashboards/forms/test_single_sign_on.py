"""The dashboard's half of the single sign-on, on a real provider and a real API: what it sends, takes and refuses."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from itsdangerous import URLSafeTimedSerializer

from cityops.api.app import create_app as create_api
from cityops.api.routes.single_sign_on import SingleSignOn as Trust
from cityops.errors import CityopsError
from cityops.local.processes import free_ports
from cityops.settings import Settings
from cityops.store.schema import privileges
from cityops_dashboards.access.cookies import ERRAND, SESSION
from cityops_dashboards.app import create_app
from cityops_dashboards.forms.single_sign_on import SingleSignOn
from fixtures.single_sign_on import CLIENT, SECRET, Provider
from fixtures.web import serving

FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
"""How a browser follows the provider's redirect."""


@pytest.fixture
def stranger(
    migrated_database: str, database_as: Callable[[str], str], sign_on: Trust, provider: Provider, key: str
) -> Iterator[httpx.Client]:
    """Give a browser without any cookie, before the dashboard that the provider knows."""
    button = SingleSignOn(provider.issuer, CLIENT, SECRET)
    with (
        serving(create_api(database_as(privileges.API), sign_on)) as api,
        serving(create_app(api, key, "", button), provider.dashboard_port) as url,
        httpx.Client(base_url=url, headers={"Origin": url}, timeout=30) as client,
    ):
        yield client


def begin(client: httpx.Client, query: str = "") -> str:
    """Begin to sign in and return where the browser is sent."""
    answer = client.get(f"/sign-in/oidc{query}")
    assert answer.status_code == 303
    return answer.headers["location"]


def test_a_sign_in_is_bound_to_the_browser_that_began_it(stranger: httpx.Client, provider: Provider) -> None:
    assert 'href="/sign-in/oidc?lang=en&amp;next=%2Fdata"' in stranger.get("/sign-in?lang=en&next=/data").text
    answer = stranger.get("/sign-in/oidc?lang=en&next=/data")
    assert answer.headers["cache-control"] == "no-store"
    sent = {name: value for name, [value] in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert (sent["response_type"], sent["code_challenge_method"]) == ("code", "S256")
    assert sent["redirect_uri"] == f"{provider.dashboard}/sign-in/oidc/callback"
    assert min(len(sent[name]) for name in ("state", "nonce", "code_challenge")) >= 30
    [cookie] = answer.headers.get_list("set-cookie")
    for part in (f"{ERRAND}=", "HttpOnly", "SameSite=lax", "Path=/sign-in/oidc", "Max-Age=600"):
        assert part in cookie
    assert SECRET not in cookie

    back = provider.sends_back("chen", answer.headers["location"])
    with httpx.Client(timeout=30) as another:
        refused = another.get(back, headers=FROM_ELSEWHERE)
        assert (refused.status_code, "请重新登录" in refused.text) == (400, True)
        assert SESSION not in another.cookies
    entered = stranger.get(back, headers=FROM_ELSEWHERE)
    assert (entered.status_code, entered.headers["location"]) == (303, "/data")
    assert ERRAND not in stranger.cookies
    assert stranger.get("/me").json()["name"] == "Chen"
    assert stranger.get(back, headers=FROM_ELSEWHERE).status_code == 400


@pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=guessed", "?code=x&state=%E6%B5%B7"])
def test_what_no_sign_in_of_this_browser_began_is_refused(stranger: httpx.Client, query: str) -> None:
    forged = URLSafeTimedSerializer("another secret", salt=ERRAND).dumps({"state": "guessed", "nonce": "x"})
    for errand in ("", "forged", str(forged)):
        stranger.cookies.set(ERRAND, errand)
        assert stranger.get(f"/sign-in/oidc/callback{query}").status_code == 400
    stranger.cookies.clear()
    begin(stranger)
    assert stranger.get(f"/sign-in/oidc/callback{query}").status_code == 400


@pytest.mark.parametrize(
    ("given", "told"), [("error=access_denied", "access_denied"), ("code=made-up", "invalid_grant"), ("", "nothing")]
)
def test_what_the_provider_refuses_is_told(stranger: httpx.Client, given: str, told: str) -> None:
    [state] = parse_qs(urlsplit(begin(stranger, "?lang=en")).query)["state"]
    answer = stranger.get(f"/sign-in/oidc/callback?state={state}&{given}", headers=FROM_ELSEWHERE)
    assert answer.status_code == 401
    assert "did not complete this sign-in" in answer.text
    assert f"The provider says: {told}" in answer.text
    assert SESSION not in stranger.cookies


def test_a_disabled_account_is_told_so_in_the_language_of_the_page(
    stranger: httpx.Client, provider: Provider, database: psycopg.Connection
) -> None:
    assert stranger.get(provider.sends_back("chen", begin(stranger))).headers["location"] == "/todo"
    database.execute("UPDATE account SET disabled_at = now() WHERE login = 'sso.chen'")
    stranger.cookies.clear()
    answer = stranger.get(provider.sends_back("chen", begin(stranger, "?lang=en")))
    assert answer.status_code == 403
    assert "your account is disabled" in answer.text
    assert "an administrator can enable it" in answer.text


def test_a_provider_that_is_away_leaves_the_passwords() -> None:
    away = SingleSignOn(f"http://127.0.0.1:{free_ports(1)[0]}", CLIENT, SECRET)
    with serving(create_app("http://127.0.0.1:9", "", "", away)) as url:
        answer = httpx.get(f"{url}/sign-in/oidc", timeout=30)
    assert answer.status_code == 503
    assert "统一身份认证没有应答" in answer.text
    assert 'name="password"' in answer.text


def test_without_a_provider_there_is_no_button(screens: str) -> None:
    assert "/sign-in/oidc" not in httpx.get(f"{screens}/sign-in").text
    for path in ("/sign-in/oidc", "/sign-in/oidc/callback?code=x&state=y"):
        assert httpx.get(f"{screens}{path}").status_code in {303, 400}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"oidc_client_id": CLIENT}, "CITYOPS_OIDC_CLIENT_SECRET"),
        ({"oidc_client_secret": SECRET}, "CITYOPS_OIDC_CLIENT_ID"),
        ({"oidc_client_id": CLIENT, "oidc_client_secret": SECRET, "oidc_issuer": "http://login.example"}, "https"),
    ],
)
def test_settings_that_do_not_suffice_are_refused_at_the_start(
    given: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ({"oidc_issuer": "https://login.example"} | given).items():
        monkeypatch.setenv(f"CITYOPS_{name.upper()}", value)
    with pytest.raises(CityopsError, match=told):
        SingleSignOn.of(Settings())
