"""What an OpenID Connect provider publishes of itself: where it stands, and whether it may be believed.

OpenID Connect Discovery 1.0, section 4. API and dashboard ask for it, each in its own way.
"""

from typing import Any
from urllib.parse import urlsplit

from cityops.domain.findings import LOCAL
from cityops.errors import CityopsError

TIMEOUT_S = 5.0
KEPT_S = 3600.0
"""What the provider publishes is asked for anew after this time, so that a withdrawn key is good for no longer."""


class ProviderAwayError(CityopsError):
    """The provider does not answer, or not as discovery demands."""

    @classmethod
    def of(cls, issuer: str, error: Exception) -> "ProviderAwayError":
        """Return what an error of a request, or of its answer, means."""
        return cls(f"{issuer} does not answer as it should ({type(error).__name__})")


def address_of(issuer: str) -> str:
    """Return where an issuer publishes what it is."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def check_address(address: str) -> None:
    """Refuse an address whose answers anybody on the way could change.

    Raises
    ------
    ProviderAwayError
        It is neither https nor this machine.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
        raise ProviderAwayError(f"{address} is neither https nor on this machine: anybody on the way could change it")


def check_issuer(issuer: str, told: dict[str, Any]) -> None:
    """Refuse what another issuer publishes.

    Raises
    ------
    ProviderAwayError
        It names itself otherwise.
    """
    if told.get("issuer") != issuer:
        raise ProviderAwayError(f"{issuer} calls itself {told.get('issuer')}: CITYOPS_OIDC_ISSUER must be just that")
