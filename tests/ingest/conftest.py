"""What the ingest is tested with: the login that the workers have in production, where it writes."""

from collections.abc import Callable

import pytest

from cityops.store import privileges


@pytest.fixture
def database_url(registered_database: str, database_as: Callable[[str], str]) -> str:
    """Give the database of the registered devices under the workers' login."""
    return database_as(privileges.INGEST)
