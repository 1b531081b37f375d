"""Data resources: datasets of the sharing platform, who answers for data, and which indicators are used."""

from alembic import op

revision = "2026_11_28_resources"
down_revision = "2026_11_28_corrections"

# Nothing here lies in a part of the city: the register is one for all.
TABLES = """
CREATE TABLE dataset (
    code TEXT COLLATE "C" NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    provider_code TEXT COLLATE "C" NOT NULL,
    provider_zh TEXT NOT NULL,
    provider_en TEXT NOT NULL,
    theme TEXT NOT NULL,
    sharing TEXT NOT NULL,
    licence TEXT NOT NULL,
    terms TEXT NOT NULL,
    cadence TEXT NOT NULL,
    last_exchange timestamptz,
    row_count BIGINT,
    cross_border TEXT NOT NULL,
    privacy TEXT NOT NULL,
    source_system_code TEXT,
    indicators TEXT[] NOT NULL,
    contact TEXT NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_dataset PRIMARY KEY (code),
    CONSTRAINT fk_dataset_source_system_code_source_system FOREIGN KEY (source_system_code)
        REFERENCES source_system (code),
    CONSTRAINT ck_dataset_sharing CHECK (sharing IN ('unconditional', 'conditional', 'none')),
    CONSTRAINT ck_dataset_cross_border CHECK (cross_border IN ('open', 'restricted')),
    CONSTRAINT ck_dataset_privacy CHECK (privacy IN ('public', 'internal', 'personal', 'sensitive')),
    CONSTRAINT ck_dataset_row_count CHECK (row_count >= 0)
);
CREATE INDEX ix_dataset_provider_code ON dataset (provider_code);
CREATE INDEX ix_dataset_restricted ON dataset (source_system_code) WHERE cross_border = 'restricted';
CREATE TABLE data_officer (
    level TEXT NOT NULL,
    unit_code TEXT COLLATE "C" NOT NULL,
    office TEXT NOT NULL,
    person TEXT NOT NULL,
    phone TEXT NOT NULL,
    CONSTRAINT pk_data_officer PRIMARY KEY (unit_code, level, office, person),
    CONSTRAINT ck_data_officer_level CHECK (level IN ('city', 'executive', 'unit', 'liaison'))
);
CREATE TABLE indicator_usage (
    day DATE NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    role TEXT NOT NULL,
    area TEXT NOT NULL,
    reads BIGINT NOT NULL,
    exports BIGINT NOT NULL,
    CONSTRAINT pk_indicator_usage PRIMARY KEY (day, code, role, area)
);
"""


def upgrade() -> None:
    """Make room; the register comes by `cityops resources import`."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop the register, which can be imported again, and what was counted of its use."""
    op.execute("DROP TABLE indicator_usage, data_officer, dataset")
