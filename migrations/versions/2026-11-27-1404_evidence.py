"""Photos and files of cases: kept once by their hash, seen by whoever sees a case that they belong to."""

from alembic import op

revision = "2026_11_27_evidence"
down_revision = "2026_11_27_case_standard"

TABLES = """
CREATE TABLE evidence (
    digest TEXT NOT NULL,
    medium TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    CONSTRAINT pk_evidence PRIMARY KEY (digest)
);
CREATE TABLE evidence_content (
    digest TEXT NOT NULL,
    content BYTEA NOT NULL,
    preview BYTEA,
    CONSTRAINT pk_evidence_content PRIMARY KEY (digest),
    CONSTRAINT fk_evidence_content_digest_evidence FOREIGN KEY (digest)
        REFERENCES evidence (digest) ON DELETE CASCADE,
    CONSTRAINT ck_evidence_content_content_is_its_digest CHECK (encode(sha256(content), 'hex') = digest)
);
ALTER TABLE evidence_content ALTER COLUMN content SET STORAGE EXTERNAL, ALTER COLUMN preview SET STORAGE EXTERNAL;
CREATE TABLE event_evidence (
    event_id BIGINT NOT NULL,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_at timestamptz DEFAULT now() NOT NULL,
    lon DOUBLE PRECISION,
    lat DOUBLE PRECISION,
    taken_at timestamptz,
    act_sequence INTEGER,
    CONSTRAINT pk_event_evidence PRIMARY KEY (event_id, digest),
    CONSTRAINT fk_event_evidence_event_id_event FOREIGN KEY (event_id) REFERENCES event (id),
    CONSTRAINT fk_event_evidence_digest_evidence FOREIGN KEY (digest) REFERENCES evidence (digest)
);
CREATE INDEX ix_event_evidence_digest ON event_evidence (digest);
CREATE INDEX ix_event_evidence_unbound ON event_evidence (added_at) WHERE act_sequence IS NULL;
"""

CASE_IS_SEEN = "(SELECT scope_is_city()) OR EXISTS (SELECT FROM event WHERE event.id = event_id)"
BELONGS = (
    "EXISTS (SELECT FROM event_evidence WHERE event_evidence.digest = {table}.digest)"  # those that the scope shows
)

# A file comes before it belongs to a case; who may not see that case cannot make it belong.
POLICIES = {
    **{
        f"scope ON {table} FOR SELECT": f"USING ({BELONGS.format(table=table)})"
        for table in ("evidence", "evidence_content")
    },
    **{f"adding ON {table} FOR INSERT": "WITH CHECK (true)" for table in ("evidence", "evidence_content")},
    "scope ON event_evidence FOR SELECT": f"USING ({CASE_IS_SEEN})",
    "adding ON event_evidence FOR INSERT": f"WITH CHECK (({CASE_IS_SEEN}) AND act_sequence IS NULL)",
    "binding ON event_evidence FOR UPDATE": f"USING (({CASE_IS_SEEN}) AND act_sequence IS NULL) WITH CHECK (true)",
}


def upgrade() -> None:
    """Make the tables; the audit takes what is done with files."""
    op.execute(TABLES)
    for table in ("evidence", "evidence_content", "event_evidence"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    for policy, rule in POLICIES.items():
        op.execute(f"CREATE POLICY {policy} TO cityops_api {rule}")
    op.execute(
        "CREATE POLICY evidence ON audit FOR INSERT TO cityops_api"
        " WITH CHECK (kind IS DISTINCT FROM 'command' AND action ~ '^evidence:')"
    )


def downgrade() -> None:
    """Drop them with all files."""
    op.execute("DROP POLICY evidence ON audit")
    op.execute("DROP TABLE event_evidence, evidence_content, evidence")
