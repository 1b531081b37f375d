"""What a provider publishes: found below its address, believed over https or on this machine, from itself alone."""

import pytest

from cityops.discovery import ProviderAwayError, address_of, check_address, check_issuer

ISSUER = "https://sso.example/realms/city"


@pytest.mark.parametrize("issuer", [ISSUER, f"{ISSUER}/"])
def test_it_stands_below_the_issuer_with_one_slash_between(issuer: str) -> None:
    assert address_of(issuer) == f"{ISSUER}/.well-known/openid-configuration"


@pytest.mark.parametrize(
    "address", [ISSUER, "https://10.0.0.7", "http://127.0.0.1:8080/x", "http://localhost", "http://[::1]:8080"]
)
def test_an_address_that_nobody_on_the_way_changes_is_taken(address: str) -> None:
    check_address(address)


@pytest.mark.parametrize(
    "address",
    ["http://sso.example", "http://localhost.example", "ftp://localhost", "sso.example", "", "http://127.0.0.1@evil"],
)
def test_any_other_is_refused_by_name(address: str) -> None:
    with pytest.raises(ProviderAwayError, match="is neither https nor on this machine: anybody on the way could"):
        check_address(address)


def test_who_calls_itself_otherwise_is_not_believed() -> None:
    check_issuer(ISSUER, {"issuer": ISSUER})
    for told in ({"issuer": f"{ISSUER}/"}, {"issuer": "https://evil"}, {}):
        with pytest.raises(ProviderAwayError, match=r"calls itself .*: CITYOPS_OIDC_ISSUER must be just that"):
            check_issuer(ISSUER, told)


def test_an_error_of_a_request_is_told_by_its_kind_and_not_by_its_text() -> None:
    assert (
        str(ProviderAwayError.of(ISSUER, ValueError("a secret")))
        == f"{ISSUER} does not answer as it should (ValueError)"
    )
