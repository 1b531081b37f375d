"""What each source sent by day of the city, beside the accounts since the first start."""

from alembic import op

revision = "2026_11_27_channels"
down_revision = "2026_11_27_replay"

# By worker, as the accounts are: two workers that settle at once never wait for each other.
LEDGER_DAY = """
CREATE TABLE ingest_ledger_day (
    day DATE NOT NULL,
    worker TEXT NOT NULL,
    source_system_code TEXT NOT NULL,
    kind TEXT NOT NULL,
    received BIGINT NOT NULL,
    stored BIGINT NOT NULL,
    duplicate BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    CONSTRAINT pk_ingest_ledger_day PRIMARY KEY (day, worker, source_system_code, kind)
) WITH (fillfactor = 50);
CREATE FUNCTION note_ledger_day() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO ingest_ledger_day AS kept
    VALUES ((NEW.last_received_at AT TIME ZONE 'Asia/Shanghai')::date, NEW.worker, NEW.source_system_code, NEW.kind,
            NEW.received - coalesce(OLD.received, 0), NEW.stored - coalesce(OLD.stored, 0),
            NEW.duplicate - coalesce(OLD.duplicate, 0), NEW.rejected - coalesce(OLD.rejected, 0))
    ON CONFLICT (day, worker, source_system_code, kind) DO UPDATE SET
        received = kept.received + excluded.received, stored = kept.stored + excluded.stored,
        duplicate = kept.duplicate + excluded.duplicate, rejected = kept.rejected + excluded.rejected;
    RETURN NULL;
END $$;
CREATE TRIGGER ingest_ledger_by_day AFTER INSERT OR UPDATE ON ingest_ledger
    FOR EACH ROW EXECUTE FUNCTION note_ledger_day();
"""


def upgrade() -> None:
    """Begin to count by day; what came before is in the accounts alone."""
    op.execute(LEDGER_DAY)


def downgrade() -> None:
    """Drop the days; the accounts stay."""
    op.execute("DROP TRIGGER ingest_ledger_by_day ON ingest_ledger; DROP FUNCTION note_ledger_day()")
    op.execute("DROP TABLE ingest_ledger_day")
