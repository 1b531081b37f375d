"""The tables of values of indicators from outside, their corrections, filled-in forms, reports, and saved views."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from cityops.store.tables.declaration import MOMENT, NOW, metadata

# A newer revision stands beside the older ones, of which none is rewritten (a trigger refuses it); the highest is in
# force. A revision without a value withdraws what was said before. `by` and `reason` say who made it and why.
indicator_value = Table(
    "indicator_value",
    metadata,
    Column("indicator_code", Text(collation="C"), nullable=False),
    Column("region_code", Text, ForeignKey("region.code"), nullable=False),
    Column("period_start", MOMENT, nullable=False),
    Column("period_end", MOMENT, nullable=False),
    Column("source_system_code", Text, ForeignKey("source_system.code"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("value", Double),
    Column("numerator", Double),
    Column("denominator", Double),
    Column("quality", SmallInteger, nullable=False),
    Column("coverage", Double),
    Column("definition_version", SmallInteger, nullable=False),
    Column("by", Text),
    Column("reason", Text),
    Column("received_at", MOMENT, nullable=False),
    PrimaryKeyConstraint(
        "indicator_code", "region_code", "period_start", "period_end", "source_system_code", "revision"
    ),
    CheckConstraint("period_start < period_end", name="period"),
    CheckConstraint("revision >= 0", name="revision"),
    CheckConstraint("(numerator IS NULL) = (denominator IS NULL)", name="parts"),
    CheckConstraint("coverage BETWEEN 0 AND 1", name="coverage"),
)

# One form of one region for one period. What it holds are its cells, of each the newest.
filling_sheet = Table(
    "filling_sheet",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("form_code", Text(collation="C"), nullable=False),
    Column("region_code", Text, ForeignKey("region.code"), nullable=False),
    # Who asks and reviews: the form's owner when the sheet was begun.
    Column("department_code", Text, ForeignKey("department.code"), nullable=False),
    Column("period_start", MOMENT, nullable=False),
    Column("period_end", MOMENT, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("form_code", "region_code", "period_start"),
    CheckConstraint("period_start < period_end", name="period"),
    CheckConstraint("state IN ('draft', 'submitted', 'returned', 'approved')", name="state"),
    Index("ix_filling_sheet_period_start", "period_start"),
)

# What was done with a sheet, and the cells that it set, are only added to (a trigger refuses the rest).
filling_act = Table(
    "filling_act",
    metadata,
    Column("sheet_id", BigInteger, ForeignKey("filling_sheet.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("act", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    Column("reason", Text),
    CheckConstraint("act IN ('save', 'submit', 'return', 'approve')", name="act"),
)

filling_cell = Table(
    "filling_cell",
    metadata,
    Column("sheet_id", BigInteger, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("indicator_code", Text(collation="C"), primary_key=True),
    Column("part", Text, primary_key=True),
    Column("value", Double),
    # Of the whole field: why it is out of what is usual, or other than it was approved.
    Column("reason", Text, nullable=False),
    # Where the value comes from: typed, a file, or the figure that stood there already (`offered`).
    Column("origin", Text, nullable=False),
    Column("offered", Double),
    ForeignKeyConstraint(["sheet_id", "version"], ["filling_act.sheet_id", "filling_act.version"]),
    CheckConstraint("part IN ('value', 'numerator', 'denominator')", name="part"),
    CheckConstraint("origin IN ('typed', 'file', 'last_period', 'indicator', 'registry')", name="origin"),
)

# What is known to be wrong with values of a source, and what is shown instead while it says what is expected. Neither
# table is rewritten (a trigger refuses it): the status of a correction is that of its newest step.
correction = Table(
    "correction",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("indicator_code", Text(collation="C"), nullable=False),
    Column("region_code", Text, ForeignKey("region.code")),
    Column("source_system_code", Text, ForeignKey("source_system.code")),
    Column("period_start", MOMENT, nullable=False),
    Column("period_end", MOMENT, nullable=False),
    Column("action", Text, nullable=False),
    Column("amount", Double),
    Column("expected_low", Double, nullable=False),
    Column("expected_high", Double, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    Column("expires_at", MOMENT),
    CheckConstraint("period_start < period_end", name="period"),
    CheckConstraint("action IN ('drop', 'override', 'scale', 'flag')", name="action"),
    CheckConstraint("(amount IS NOT NULL) = (action IN ('override', 'scale'))", name="amount"),
    CheckConstraint("expected_low <= expected_high", name="expected"),
    Index("ix_correction_indicator_code", "indicator_code"),
)

correction_step = Table(
    "correction_step",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("correction_id", BigInteger, ForeignKey("correction.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("to", Text),
    Column("note", Text),
    Column("by", Text, nullable=False),
    Column("at", MOMENT, nullable=False, server_default=NOW),
    CheckConstraint("status IN ('open', 'reported', 'acknowledged', 'fixed_upstream', 'withdrawn')", name="status"),
    UniqueConstraint("correction_id", "status"),
)

# A report of a closed period is made once; a correction is a further edition, and none is rewritten (a trigger
# refuses it). `numbers` is the JSON of all that the files were made of, definitions with their versions among it.
report = Table(
    "report",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text(collation="C"), nullable=False),
    Column("region_code", Text, ForeignKey("region.code"), nullable=False),
    Column("period_start", MOMENT, nullable=False),
    Column("period_end", MOMENT, nullable=False),
    Column("edition", SmallInteger, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("numbers", Text, nullable=False),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    Column("made_by", Text, nullable=False),
    UniqueConstraint("kind", "region_code", "period_start", "period_end", "edition"),
    CheckConstraint("period_start < period_end", name="period"),
    CheckConstraint("edition >= 1", name="edition"),
)

report_file = Table(
    "report_file",
    metadata,
    Column("report_id", BigInteger, ForeignKey("report.id"), nullable=False),
    Column("lang", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("report_id", "lang", "format"),
    CheckConstraint("lang IN ('zh', 'en')", name="lang"),
    CheckConstraint("format IN ('html', 'docx')", name="format"),
    CheckConstraint("sha256 = encode(sha256(content), 'hex')", name="sha256"),
)

# Views of the data page that persons keep: a question is never changed, it is called otherwise, shared or forgotten.
saved_view = Table(
    "saved_view",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    # Of an account, which is never removed, and never called otherwise.
    Column("login", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("question", JSONB, nullable=False),
    # Over which region one must be to see it where it is shared; null: whoever may ask for series.
    Column("area_code", Text, ForeignKey("region.code")),
    Column("shared", Boolean, nullable=False),
    Column("made_at", MOMENT, nullable=False, server_default=NOW),
    UniqueConstraint("login", "name"),
    CheckConstraint("length(name) BETWEEN 1 AND 40", name="name"),
)
