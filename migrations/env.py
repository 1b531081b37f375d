"""Alembic's entry: runs the revisions on the connection that `cityops.store.schema.migrations` hands over."""

from alembic import context

from cityops.store.schema.migrations import is_ours
from cityops.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
    include_object=is_ours,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
