"""Row-level security: the API's role sees the rows of the scope that its transaction names, and none without one."""

from alembic import op

revision = "2026_11_24_row_security"
down_revision = "2026_11_24_audit"

# Read once per statement: the policies call them in sub-selects without a row, which become InitPlans.
SCOPE = """
CREATE FUNCTION scope_kind() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('cityops.scope_kind', true), '');
CREATE FUNCTION scope_is_city() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN scope_kind() = 'city';
CREATE FUNCTION scope_codes(kind text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN scope_kind() = kind
                THEN string_to_array(coalesce(current_setting('cityops.scope_codes', true), ''), ',')
                ELSE '{}'::text[] END;
CREATE FUNCTION scope_sources() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN scope_kind() = 'departments'
                THEN ARRAY(SELECT code FROM source_system
                           WHERE department_code = ANY (scope_codes('departments')))
                ELSE scope_codes('sources') END;
"""

# Most questions are about the whole city, so that is asked first and ends it.
CITY = "(SELECT scope_is_city())"
SOURCE = "source_system_code = ANY ((SELECT scope_sources())::text[])"
PLACE = (
    "left(region_code, 6) = ANY ((SELECT scope_codes('districts'))::text[])"
    " OR region_code = ANY ((SELECT scope_codes('streets'))::text[])"
)

# A row that belongs to another is seen where that one is: the policy of the other table decides.
POLICIES = {
    "device": f"{CITY} OR {PLACE} OR {SOURCE}",
    "video_channel": f"{CITY} OR {PLACE} OR {SOURCE}",
    "event": f"{CITY} OR {PLACE} OR {SOURCE}",
    "event_history": f"{CITY} OR EXISTS (SELECT FROM event WHERE event.id = event_id)",
    "device_state": f"{CITY} OR EXISTS (SELECT FROM device WHERE device.id = device_id)",
    "device_transition": f"{CITY} OR EXISTS (SELECT FROM device WHERE device.id = device_id)",
    "series": f"{CITY} OR EXISTS (SELECT FROM device WHERE device.id = device_id)",
    "reading_latest": f"{CITY} OR EXISTS (SELECT FROM series WHERE series.id = series_id)",
    # A refused message has no place that can be relied on, but a sender.
    "reject": f"{CITY} OR {SOURCE}",
    "reject_attempt": f"{CITY} OR EXISTS (SELECT FROM reject WHERE reject.id = reject_id)",
    # Who comes in is looked up before there is a scope; a question within a part of the city sees no account.
    "account": "(SELECT scope_kind()) IN ('', 'city')",
    "credential": "(SELECT scope_kind()) IN ('', 'city')",
}


def upgrade() -> None:
    op.execute(SCOPE)
    for table, visible in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON {table} TO cityops_api USING ({visible})")
        op.execute(f"CREATE POLICY ingest ON {table} TO cityops_ingest USING (true)")


def downgrade() -> None:
    for table in POLICIES:
        op.execute(f"DROP POLICY scope ON {table}")
        op.execute(f"DROP POLICY ingest ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP FUNCTION scope_sources(), scope_codes(text), scope_is_city(), scope_kind()")
