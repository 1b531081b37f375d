"""Signing in by the city's single sign-on: a browser goes to the provider, its code becomes a session of the API.

OpenID Connect Core 1.0, section 3.1, with PKCE (RFC 7636). What the provider says is judged by the API alone.
"""

import secrets
import time
from dataclasses import replace
from typing import Any

import httpx
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import DEFAULT_HEADERS, OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from cityops.discovery import KEPT_S, TIMEOUT_S, ProviderAwayError, address_of, check_address, check_issuer
from cityops.errors import CityopsError
from cityops.settings import Settings
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form, sign_in
from cityops_dashboards.forms.plain import LastTrouble

SCOPE = "openid profile groups"

LONGEST_ONWARD = 500
"""A browser keeps cookies of 4096 bytes; who comes from a longer address begins at the own page."""

AWAY = LastTrouble("signin.sso_away", 503)
STALE = LastTrouble("signin.sso_stale", 400)
REFUSED = LastTrouble("signin.sso_refused", 401)
TROUBLES = {403: LastTrouble("signin.sso_no_role", 403), 429: sign_in.TOO_OFTEN}

router = APIRouter(include_in_schema=False)


class SingleSignOn:
    """The provider as the dashboard uses it: where browsers sign in, and codes become id_tokens."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        check_address(issuer)
        self._issuer, self._client_id, self._client_secret = issuer, client_id, client_secret
        self._told: dict[str, Any] = {}
        self._since = float("-inf")

    @classmethod
    def of(cls, given: Settings) -> "SingleSignOn | None":
        """Return what the settings describe; None where they name no issuer.

        Raises
        ------
        CityopsError
            Something is missing, or the issuer's address is not safe.
        """
        if not given.oidc_issuer:
            return None
        needed = {
            "CITYOPS_OIDC_CLIENT_ID": given.oidc_client_id,
            "CITYOPS_OIDC_CLIENT_SECRET or CITYOPS_OIDC_CLIENT_SECRET_FILE": given.oidc_client_secret,
        }
        if missing := [name for name, value in needed.items() if not value]:
            raise CityopsError(f"CITYOPS_OIDC_ISSUER is set, but not {', '.join(missing)}: set it, or none of them")
        return cls(given.oidc_issuer, given.oidc_client_id, given.oidc_client_secret)

    async def begun(self, back: str) -> tuple[str, dict[str, str]]:
        """Return where a browser signs in, and what it must come back with; `back` is our own address.

        Raises
        ------
        ProviderAwayError
            The provider does not answer as it should.
        """
        client = await self._client(back)
        endpoint = await self._endpoint("authorization_endpoint")
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        url, state = client.create_authorization_url(endpoint, code_verifier=verifier, nonce=nonce)
        return url, {"state": state, "nonce": nonce, "verifier": verifier}

    async def id_token(self, code: str, verifier: str, back: str) -> str:
        """Return the id_token for a code.

        Raises
        ------
        OAuth2Error, ProviderAwayError
            The provider does not take the code; it does not answer as it should.
        """
        client = await self._client(back)
        endpoint = await self._endpoint("token_endpoint")
        body = prepare_token_request("authorization_code", code=code, code_verifier=verifier, redirect_uri=back)
        auth = client.client_auth(client.token_endpoint_auth_method)
        url, headers, body = auth.prepare("POST", endpoint, DEFAULT_HEADERS.copy(), body)
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_S) as asking:
                token = client.parse_response_token(await asking.post(url, content=body, headers=headers))
            return str(token["id_token"])
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise ProviderAwayError.of(self._issuer, error) from error

    async def _client(self, back: str) -> OAuth2Client:
        # Without authlib's own transport, which needs a second HTTP library.
        methods = (await self._metadata()).get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        way = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return OAuth2Client(
            None,
            self._client_id,
            self._client_secret,
            token_endpoint_auth_method=way,
            scope=SCOPE,
            redirect_uri=back,
            code_challenge_method="S256",
        )

    async def _endpoint(self, name: str) -> str:
        address = str((await self._metadata()).get(name))
        check_address(address)
        return address

    async def _metadata(self) -> dict[str, Any]:
        if time.monotonic() - self._since < KEPT_S:
            return self._told
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_S) as asking:
                told: dict[str, Any] = (await asking.get(address_of(self._issuer))).raise_for_status().json()
            check_issuer(self._issuer, told)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError) as error:
            raise ProviderAwayError.of(self._issuer, error) from error
        self._told, self._since = told, time.monotonic()
        return told


@router.get("/sign-in/oidc")
async def begin(request: Request) -> Response:
    """Send the browser to the provider."""
    asked = Address.parse("/sign-in", request.url.query)
    sign_on: SingleSignOn | None = request.app.state.sign_on
    if sign_on is None:
        return RedirectResponse(asked.to("/sign-in"), 303)
    try:
        url, errand = await sign_on.begun(_back(request))
    except ProviderAwayError as error:
        return _failed(request, asked, AWAY, error)
    answer = RedirectResponse(url, 303, {"Cache-Control": "no-store"})
    onward = sign_in.onward(asked)
    errand |= {"lang": asked.lang, "next": onward if len(onward) <= LONGEST_ONWARD else ""}
    request.app.state.cookies.keep_errand(request, answer, errand)
    return answer


@router.get("/sign-in/oidc/callback")
async def come_back(request: Request) -> Response:
    """Open a session for whom the provider sends back; the form, with what went wrong, where that fails."""
    errand = request.app.state.cookies.errand(request) or {"state": ""}
    asked = Address("/sign-in", {key: errand.get(key, "") for key in ("lang", "next")})
    state = request.query_params.get("state", "")
    if not state or not secrets.compare_digest(state.encode(), errand["state"].encode()):
        return sign_in.page(request, asked, STALE)
    answer = await _entered(request, asked, errand)
    request.app.state.cookies.end_errand(request, answer)
    return answer


async def _entered(request: Request, asked: Address, errand: dict[str, Any]) -> Response:
    given = request.query_params
    if not given.get("code"):
        return _failed(request, asked, REFUSED, f"The provider says: {given.get('error', 'nothing')}.")
    sign_on: SingleSignOn = request.app.state.sign_on
    client: httpx.AsyncClient = request.app.state.upstream
    try:
        id_token = await sign_on.id_token(given["code"], errand["verifier"], _back(request))
    except ProviderAwayError as error:
        return _failed(request, asked, AWAY, error)
    except OAuth2Error as error:
        return _failed(request, asked, REFUSED, f"The provider says: {error}.")
    shown = {"id_token": id_token, "nonce": errand["nonce"]}
    try:
        answer = await client.post("/api/v1/sessions/oidc", json=shown, headers=viewer.forwarded(request))
    except httpx.HTTPError:
        return sign_in.page(request, asked, sign_in.AWAY)
    if not answer.is_success:
        return _refused(request, asked, answer)
    return sign_in.signed_in(request, asked, answer.json())


def _refused(request: Request, asked: Address, answer: httpx.Response) -> Response:
    otherwise = sign_in.AWAY if answer.is_server_error else REFUSED
    return _failed(request, asked, TROUBLES.get(answer.status_code, otherwise), form.ApiAnswer.of(answer).detail)


def _failed(request: Request, asked: Address, trouble: LastTrouble, detail: object) -> Response:
    return sign_in.page(request, asked, replace(trouble, detail=str(detail)))


def _back(request: Request) -> str:
    # The browser's own address of us, which the provider compares with the one it was told beforehand.
    return f"{request.url.scheme}://{request.url.netloc}/sign-in/oidc/callback"
