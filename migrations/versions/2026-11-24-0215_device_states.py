"""States of devices with their transitions, and video channels."""

from alembic import op

revision = "2026_11_24_device_states"
down_revision = "2026_11_24_retention"

STATES = """
CREATE TABLE device_state (
    device_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    since timestamptz NOT NULL,
    CONSTRAINT pk_device_state PRIMARY KEY (device_id),
    CONSTRAINT ck_device_state_state CHECK (state IN ('online', 'late', 'silent', 'never')),
    CONSTRAINT fk_device_state_device_id_device FOREIGN KEY (device_id) REFERENCES device (id)
) WITH (fillfactor = 90);
CREATE INDEX ix_device_state_not_online ON device_state (state, device_id) WHERE state <> 'online';
INSERT INTO device_state (device_id, state, since) SELECT id, 'never', registered_at FROM device;

CREATE TABLE device_watch (
    one BOOLEAN NOT NULL,
    looked_at timestamptz NOT NULL,
    CONSTRAINT pk_device_watch PRIMARY KEY (one),
    CONSTRAINT ck_device_watch_one CHECK (one)
);

CREATE TABLE device_transition (
    at timestamptz NOT NULL,
    device_id INTEGER NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL
);
CREATE INDEX ix_device_transition_device_id_at ON device_transition (device_id, at);
SELECT create_hypertable('device_transition', by_range('at', INTERVAL '7 days'), create_default_indexes => false);
CREATE FUNCTION refuse_transition_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the transitions of devices are append-only: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER device_transition_append_only
    BEFORE UPDATE OR DELETE ON device_transition FOR EACH STATEMENT EXECUTE FUNCTION refuse_transition_rewrite();
"""

CHANNELS = """
ALTER TABLE source_system DROP CONSTRAINT ck_source_system_carries;
ALTER TABLE source_system ADD CONSTRAINT ck_source_system_carries CHECK (carries IN ('readings', 'events', 'video'));

CREATE TABLE video_channel (
    code TEXT COLLATE "C" NOT NULL,
    name_zh TEXT NOT NULL,
    source_system_code TEXT NOT NULL,
    region_code TEXT COLLATE "C" NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    state TEXT DEFAULT 'unknown' NOT NULL,
    state_since timestamptz DEFAULT now() NOT NULL,
    registered_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_video_channel PRIMARY KEY (code),
    CONSTRAINT ck_video_channel_code CHECK (code ~ '^[0-9]{20}$'),
    CONSTRAINT ck_video_channel_state CHECK (state IN ('online', 'offline', 'unknown')),
    CONSTRAINT ck_video_channel_place CHECK (lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90),
    CONSTRAINT fk_video_channel_source_system_code_source_system
        FOREIGN KEY(source_system_code) REFERENCES source_system (code),
    CONSTRAINT fk_video_channel_region_code_region FOREIGN KEY(region_code) REFERENCES region (code)
);
CREATE INDEX ix_video_channel_region_code_state ON video_channel (region_code, state);
CREATE INDEX ix_video_channel_source_system_code_state ON video_channel (source_system_code, state);
CREATE INDEX ix_video_channel_state_code ON video_channel (state, code);
"""


def upgrade() -> None:
    op.execute(STATES)
    op.execute(CHANNELS)


def downgrade() -> None:
    op.execute("DROP TABLE video_channel")
    op.execute("DELETE FROM source_system WHERE carries = 'video'")
    op.execute("ALTER TABLE source_system DROP CONSTRAINT ck_source_system_carries")
    op.execute(
        "ALTER TABLE source_system ADD CONSTRAINT ck_source_system_carries CHECK (carries IN ('readings', 'events'))"
    )
    op.execute("DROP TABLE device_transition")
    op.execute("DROP FUNCTION refuse_transition_rewrite()")
    op.execute("DROP TABLE device_watch, device_state")
