"""What the ingest is tested with: the login that the workers have in production, where it writes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from cityops.store.schema import privileges
from factories.writing import Sender


@pytest.fixture
def database_url(registered_database: str, database_as: Callable[[str], str]) -> str:
    """Give the database of the registered devices under the workers' login."""
    return database_as(privileges.INGEST)


NewSender = Callable[[str], Sender]


@pytest.fixture
def new_sender(database_url: str) -> Iterator[NewSender]:
    """Give a function that makes a sender for a worker of a name."""
    with ExitStack() as stack:

        def make(worker: str) -> Sender:
            return stack.enter_context(closing(Sender(database_url, worker)))

        yield make


@pytest.fixture
def sender(new_sender: NewSender) -> Sender:
    """Give the sender of one worker."""
    return new_sender("w")
