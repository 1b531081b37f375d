"""Compares the schema a database has with the one this version needs."""

from functools import lru_cache

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from cityops.store.schema.migrations import folder


@lru_cache
def head() -> str | None:
    """Return the newest revision that this version knows."""
    return ScriptDirectory(str(folder())).get_current_head()


def revision(connection: Connection) -> str | None:
    """Return the revision that the database is at, None before the first migration."""
    return MigrationContext.configure(connection).get_current_revision()
