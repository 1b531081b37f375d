"""The tables of the rollups, and of the hours of which they are still to be made."""

from sqlalchemy import BigInteger, Column, Double, PrimaryKeyConstraint, SmallInteger, Table

from cityops.store.tables.declaration import MOMENT, metadata


def _rollup(name: str) -> Table:
    # Metric first, then time: a trend of one metric over all streets reads one run of the index.
    return Table(
        name,
        metadata,
        Column("bucket", MOMENT, nullable=False),
        Column("metric_id", SmallInteger, nullable=False),
        Column("region_id", SmallInteger, nullable=False),
        Column("n", BigInteger, nullable=False),
        Column("sum", Double, nullable=False),
        Column("min", Double, nullable=False),
        Column("max", Double, nullable=False),
        PrimaryKeyConstraint("metric_id", "bucket", "region_id"),
    )


reading_rollup = _rollup("reading_rollup")
reading_rollup_hour = _rollup("reading_rollup_hour")
# A bucket is a day of the city; it begins at 16:00 UTC.
reading_rollup_day = _rollup("reading_rollup_day")

# Hours of which the hour rollups are not made. The ingest writes into the first, which may hold an hour twice; the
# making takes them over into the second.
rollup_touched = Table("rollup_touched", metadata, Column("hour", MOMENT, nullable=False))
rollup_unmade = Table("rollup_unmade", metadata, Column("hour", MOMENT, primary_key=True))
