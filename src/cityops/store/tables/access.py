"""The tables of who may come in."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from cityops.store.tables.declaration import metadata

_moment = DateTime(timezone=True)
_now = text("now()")

account = Table(
    "account",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    # Null where only the city's single sign-on vouches for the person.
    Column("password_hash", Text),
    Column("issuer", Text),
    Column("issuer_subject", Text),
    Column("role", Text, nullable=False),
    Column("scope_kind", Text, nullable=False),
    Column("scope_codes", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("failed_attempts", Integer, nullable=False, server_default=text("0")),
    Column("locked_until", _moment),
    Column("password_changed_at", _moment),
    Column("created_at", _moment, nullable=False, server_default=_now),
    Column("disabled_at", _moment),
    UniqueConstraint("issuer", "issuer_subject"),
)

# What is shown at the door: of each only a digest is kept. A session has its role and scope from its account.
credential = Table(
    "credential",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("label", Text, nullable=False),
    Column("account_id", BigInteger, ForeignKey("account.id"), index=True),
    Column("role", Text),
    Column("scope_kind", Text),
    Column("scope_codes", ARRAY(Text)),
    # The page that a display shows.
    Column("scene", Text),
    Column("created_by", Text, nullable=False),
    Column("created_at", _moment, nullable=False, server_default=_now),
    Column("expires_at", _moment),
    Column("last_used_at", _moment),
    Column("revoked_at", _moment),
    CheckConstraint("kind IN ('session', 'display', 'key')", name="kind"),
    CheckConstraint("(kind = 'session') = (account_id IS NOT NULL)", name="account"),
    CheckConstraint("(account_id IS NULL) = (role IS NOT NULL AND scope_kind IS NOT NULL)", name="role"),
)

# Filters of cases that a person keeps, by the key that each is chosen by.
saved_filter = Table(
    "saved_filter",
    metadata,
    # Of an account, which is never removed, and never called otherwise.
    Column("login", Text, nullable=False),
    Column("place", SmallInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("todo", Text, nullable=False),
    Column("q", Text),
    PrimaryKeyConstraint("login", "place"),
    UniqueConstraint("login", "name"),
    CheckConstraint("place BETWEEN 1 AND 9", name="place"),
    CheckConstraint("length(name) BETWEEN 1 AND 24 AND length(q) BETWEEN 1 AND 64", name="length"),
)

# How many sign-ins an address has left. Unlogged: forgotten when the server dies or another leads.
sign_in_bucket = Table(
    "sign_in_bucket",
    metadata,
    Column("address", Text, primary_key=True),
    Column("level", Double, nullable=False),
    Column("at", _moment, nullable=False, server_default=_now),
    prefixes=["UNLOGGED"],
)

# Digests of id_tokens that were taken, until they are too old to be taken.
spent_id_token = Table(
    "spent_id_token",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("until", _moment, nullable=False),
)
