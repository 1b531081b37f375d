"""The newest state of each watched region, asked from the API twice per second however many screens look at it.

A screen holds no queue: when its turn comes it is given whatever is newest, so a slow one skips states and costs
nothing. Regions that nobody watches are not asked for.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import httpx
import structlog

from cityops.client import bearer
from cityops.clock import utc_now
from cityops.headers import POSITION

POLL_S = 0.5
"""Regions are asked for all at the same moment, on the full and the half second: the API then reads the store once
for all. Of the second in which a reading is to be on the wall no more than half may pass here."""
WALLS_S = 0.5
"""What is sent to a wall is seen within a second, whichever dashboard the wall hangs on."""
HELD = ("scene", "sent_by", "sent_at", "held_until")
LISTED_S = 1.5
"""A display that the API has listed is let in for so long without another question."""
OLDER_S = 3.0
"""For so long a state that is older than what the screens have is not shown: of several APIs behind one address one
may ask a standby, or have read earlier. Later on it is: the database may have been set back."""
ANSWER_S = 2.5
FAILURES_UNTIL_DOWN = 2
"""One missed answer is a hiccup; the second in a row is told to the screens: within some eight seconds at most."""
LIVE_S = 1.0
"""An API that says in this time that it lives does so, and it is the database behind it that does not answer."""

_log = structlog.get_logger()


class HubTopic:
    """What screens wait for changes of."""

    def __init__(self) -> None:
        self.viewers = 0
        self.version = 0
        self.bells: set[asyncio.Event] = set()
        """Rung at each change."""

    def ring(self) -> None:
        """Wake all who wait for a change."""
        self.version += 1
        for bell in self.bells:
            bell.set()


class WallTopic(HubTopic):
    """What was sent to one display, and is held there; None: nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, str] | None = None
        self._row: Mapping[str, Any] | None = None
        self._listed_at = float("-inf")

    @property
    def listed(self) -> Mapping[str, Any] | None:
        """What the API has said of the display just now; None where it did not, or let it in no more."""
        return self._row if time.monotonic() - self._listed_at < LISTED_S else None

    def take(self, row: Mapping[str, Any] | None) -> None:
        """Take what the API says of the display; None: it is not there any more."""
        self._row, self._listed_at = row, time.monotonic()
        held = {name: row[name] for name in HELD} if row and row["scene"] else None
        if held != self.held:
            self.held = held
            self.ring()


class RegionTopic(HubTopic):
    """The newest state of one region, with its detail or only sums, and whether the API answers for it."""

    def __init__(self, region: str, *, detail: bool = True) -> None:
        super().__init__()
        self.region, self.detail = region, detail
        self.body = b""
        self.etag = ""
        self.answered_at: datetime | None = None
        self.down_since: datetime | None = None
        self.reason = ""
        self.part = ""
        """Which part does not answer, `api` or `database`; empty while all do."""
        self._failures = 0
        self._position, self._newer_at = 0, float("-inf")

    def succeed(self, body: bytes, etag: str, position: int = 0) -> None:
        """Take an answer; an empty body means that the state is the one we have.

        One of a smaller position of the log is older than what we have, and only tells that the API answers.
        """
        self.answered_at, self._failures = utc_now(), 0
        now = time.monotonic()
        if position < self._position and now - self._newer_at < OLDER_S:
            body = b""
        else:
            self._position, self._newer_at = position, now
        if body:
            self.body, self.etag = body, etag
        if body or self.down_since:
            self.down_since, self.reason, self.part = None, "", ""
            self.ring()

    def miss(self) -> bool:
        """Count a missed answer; tell whether it is one too many and nobody knows yet."""
        self._failures += 1
        return self._failures >= FAILURES_UNTIL_DOWN and not self.down_since

    def fail(self, part: str, reason: str) -> None:
        """Tell the screens which part does not answer, and why."""
        self.down_since, self.part, self.reason = self.answered_at or utc_now(), part, reason
        _log.warning("no answer", part=part, region=self.region, reason=reason)
        self.ring()


class TopicChange:
    """Waits for a change of any of several topics; to be used inside `waiting`."""

    def __init__(self, topics: Sequence[HubTopic]) -> None:
        self._topics = topics
        self._seen = [-1] * len(topics)
        self._bell = asyncio.Event()

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator["TopicChange"]:
        """Have the topics ring here while the block runs."""
        for topic in self._topics:
            topic.bells.add(self._bell)
        try:
            yield self
        finally:
            for topic in self._topics:
                topic.bells.discard(self._bell)

    async def next(self, patience_s: float) -> list[HubTopic]:
        """Return the topics that have changed since the last call; none when nothing has for `patience_s` seconds."""
        if not self._fresh():
            self._bell.clear()
            try:
                async with asyncio.timeout(patience_s):
                    await self._bell.wait()
            except TimeoutError:
                return []
        found = self._fresh()
        self._seen = [topic.version for topic in self._topics]
        return found

    def _fresh(self) -> list[HubTopic]:
        return [topic for topic, seen in zip(self._topics, self._seen, strict=True) if topic.version != seen]


class Hub:
    """All watched regions; to be used inside `running`."""

    def __init__(self, api_url: str, api_key: str = "") -> None:
        self._client = httpx.AsyncClient(base_url=api_url, timeout=ANSWER_S, headers=bearer(api_key))
        self._topics: dict[tuple[str, bool], RegionTopic] = {}
        self._pollers: dict[tuple[str, bool], asyncio.Task[None]] = {}
        self._walls: dict[str, WallTopic] = {}
        self._walls_poller: asyncio.Task[None] | None = None
        self.closing = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the connection to the API open while the block runs."""
        try:
            yield
        finally:
            pollers = [*self._pollers.values(), *([self._walls_poller] if self._walls_poller else [])]
            for poller in pollers:
                poller.cancel()
            await asyncio.gather(*pollers, return_exceptions=True)
            await self._client.aclose()

    def close(self) -> None:
        """Let all streams end: a server that stops would otherwise wait for screens that never leave."""
        self.closing = True
        for topic in (*self._topics.values(), *self._walls.values()):
            topic.ring()

    @property
    def watched(self) -> dict[str, int]:
        """Number of screens by region."""
        screens: Counter[str] = Counter()
        for topic in self._topics.values():
            screens[topic.region] += topic.viewers
        return dict(screens)

    @asynccontextmanager
    async def watching(self, region: str, *, detail: bool = True) -> AsyncIterator[RegionTopic]:
        """Give a region's topic, which is kept up to date while the block runs; without `detail` sums only."""
        key = region, detail
        topic = self._topics.get(key)
        if topic is None:
            topic = self._topics[key] = RegionTopic(region, detail=detail)
            self._pollers[key] = asyncio.create_task(self._poll(topic))
        topic.viewers += 1
        try:
            yield topic
        finally:
            topic.viewers -= 1
            if not topic.viewers:
                del self._topics[key]
                self._pollers.pop(key).cancel()

    @asynccontextmanager
    async def watching_wall(self, display: str) -> AsyncIterator[WallTopic]:
        """Give what is held on a display, kept up to date while the block runs; one question asks for all."""
        topic = self._walls.setdefault(display, WallTopic())
        topic.viewers += 1
        self._walls_poller = self._walls_poller or asyncio.create_task(self._poll_walls())
        try:
            yield topic
        finally:
            topic.viewers -= 1
            if not topic.viewers:
                del self._walls[display]
            if not self._walls and self._walls_poller:
                self._walls_poller.cancel()
                self._walls_poller = None

    def listed(self, display: str) -> Mapping[str, Any] | None:
        """Return what the API has said just now of a display that is looked after here."""
        topic = self._walls.get(display)
        return topic.listed if topic else None

    async def _poll_walls(self) -> None:
        while True:
            with suppress(httpx.HTTPError):  # what is held stays held; that the API is away is said of the states
                answer = await self._client.get("/api/v1/walls")
                if answer.is_success:
                    rows = {row["id"]: row for row in answer.json()}
                    for display, topic in self._walls.items():
                        topic.take(rows.get(display))
            await asyncio.sleep(WALLS_S)

    async def _poll(self, topic: RegionTopic) -> None:
        while True:
            await self._ask(topic)
            await asyncio.sleep(POLL_S - time.time() % POLL_S)

    async def _ask(self, topic: RegionTopic) -> None:
        headers = {"If-None-Match": topic.etag} if topic.etag else {}
        asked = {"region": topic.region} | ({} if topic.detail else {"detail": "false"})
        try:
            answer = await self._client.get("/api/v1/state", params=asked, headers=headers)
        except httpx.TimeoutException:
            await self._missed(topic, "timeout")
        except httpx.HTTPError:
            await self._missed(topic, "unreachable")
        else:
            position = int(answer.headers.get(POSITION, 0))
            if answer.status_code == 304:
                topic.succeed(b"", topic.etag, position)
            elif answer.is_success:
                topic.succeed(answer.content, answer.headers.get("etag", ""), position)
            else:
                await self._missed(topic, f"http_{answer.status_code}")

    async def _missed(self, topic: RegionTopic, reason: str) -> None:
        if topic.miss():
            topic.fail("database" if await self._api_lives() else "api", reason)

    async def _api_lives(self) -> bool:
        try:
            return (await self._client.get("/health/live", timeout=LIVE_S)).is_success
        except httpx.HTTPError:
            return False
