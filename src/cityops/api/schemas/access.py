"""Shapes of the API's questions and answers on who may come in; filled by the routes of sessions and accounts.

A password is never part of an answer but for a random one that was made just then, and a token only where it is made.
"""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from cityops.api.schemas.shape import NO_NUL, Page, Shape
from cityops.domain.access import Permission, Role, Scope, ScopeKind
from cityops.domain.grants import folded

Login = Annotated[
    str, Field(min_length=2, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]*$"), AfterValidator(folded)
]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=1024, json_schema_extra=NO_NUL)]


class Asked(BaseModel):
    """Base of all bodies: an unknown field is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SignIn(Asked):
    """A login and its password."""

    login: Annotated[Name, AfterValidator(folded)]
    password: Secret


class IdToken(Asked):
    """What a single sign-on says of a person, and the nonce that the dashboard chose for this sign-in."""

    id_token: Annotated[SecretStr, Field(min_length=1, max_length=16_384, json_schema_extra=NO_NUL)]
    nonce: Annotated[str, Field(min_length=8, max_length=256, json_schema_extra=NO_NUL)]


class PasswordChange(Asked):
    """A new password of one's own, and the present one."""

    password: Secret
    new_password: Secret


class Grant(Asked):
    """A role, and how far it reaches; the whole city has no codes."""

    role: Role
    scope_kind: ScopeKind
    scope_codes: Annotated[list[Code], Field(max_length=200)] = []

    @property
    def scope(self) -> Scope:
        """Return the scope."""
        return Scope(self.scope_kind, frozenset(self.scope_codes))


class NewAccount(Grant):
    """An account to be made; without a password it is given a random one."""

    login: Login
    display_name: Name
    password: Secret | None = None


class AccountChange(Asked):
    """What is to be another in an account; what is not named stays."""

    display_name: Name | None = None
    grant: Grant | None = None
    disabled: bool | None = None
    locked: Annotated[bool | None, Field(description="false forgives the wrong passwords")] = None


class NewPassword(Asked):
    """A password for an account; without one it is given a random one."""

    password: Secret | None = None


class NewCredential(Grant):
    """An API key, or the token of a display that shows one page, its scene."""

    kind: Annotated[str, Field(pattern="^(key|display)$")]
    label: Name
    scene: Annotated[str | None, Field(max_length=200, pattern=r"^/[A-Za-z0-9/_-]*$")] = None
    days: Annotated[int | None, Field(ge=1, le=10_000, description="how long it is good for")] = None


class SubjectOut(Shape):
    """Who asks."""

    name: str = Field(description="login, or label of the key or display")
    display_name: str
    kind: str = Field(description="session, display or key")
    role: Role
    scope_kind: ScopeKind
    scope_codes: list[str]
    permissions: list[Permission]
    scene: str | None = Field(description="the page that a display shows")
    expires_at: datetime | None
    has_password: bool = Field(description="a person signs in with a password, not by the city's single sign-on")
    interim_password: bool = Field(description="somebody else has set the password: choose one of your own")


class SessionOut(Shape):
    """A session that has just begun; the token cannot be shown again."""

    token: str
    expires_at: datetime
    subject: SubjectOut


class AccountOut(Shape):
    """An account, without what is kept of its password."""

    login: str
    display_name: str
    role: Role
    scope_kind: ScopeKind
    scope_codes: list[str]
    issuer: str | None = Field(description="the single sign-on that vouches for the person")
    has_password: bool
    failed_attempts: int
    locked_until: datetime | None
    password_changed_at: datetime | None = Field(description="null: interim, set by somebody else")
    created_at: datetime
    disabled_at: datetime | None
    last_seen_at: datetime | None


class AccountPage(Page[AccountOut]):
    """Accounts in order of login."""


class MadePassword(Shape):
    """The random password that was made, shown once; null where one was given."""

    login: str
    password: str | None


class CredentialOut(Shape):
    """A session, an API key or a display token, without what is kept of its secret."""

    id: str
    kind: str
    label: str
    role: Role | None
    scope_kind: ScopeKind | None
    scope_codes: list[str] | None
    scene: str | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class CredentialPage(Page[CredentialOut]):
    """Credentials, newest first."""


class MadeCredential(Shape):
    """A credential that was made; the token cannot be shown again."""

    id: str
    token: str
    expires_at: datetime
