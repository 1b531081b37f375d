"""What each source sent by day of the city, and plans of video: which channels are looked at for which matter."""

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

# A channel of a plan is seen where the channel itself is.
PLANS = """
CREATE TABLE video_plan (
    code TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    CONSTRAINT pk_video_plan PRIMARY KEY (code)
);
CREATE TABLE video_plan_channel (
    plan_code TEXT NOT NULL,
    place INTEGER NOT NULL,
    channel_code TEXT COLLATE "C" NOT NULL,
    CONSTRAINT pk_video_plan_channel PRIMARY KEY (plan_code, place),
    CONSTRAINT fk_video_plan_channel_plan_code_video_plan FOREIGN KEY (plan_code) REFERENCES video_plan (code),
    CONSTRAINT fk_video_plan_channel_channel_code_video_channel FOREIGN KEY (channel_code)
        REFERENCES video_channel (code),
    CONSTRAINT uq_video_plan_channel_plan_code_channel_code UNIQUE (plan_code, channel_code)
);
ALTER TABLE video_plan_channel ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON video_plan_channel USING (
    (SELECT scope_is_city()) OR EXISTS (SELECT FROM video_channel WHERE code = channel_code));
CREATE INDEX ix_video_channel_lon_lat ON video_channel (lon, lat);
CREATE POLICY channels ON audit FOR INSERT TO cityops_api
    WITH CHECK (kind IS DISTINCT FROM 'command' AND action = 'channel:open');
"""


def upgrade() -> None:
    """Begin to count by day, what came before is in the accounts alone; make room for plans."""
    op.execute(LEDGER_DAY)
    op.execute(PLANS)


def downgrade() -> None:
    """Drop days and plans; accounts and channels stay."""
    op.execute("DROP POLICY channels ON audit; DROP INDEX ix_video_channel_lon_lat")
    op.execute("DROP TABLE video_plan_channel, video_plan")
    op.execute("DROP TRIGGER ingest_ledger_by_day ON ingest_ledger; DROP FUNCTION note_ledger_day()")
    op.execute("DROP TABLE ingest_ledger_day")
