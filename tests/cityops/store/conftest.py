"""What the store is tested with: an engine on a fresh database, a reader who may see everything, and a writer."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from cityops.domain.access import WHOLE_CITY
from cityops.store.engine import WriteConnection, make_engine, reading, writing


@pytest.fixture
def engine(migrated_database: str) -> Iterator[Engine]:
    """Give an engine on a fresh database with reference data."""
    made = make_engine(migrated_database)
    yield made
    made.dispose()


@pytest.fixture
def reader(engine: Engine) -> Iterator[Connection]:
    """Give a reader's connection to that database, to whom the whole city is visible."""
    with reading(engine, WHOLE_CITY) as connection:
        yield connection


@pytest.fixture
def writer(engine: Engine) -> Iterator[WriteConnection]:
    """Give a writing connection to that database: one transaction, and so one present instant, for the whole test."""
    with writing(engine) as connection:
        yield connection
