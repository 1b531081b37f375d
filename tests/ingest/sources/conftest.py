"""What the sources are tested with: a running HTTP ingest."""

from collections.abc import Iterator

import httpx
import pytest

from cityops.store.access.tokens import TokenDoor
from cityops_ingest.sources.http.app import create_app
from cityops_ingest.worker import writing_worker
from fixtures.api import sender
from fixtures.web import serving


@pytest.fixture
def client(database_url: str, migrated_database: str, door: TokenDoor) -> Iterator[httpx.Client]:
    """Give a client of an ingest application with its own writer, which shows a key of three sources."""
    app = create_app(lambda: writing_worker(database_url, "http"), door)
    shown = sender(migrated_database, "water-logging", "hotline-12345", "nobody")
    with serving(app) as address, httpx.Client(base_url=address, timeout=30, headers=shown) as client:
        yield client
