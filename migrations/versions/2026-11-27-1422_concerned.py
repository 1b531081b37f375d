"""With which cases a unit is concerned now: of those that it had and gave back it reads no persons any more."""

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


def upgrade() -> None:
    """Add the function."""
    op.execute(CONCERNED)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP FUNCTION scope_concerned(bigint)")
