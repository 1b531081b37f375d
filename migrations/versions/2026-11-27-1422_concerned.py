"""Cases: with which a unit is concerned now, how those that are over were handled, and which are to be archived."""

from alembic import op

revision = "2026_11_27_concerned"
down_revision = "2026_11_27_handover"

# Asked for single cases that are seen anyway; it reads handlers, acts and sources as their owner does.
CONCERNED = """
CREATE FUNCTION scope_concerned(case_id bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = public, pg_temp
    BEGIN ATOMIC
        SELECT EXISTS (
            SELECT FROM event_handler AS held
            WHERE held.event_id = case_id
                AND (held.unit_kind, scope_kind())
                    IN (('department', 'departments'), ('district', 'districts'), ('street', 'streets'))
                AND held.unit_code = ANY (scope_codes(scope_kind()))
                AND (held.until IS NULL OR EXISTS (
                    SELECT FROM event_act JOIN event ON event.id = event_act.event_id
                    WHERE event_act.event_id = case_id AND act = 'close' AND event_act.at = held.until
                        AND event.status IN ('closed', 'archived')))
        ) OR EXISTS (
            SELECT FROM event WHERE event.id = case_id AND source_system_code = ANY (scope_sources())
        );
    END;
"""
COUNTED = (
    "id, status, class_code, region_code, source_system_code, severity, master, kind, unit_kind, unit_code,"
    " standard_code, due_at, warn_at"
)


def upgrade() -> None:
    """Add function, column and indexes; facts are written with the next act, and until then read from the acts."""
    op.execute(CONCERNED)
    op.execute("ALTER TABLE event ADD COLUMN facts INTEGER")
    op.execute("DROP INDEX ix_event_counted")
    op.execute(f"CREATE INDEX ix_event_counted ON event (occurred_at) INCLUDE ({COUNTED}, facts)")
    op.execute(
        "CREATE INDEX ix_event_to_archive ON event (status_at, id) WHERE master = 'here' AND status = 'closed'"
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP INDEX ix_event_to_archive, ix_event_counted")
    op.execute("ALTER TABLE event DROP COLUMN facts")
    op.execute(f"CREATE INDEX ix_event_counted ON event (occurred_at) INCLUDE ({COUNTED})")
    op.execute("DROP FUNCTION scope_concerned(bigint)")
