"""What kind of thing stands at each of the dashboard's addresses: the one table that door, rates and router read."""

from collections.abc import Mapping
from enum import StrEnum


class PathKind(StrEnum):
    """Who asks for an address, and how whoever may not have it is answered."""

    OPEN = "open"
    """Whoever comes: signing in and out, our own files, a supervisor's question."""
    SCRIPT = "script"
    """The scripts of our pages, which read a problem document."""
    FORM = "form"
    """Pages of forms: who sends one and is not known any more is led to the sign-in page."""
    DOCUMENT = "document"
    """Pages that the server writes as HTML."""
    PAGE = "page"
    """Pages that Dash draws, and whatever else there may be."""


KINDS: Mapping[str, PathKind] = {
    "/sign-in": PathKind.OPEN,
    "/sign-in/oidc": PathKind.OPEN,
    "/sign-in/oidc/callback": PathKind.OPEN,
    "/sign-out": PathKind.OPEN,
    "/health/live": PathKind.OPEN,
    "/health/ready": PathKind.OPEN,
    "/assets/": PathKind.OPEN,
    "/display/": PathKind.OPEN,
    "/_": PathKind.SCRIPT,
    "/stream/": PathKind.SCRIPT,
    "/export/": PathKind.SCRIPT,
    "/relay/": PathKind.SCRIPT,
    "/map/": PathKind.SCRIPT,
    "/me": PathKind.SCRIPT,
    "/account": PathKind.FORM,
    "/account/": PathKind.FORM,
    "/admin": PathKind.FORM,
    "/admin/": PathKind.FORM,
    "/todo": PathKind.DOCUMENT,
    "/cases/": PathKind.DOCUMENT,
    "/desk": PathKind.DOCUMENT,
    "/handover": PathKind.DOCUMENT,
    "/modes": PathKind.DOCUMENT,
    "/filling": PathKind.DOCUMENT,
    "/filling/": PathKind.DOCUMENT,
    "/reports": PathKind.DOCUMENT,
    "/alarms/load": PathKind.DOCUMENT,
    "/devices/": PathKind.DOCUMENT,
    "/statistics": PathKind.DOCUMENT,
    "/conflicts": PathKind.DOCUMENT,
    "/targets": PathKind.DOCUMENT,
    "/platform": PathKind.DOCUMENT,
    "/resources": PathKind.DOCUMENT,
    "/channels": PathKind.DOCUMENT,
    "/vital-signs": PathKind.DOCUMENT,
    "/views": PathKind.DOCUMENT,
    "/indicators": PathKind.DOCUMENT,
    "/indicators/": PathKind.DOCUMENT,
    "/catalog.jsonld": PathKind.SCRIPT,
}
"""Addresses; one that ends in a stroke or an underscore is the beginning of all that stand below it."""

UNCOUNTED = ("/assets/", "/health/", "/display/")
"""Our own files, a supervisor's question, and the addresses of displays, of which the API counts the wrong ones."""

STREAM = "/stream/state"
PAST = ("/relay/state", "/relay/state/timeline")
"""What shows a region: the state of now, and those of the time machine."""

_BEGINNINGS = tuple(path for path in KINDS if path.endswith(("/", "_")))


def kind_of(path: str) -> PathKind:
    """Return what stands at a path."""
    if path in KINDS:
        return KINDS[path]
    found = next((one for one in _BEGINNINGS if path.startswith(one)), None)
    return KINDS[found] if found else PathKind.PAGE


def is_open(path: str) -> bool:
    """Tell whether a path is open to everybody."""
    return kind_of(path) is PathKind.OPEN


def is_for_scripts(path: str) -> bool:
    """Tell whether a path is for what pages ask for by themselves."""
    return kind_of(path) is PathKind.SCRIPT
