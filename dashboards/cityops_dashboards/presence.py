"""Notes at the API that this dashboard runs, which has no database: from its settings to what the log says."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from cityops import presence
from cityops.client import bearer
from cityops.clock import utc_now
from cityops.domain.findings import Finding, FindingSeverity
from cityops.domain.replicas.processes import fingerprint
from cityops.indicators import folder
from cityops_dashboards.scenes import shelf

ANSWER_S = 5.0
PATH = "/api/v1/platform/processes"
_SETTINGS = (
    "CITYOPS_OIDC_ISSUER",
    "CITYOPS_OIDC_CLIENT_ID",
    "CITYOPS_OIDC_CLIENT_SECRET",
    "CITYOPS_VIDEO_GATEWAY",
)


@contextmanager
def present(api_url: str, api_key: str, secret: str, name: str) -> Iterator[None]:
    """Note this dashboard, called `name`, while the block runs; `secret` is what it signs cookies with."""
    folders = {"CITYOPS_INDICATORS": folder(), "CITYOPS_SCENES": shelf.folder()}
    others, signed = presence.marks_of(*_SETTINGS, folders=folders), fingerprint(secret, "CITYOPS_SECRET")
    me = presence.Me("dashboard", name, lambda: {**others(), "CITYOPS_SECRET": signed})
    with (
        httpx.Client(base_url=api_url, timeout=ANSWER_S, headers=bearer(api_key)) as client,
        presence.present(me, lambda one: noted(client, one)),
    ):
        yield


def noted(client: httpx.Client, me: presence.Me) -> list[Finding]:
    """Tell the API, and return in what those that run beside this dashboard differ from it.

    Raises
    ------
    ConnectionError
        It does not answer, or does not take it.
    """
    try:
        answer = client.post(PATH, json=me.told() | {"clock": utc_now().isoformat()}).raise_for_status()
    except httpx.HTTPError as error:
        raise ConnectionError(str(error)) from error
    return [Finding(FindingSeverity(one.pop("severity")), **one) for one in answer.json()]
