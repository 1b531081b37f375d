"""Cases: which units were given each, with which one is concerned now, how those that are over were handled."""

from alembic import op

revision = "2026_11_27_concerned"
down_revision = "2026_11_27_alarm_notice"

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
# Beside the case stand the codes of all that were ever given it, of a street its district's among them, so that the
# policy reads nothing but the row. The trigger writes them, and nobody else may.
GIVEN = """
ALTER TABLE event ADD COLUMN given TEXT[] DEFAULT '{}' NOT NULL;
CREATE FUNCTION note_given() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE event SET given = ARRAY(SELECT DISTINCT unnest(given || units.codes) ORDER BY 1)
    FROM (SELECT event_id, array_agg(unit_code)
              || coalesce(array_agg(left(unit_code, 6)) FILTER (WHERE unit_kind = 'street'), '{}') AS codes
          FROM noted GROUP BY event_id) AS units
    WHERE id = units.event_id AND NOT given @> units.codes;
    RETURN NULL;
END $$;
CREATE TRIGGER event_handler_given AFTER INSERT ON event_handler REFERENCING NEW TABLE AS noted
    FOR EACH STATEMENT EXECUTE FUNCTION note_given();
UPDATE event SET given = ARRAY(
    SELECT unit_code FROM event_handler WHERE event_id = id
    UNION SELECT left(unit_code, 6) FROM event_handler WHERE event_id = id AND unit_kind = 'street' ORDER BY 1)
    WHERE EXISTS (SELECT FROM event_handler WHERE event_id = id);
CREATE FUNCTION scope_units() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN scope_kind() IN ('departments', 'districts', 'streets')
                THEN scope_codes(scope_kind()) ELSE '{}'::text[] END;
"""
CITY = "(SELECT scope_is_city())"
SOURCE = "source_system_code = ANY ((SELECT scope_sources())::text[])"
PLACE = (
    "left(region_code, 6) = ANY ((SELECT scope_codes('districts'))::text[])"
    " OR region_code = ANY ((SELECT scope_codes('streets'))::text[])"
)
UNITS = "(SELECT scope_units())::text[]"
SEEN = f"{CITY} OR EXISTS (SELECT FROM event WHERE event.id = event_id)"
# Who was given a case finds it by his own row here, without a look at the case.
OWN_SEEN = f"{CITY} OR unit_code = ANY ({UNITS}) OR EXISTS (SELECT FROM event WHERE event.id = event_id)"
HANDLED = """
CREATE FUNCTION scope_handled() RETURNS SETOF bigint LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = public, pg_temp ROWS 1000
    BEGIN ATOMIC
        SELECT event_id FROM event_handler
        WHERE unit_kind = 'department' AND unit_code = ANY ((SELECT scope_codes('departments'))::text[])
        UNION ALL
        SELECT event_id FROM event_handler
        WHERE unit_kind IN ('district', 'street') AND scope_kind() = 'districts'
            AND left(unit_code, 6) = ANY ((SELECT scope_codes('districts'))::text[])
        UNION ALL
        SELECT event_id FROM event_handler
        WHERE unit_kind = 'street' AND unit_code = ANY ((SELECT scope_codes('streets'))::text[]);
    END;
"""
COUNTED = (
    "id, status, class_code, region_code, source_system_code, severity, master, kind, unit_kind, unit_code,"
    " standard_code, due_at, warn_at"
)


INDEXES = """
CREATE INDEX ix_event_to_archive ON event (status_at, id) WHERE master = 'here' AND status = 'closed';
CREATE INDEX ix_event_going ON event (occurred_at) WHERE master = 'here' AND facts IS NULL;
CREATE INDEX ix_event_open_newest ON event (occurred_at, id)
    WHERE status NOT IN ('closed', 'archived', 'void', 'merged');
CREATE INDEX ix_event_urgent ON event (severity, occurred_at, id) WHERE severity <> 'normal';
"""


def upgrade() -> None:
    """Add columns, functions and indexes; facts are written with the next act, and until then read from the acts."""
    op.execute(CONCERNED)
    op.execute("ALTER TABLE event ADD COLUMN facts INTEGER")
    op.execute(GIVEN)
    op.execute(f"ALTER POLICY scope ON event USING ({CITY} OR {PLACE} OR {SOURCE} OR given && {UNITS})")
    op.execute(f"ALTER POLICY scope ON event_handler USING ({OWN_SEEN})")
    op.execute("DROP FUNCTION scope_handled()")
    op.execute("DROP INDEX ix_event_counted")
    op.execute(f"CREATE INDEX ix_event_counted ON event (occurred_at) INCLUDE ({COUNTED}, facts, given)")
    op.execute(INDEXES)


def downgrade() -> None:
    """Drop them; which units were given a case is found by its handlers again."""
    op.execute(HANDLED)
    op.execute(f"ALTER POLICY scope ON event_handler USING ({SEEN})")
    op.execute(f"ALTER POLICY scope ON event USING ({CITY} OR {PLACE} OR {SOURCE} OR id IN (SELECT scope_handled()))")
    op.execute("DROP TRIGGER event_handler_given ON event_handler; DROP FUNCTION note_given(), scope_units()")
    op.execute("DROP INDEX ix_event_urgent, ix_event_open_newest, ix_event_going, ix_event_to_archive")
    op.execute("DROP INDEX ix_event_counted")
    op.execute("ALTER TABLE event DROP COLUMN facts, DROP COLUMN given")
    op.execute(f"CREATE INDEX ix_event_counted ON event (occurred_at) INCLUDE ({COUNTED})")
    op.execute("DROP FUNCTION scope_concerned(bigint)")
