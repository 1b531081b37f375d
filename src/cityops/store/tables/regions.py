"""The table of the regions: the city, its districts and streets."""

from sqlalchemy import CheckConstraint, Column, Double, ForeignKey, Identity, Integer, SmallInteger, Table, Text

from cityops.store.tables.declaration import metadata

region = Table(
    "region",
    metadata,
    # A small key beside the code: rollup rows carry it, and there are hundreds of millions of them.
    Column("id", SmallInteger, Identity(), nullable=False, unique=True),
    Column("code", Text, primary_key=True),
    Column("level", Text, nullable=False),
    Column("parent_code", Text, ForeignKey("region.code")),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("population", Integer),
    Column("area_km2", Double),
    Column("label_lon", Double),
    Column("label_lat", Double),
    CheckConstraint("level IN ('city', 'district', 'street')", name="level"),
)
