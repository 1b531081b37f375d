"""The tables of the working calendar: notices that were loaded, and the days that they and the city name."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, SmallInteger, Table, Text

from cityops.store.tables.declaration import MOMENT, NOW, metadata

# Years whose notice is known from here, whole; those that the library knows need no row.
calendar_notice = Table(
    "calendar_notice",
    metadata,
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("loaded_at", MOMENT, nullable=False, server_default=NOW),
)

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("works", Boolean, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    # Number or title of the notice, or why the city has it so.
    Column("source", Text, nullable=False),
    # Null: a single day, which no notice takes away.
    Column("notice_year", SmallInteger, ForeignKey("calendar_notice.year"), index=True),
    Column("loaded_at", MOMENT, nullable=False, server_default=NOW),
)
