"""The table of case standards, in all their versions; a case bears the code and version of one."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from cityops.store.tables.declaration import MOMENT, NOW, metadata

case_standard = Table(
    "case_standard",
    metadata,
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    # In the file's order, which is that of display.
    Column("position", Integer, nullable=False),
    Column("class_code", Text, ForeignKey("event_class.code"), nullable=False),
    Column("code_scheme", Text, nullable=False),
    Column("scheme_code", Text, nullable=False),
    Column("condition_zh", Text, nullable=False),
    Column("condition_en", Text, nullable=False),
    Column("limit_kind", Text, nullable=False),
    Column("limit_amount", Integer, nullable=False),
    Column("closing_zh", Text, nullable=False),
    Column("closing_en", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("unit_kind", Text, nullable=False),
    Column("unit_code", Text),
    Column("basis", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("is_example", Boolean, nullable=False),
    Column("added_at", MOMENT, nullable=False, server_default=NOW),
    # No longer offered; cases that bear it still find it.
    Column("withdrawn_at", MOMENT),
    PrimaryKeyConstraint("code", "version"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("limit_amount > 0", name="limit_amount"),
    CheckConstraint("limit_kind IN ('urgent_hours', 'work_hours', 'work_days', 'days')", name="limit_kind"),
    CheckConstraint("evidence IN ('none', 'after', 'before_after')", name="evidence"),
    CheckConstraint(
        "unit_kind IN ('department', 'district', 'street') AND (unit_kind = 'department') = (unit_code IS NOT NULL)",
        name="unit",
    ),
    Index("ix_case_standard_class_code", "class_code"),
)
