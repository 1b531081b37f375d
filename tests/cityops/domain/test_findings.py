"""Findings: three degrees, and the hosts to which TLS protects nothing."""

from collections.abc import Callable

import pytest

from cityops.domain.findings import LOCAL, Finding, FindingSeverity, note, serious, warning


@pytest.mark.parametrize(
    ("make", "severity"),
    [(serious, FindingSeverity.SERIOUS), (warning, FindingSeverity.WARNING), (note, FindingSeverity.NOTE)],
)
def test_a_finding_names_item_reason_and_remedy(
    make: Callable[[str, str, str], Finding], severity: FindingSeverity
) -> None:
    found = make("broker", "it speaks without TLS", "give it a certificate")
    assert found == Finding(severity, "broker", "it speaks without TLS", "give it a certificate")
    assert (found.item, found.reason, found.remedy) == ("broker", "it speaks without TLS", "give it a certificate")


def test_degrees_are_told_by_their_words() -> None:
    assert [str(one) for one in FindingSeverity] == ["serious", "warning", "note"]


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - that is what is tested
        ("127.0.0.2", False),
        ("localhost.example.cn", False),
        ("", False),
    ],
)
def test_only_this_machine_is_local(host: str, is_local: bool) -> None:
    assert (host in LOCAL) == is_local
