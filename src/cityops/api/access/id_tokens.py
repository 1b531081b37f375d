"""Checks what a single sign-on says of a person: id_tokens, by the keys that the provider publishes.

OpenID Connect Core 1.0, section 3.1.3.7, and Discovery 1.0, section 4.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from cityops import characters
from cityops.discovery import KEPT_S, TIMEOUT_S, ProviderAwayError, address_of, check_address, check_issuer
from cityops.domain.claims import TokenError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Asymmetric ones alone: with a shared secret, or none, whoever may check a token could make one."""

LEEWAY_S = 60
OLDEST_S = 300
"""A token is shown right after it was made; an older one was kept by somebody."""

SHOWN_S = OLDEST_S + 2 * LEEWAY_S
"""For so long after it was taken a token would be taken again."""

AGAIN_S = 10.0
"""The provider is asked at most this often: whoever sends unknown keys cannot have it asked more."""


class IdTokens:
    """Checks the id_tokens of one issuer for one client; that each is taken once is kept by the store."""

    def __init__(self, issuer: str, client_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.issuer, self.client_id, self._clock = issuer, client_id, clock
        self._lock, self._keys = Lock(), KeySet([])
        self._since = self._asked = float("-inf")

    def claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        """Return the claims of a token that the issuer made for this client, just now, for whoever chose the nonce.

        Raises
        ------
        TokenError, ProviderAwayError
            It is not such a token; the provider's keys cannot be had.
        """
        claims = self._signed(id_token)
        self._check(claims, nonce)
        return claims

    def _check(self, claims: dict[str, Any], nonce: str) -> None:
        if (flaw := next(characters.in_json(claims), None)) is not None:
            raise TokenError(f"claims: {flaw.item}: {flaw.reason}")
        wanted = JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            wanted.validate(claims)
        except JoseError as error:
            raise TokenError(f"claims: {error}") from error
        # A nonce in a list would be taken by the registry like an audience.
        if claims["nonce"] != nonce or claims["iat"] < wanted.now - OLDEST_S - LEEWAY_S:
            raise TokenError("claims: nonce or iat: it was made for another sign-in")
        for_many = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if for_many else self.client_id) != self.client_id:
            raise TokenError("claims: azp: it was made for another client")

    def _signed(self, id_token: str) -> dict[str, Any]:
        try:
            return _decoded(id_token, self._known_keys())
        except InvalidKeyIdError:
            renewed = self._known_keys(anew=True)
        try:
            return _decoded(id_token, renewed)
        except InvalidKeyIdError as error:
            raise TokenError("signature: its key is not among those that the provider publishes") from error

    def _known_keys(self, *, anew: bool = False) -> KeySet:
        with self._lock:
            now = self._clock()
            is_fresh = now - self._since < KEPT_S
            if (not is_fresh or anew) and now - self._asked >= AGAIN_S:
                self._asked = now
                self._keys, self._since = _published(self.issuer), now
            elif not is_fresh:
                raise ProviderAwayError(f"{self.issuer} did not answer a moment ago")
            return self._keys


def _decoded(id_token: str, keys: KeySet) -> dict[str, Any]:
    registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
    try:
        return jwt.decode(id_token, keys, registry=registry).claims
    except InvalidKeyIdError:
        raise
    except (JoseError, ValueError) as error:
        raise TokenError(f"signature: {error}") from error


def _published(issuer: str) -> KeySet:
    try:
        with httpx.Client(timeout=TIMEOUT_S) as client:
            told = _json(client, address_of(issuer))
            check_issuer(issuer, told)
            keys = _json(client, str(told.get("jwks_uri")))["keys"]
        signing = [key for key in keys if key.get("kty") in {"RSA", "EC"} and key.get("use", "sig") == "sig"]
        return KeySet.import_key_set({"keys": signing})
    except (httpx.HTTPError, httpx.InvalidURL, JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ProviderAwayError.of(issuer, error) from error


def _json(client: httpx.Client, url: str) -> dict[str, Any]:
    check_address(url)
    answer = client.get(url).raise_for_status()
    document: dict[str, Any] = answer.json()
    return document
