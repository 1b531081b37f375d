"""Kinds of addresses: an exact name holds itself alone, a beginning all that stands below it."""

import pytest

from cityops_dashboards.access.paths import PathKind, is_for_scripts, is_open, kind_of


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/sign-in", "open"),
        ("/sign-in/oidc/callback", "open"),
        ("/sign-in/other", "page"),
        ("/assets/css/wall.css", "open"),
        ("/assets", "page"),
        ("/display/abc", "open"),
        ("/health/live", "open"),
        ("/health/ready", "open"),
        ("/health/other", "page"),
        ("/_dash-layout", "script"),
        ("/stream/state", "script"),
        ("/relay/cases/7/acts", "script"),
        ("/me", "script"),
        ("/menu", "page"),
        ("/account", "form"),
        ("/account/x", "form"),
        ("/accounting", "page"),
        ("/admin/keys", "form"),
        ("/todo", "document"),
        ("/cases/7", "document"),
        ("/", "page"),
        ("/districts/440106", "page"),
        ("/data", "page"),
        ("", "page"),
    ],
)
def test_an_address_has_one_kind(path: str, kind: str) -> None:
    assert kind_of(path) == kind
    assert is_open(path) == (kind == PathKind.OPEN)
    assert is_for_scripts(path) == (kind == PathKind.SCRIPT)
