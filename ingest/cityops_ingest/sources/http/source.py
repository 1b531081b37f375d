"""Puts what is posted into the backlog, and lets each sender wait for what became of its own message."""

import asyncio
from functools import partial

from starlette.concurrency import run_in_threadpool

from cityops_ingest.backlog import Backlog
from cityops_ingest.database_clock import database_clock
from cityops_ingest.envelope import Envelope, Outcome, bounded_topic

BODY_LIMIT = 8_388_608
"""Largest body, before and after decompression, in bytes: about 80,000 readings."""

COMMIT_TIMEOUT_S = 30.0
"""How long an answer waits for the commit. What is not committed by then may be still: sending it again is safe."""

ROOM_TIMEOUT_S = 1.0

Waiting = asyncio.Future[Outcome]
"""A request that waits for its answer."""


class RequestRefusedError(Exception):
    """A request that is refused as a whole."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail


class HttpSource:
    """The `Source` of what is posted: who sent it holds it until it is answered."""

    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog
        self._waiting: set[Waiting] = set()

    def start(self) -> None:
        """Let messages be committed; the server lets nobody in before."""

    async def commit(self, topic: str, body: bytes, *, line_delimited: bool) -> Outcome:
        """Have a message stored; return what became of it, after the commit.

        Raises
        ------
        RequestRefusedError
            503 where it was not taken, or not committed in time.
        """
        committed: Waiting = asyncio.get_running_loop().create_future()
        envelope = Envelope(
            bounded_topic(topic.encode()),
            body,
            len(body),
            database_clock.now(),
            partial(self.settle, committed),
            line_delimited=line_delimited,
            limit=BODY_LIMIT,
        )
        self._waiting.add(committed)
        try:
            return await self._outcome(envelope, committed)
        finally:
            self._waiting.discard(committed)

    async def _outcome(self, envelope: Envelope, committed: Waiting) -> Outcome:
        if not await run_in_threadpool(self._backlog.put, envelope, ROOM_TIMEOUT_S):
            detail = "the store is behind: send the message again in a few seconds"
            raise RequestRefusedError(503, "Backlog full", detail)
        try:
            return await asyncio.wait_for(committed, COMMIT_TIMEOUT_S)
        except TimeoutError:
            raise _not_committed() from None

    def settle(self, delivery: Waiting, outcome: Outcome) -> None:
        """Have a request answered by the loop that it waits in, if it still waits."""
        delivery.get_loop().call_soon_threadsafe(lambda: None if delivery.done() else delivery.set_result(outcome))

    def confirm(self) -> None:
        """Do nothing more: each request was answered when its message was settled."""

    def stop(self) -> None:
        """Refuse what still waits, after what was settled before has been answered; its sender sends it again."""
        for delivery in list(self._waiting):
            delivery.get_loop().call_soon_threadsafe(self._refuse, delivery)

    def _refuse(self, delivery: Waiting) -> None:
        if delivery in self._waiting and not delivery.done():
            delivery.set_exception(_not_committed())


def _not_committed() -> RequestRefusedError:
    detail = "the store did not commit in time: send the message again, what was stored is not stored twice"
    return RequestRefusedError(503, "Not committed yet", detail)
