"""What the store is tested with beside an engine: a reader who may see everything, and a writer."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from cityops.domain.access import WHOLE_CITY
from cityops.local import Servers
from cityops.store.engine import WriteConnection, make_engine, reading
from fixtures.servers import fresh_database


@pytest.fixture
def reader(engine: Engine) -> Iterator[Connection]:
    """Give a reader's connection to that database, to whom the whole city is visible."""
    with reading(engine, WHOLE_CITY) as connection:
        yield connection


@pytest.fixture(scope="session")
def untouched(servers: Servers, template_database: str) -> Iterator[Engine]:
    """Give an engine on a database with reference data, in which nothing ever commits."""
    with fresh_database(servers, template=template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture
def writer(untouched: Engine) -> Iterator[WriteConnection]:
    """Give a writing connection: one transaction, and so one present instant, which is taken back after the test."""
    with untouched.connect() as connection, connection.begin() as transaction:
        yield WriteConnection(connection)
        transaction.rollback()


@pytest.fixture
def onlooker(untouched: Engine) -> Iterator[Connection]:
    """Give a reader's connection for tests that need nothing but reference data."""
    with reading(untouched, WHOLE_CITY) as connection:
        yield connection
