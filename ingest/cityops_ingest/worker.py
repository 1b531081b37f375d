"""Puts an ingest worker together: a source, a backlog and a writer; starts, drains and stops them in order."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, TypeVar

import structlog

from cityops_ingest import telemetry
from cityops_ingest.backlog import Backlog
from cityops_ingest.formats.routing import NO_ROUTES, Routes
from cityops_ingest.sources.source import Source
from cityops_ingest.writer import Writer

log = structlog.get_logger()

TakingSource = TypeVar("TakingSource", bound=Source[Any])

DRAIN_S = 10.0
"""How long a stop waits for the batch under way; what is not settled by then is delivered again."""


def end_with_any_thread() -> None:
    """End this process when one of its threads dies of an error: half a worker would take and never store.

    Whoever supervises starts it again, and the broker delivers again what is not acknowledged.
    """

    def end(thread: threading.ExceptHookArgs) -> None:
        error = f"{thread.exc_type.__name__}: {thread.exc_value}"
        log.critical("a thread died, ending the worker", thread=getattr(thread.thread, "name", ""), error=error)
        os._exit(1)

    threading.excepthook = end


@contextmanager
def writing_worker(database_url: str, worker: str, routes: Routes = NO_ROUTES) -> Iterator[Backlog]:
    """Run a writer in a thread and give the backlog that feeds it; on leaving, drain it as far as time allows."""
    backlog = Backlog()
    telemetry.watch(backlog)
    writer = Writer(database_url, worker, backlog, routes)
    thread = threading.Thread(target=writer.run, name="writer")
    thread.start()
    try:
        yield backlog
    finally:
        backlog.close()
        thread.join(DRAIN_S)
        writer.abandon()
        thread.join()


@contextmanager
def taking(
    source_of: Callable[[Backlog], TakingSource], opened: AbstractContextManager[Backlog]
) -> Iterator[TakingSource]:
    """Run a source that fills a backlog; on leaving, the backlog is drained, and then the source stopped.

    In this order, so that what the writer drains can still be confirmed.
    """
    with ExitStack() as last, opened as backlog:
        source = source_of(backlog)
        last.callback(source.stop)
        source.start()
        yield source
