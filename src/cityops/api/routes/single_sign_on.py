"""Signing in by the city's single sign-on: from an id_token, which the dashboard brings, to a session."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from cityops import reference
from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.strangers import Strangers
from cityops.api.routes.sessions import opened
from cityops.discovery import ProviderAwayError, check_address
from cityops.domain.access import ScopeKind
from cityops.domain.audit import NOBODY, Action, Actor
from cityops.domain.claims import NoRuleError, Rule, TokenError, grant, read_rules
from cityops.domain.grants import GrantError
from cityops.domain.regions import RegionLevel
from cityops.errors import CityopsError
from cityops.rates import address_of
from cityops.services import sessions
from cityops.settings import Settings
from cityops.store.access import attempts
from cityops.store.access import people as store
from cityops.store.engine import writing

if TYPE_CHECKING:
    from cityops.api.access.id_tokens import IdTokens

router = APIRouter(tags=["access"])


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """Who vouches for people, and what that gives them."""

    tokens: "IdTokens"
    rules: tuple[Rule, ...]

    @classmethod
    def of(cls, given: Settings) -> "SingleSignOn | None":
        """Return what the settings describe; None where they name no issuer.

        Raises
        ------
        CityopsError
            Something is missing, or the mapping file cannot be used.
        """
        if not given.oidc_issuer:
            return None
        needed = {"CITYOPS_OIDC_CLIENT_ID": given.oidc_client_id, "CITYOPS_OIDC_MAPPING": given.oidc_mapping}
        if missing := [name for name, value in needed.items() if not value]:
            raise CityopsError(f"CITYOPS_OIDC_ISSUER is set, but not {', '.join(missing)}: set it, or none of them")
        from cityops.api.access.id_tokens import IdTokens  # joserfc, cryptography and httpx: 12 MB

        check_address(given.oidc_issuer)
        return cls(IdTokens(given.oidc_issuer, given.oidc_client_id), rules_of(Path(given.oidc_mapping)))


def rules_of(file: Path) -> tuple[Rule, ...]:
    """Return the rules of a mapping file, held against the regions and departments that the platform ships.

    Raises
    ------
    CityopsError
        It cannot be read, or a rule makes no sense.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        told = f"CITYOPS_OIDC_MAPPING names {file}, which cannot be read ({type(error).__name__}): name a TOML file"
        raise CityopsError(told) from error
    levels = {ScopeKind.DISTRICTS: RegionLevel.DISTRICT, ScopeKind.STREETS: RegionLevel.STREET}
    known = {kind: {one.code for one in reference.regions() if one.level is level} for kind, level in levels.items()}
    known[ScopeKind.DEPARTMENTS] = {row["code"] for row in reference.rows("departments")}
    return read_rules(text, str(file), known)


@router.post("/sessions/oidc", responses=problems.documented(400, 401, 403, 404, 422, 429, 503))
async def open_oidc_session(request: Request, asked: schemas.IdToken) -> schemas.SessionOut:
    """Sign in by an id_token of the city's single sign-on; role and scope come from its claims each time."""
    sign_on: SingleSignOn | None = request.app.state.sign_on
    if sign_on is None:
        raise problems.not_found("single sign-on", "here", "Sign in with a password.")
    address = address_of(request.scope)
    request.app.state.rates.check_stranger(address, take=1)
    vouchings: Strangers = request.app.state.vouchings  # the provider may be slow: nobody else waits for it
    return await vouchings.run(address, lambda: _vouched(request, sign_on, asked))


def _vouched(request: Request, sign_on: SingleSignOn, asked: schemas.IdToken) -> schemas.SessionOut:
    who = NOBODY
    try:
        claims = sign_on.tokens.claims(asked.id_token.get_secret_value(), asked.nonce)
        who = f"oidc {claims['sub']}"
        _spend(request, asked.id_token.get_secret_value())
        person = store.Person.of(sign_on.tokens.issuer, claims)
        role, scope = grant(sign_on.rules, claims)
        seen = actor_of(request)
        with writing(request.app.state.engine) as connection:
            charged = sessions.vouched(connection, person, role, scope, seen.address, seen.request_id)
    except ProviderAwayError as error:
        raise problems.ProblemError(503, f"{error}. Try again soon.", headers={"Retry-After": "10"}) from error
    except TokenError as error:
        raise _refused(request, who, 401, f"The id_token is not taken: {error}.") from error
    except (NoRuleError, GrantError) as error:
        raise _refused(request, who, 403, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    if charged is None:
        raise _refused(request, who, 403, "This account is disabled: an administrator can enable it.")
    return opened(request, charged)


def _spend(request: Request, id_token: str) -> None:
    """Take a token, in a transaction of its own: whatever comes of it, no other process takes it again."""
    from cityops.api.access.id_tokens import SHOWN_S  # 12 MB, there where there is a single sign-on

    digest = sha256(id_token.encode()).digest()
    with writing(request.app.state.engine) as connection:
        if not attempts.spend(connection, digest, timedelta(seconds=SHOWN_S)):
            raise TokenError("it was used already; sign in again")


def _refused(request: Request, who: str, status: int, sentence: str) -> problems.ProblemError:
    actor = Actor(who, address=actor_of(request).address)
    request.app.state.refusals.take(actor, Action.SESSION_REFUSED, "oidc", sentence)
    return problems.ProblemError(status, sentence)
