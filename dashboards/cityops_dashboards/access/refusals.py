"""What the door refused, on its way to the API's audit: told beside the answer, which never waits for it."""

import asyncio
import re
import time

import httpx
import structlog

from cityops.client import bearer
from cityops_dashboards.access.viewer import Viewer

AGAIN_S = 60.0
"""The same page refused to the same viewer is told once in this time, however often it is loaded."""
LONGEST = 200
"""Letters of a page's path that are told."""
MOST_KEPT = 10_000
MOST_UNDER_WAY = 50
"""Reports that wait for the API at the same time; those beyond are in the log alone."""

_REGION = re.compile(r"[0-9]{6}([0-9]{3})?")
_log = structlog.get_logger()


class Refusals:
    """Tells the API of refusals as the viewer's own."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._told: dict[tuple[str, str, str], float] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    def report(self, viewer: Viewer, page: str, region: str | None, address: str | None) -> None:
        """Have the API write down that a viewer may not see a page, or a region on it.

        Parameters
        ----------
        address
            Where the request came from.
        """
        page = "".join(letter for letter in page if letter.isprintable())[:LONGEST]
        region = region if region and _REGION.fullmatch(region) else None  # an address may name anything
        key = viewer.subject.name, page, region or ""
        now = time.monotonic()
        if now - self._told.get(key, float("-inf")) < AGAIN_S:
            return
        if len(self._told) >= MOST_KEPT:
            self._told = {one: at for one, at in self._told.items() if now - at < AGAIN_S}
        if len(self._told) >= MOST_KEPT or len(self._under_way) >= MOST_UNDER_WAY:
            _log.warning("refusal not audited: too many at once", subject=viewer.subject.name)
            return
        self._told[key] = now
        task = asyncio.create_task(self._tell(viewer, page, region, address))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _tell(self, viewer: Viewer, page: str, region: str | None, address: str | None) -> None:
        headers = bearer(viewer.token) | ({"X-Forwarded-For": address} if address else {})
        body = {"page": page, "region": region}
        try:
            answer = await self._client.post("/api/v1/refusals", json=body, headers=headers)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            _log.warning("refusal not audited", subject=viewer.subject.name, reason=type(error).__name__)
