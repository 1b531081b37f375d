"""The revision of a database, and the newest one that this version knows."""

from sqlalchemy import Connection

from cityops.domain.access import WHOLE_CITY
from cityops.store.engine import connect, make_engine, reading
from cityops.store.schema import migrations, revision


def test_a_prepared_database_is_at_the_newest_revision(reader: Connection) -> None:
    assert revision.revision(reader) == revision.head()
    assert revision.head() is not None


def test_the_newest_revision_is_the_last_file_and_follows_all_others() -> None:
    names = sorted(file.stem for file in (migrations.folder() / "versions").glob("*.py"))
    head = revision.head() or ""
    assert migrations.knows(head)
    assert names[-1].endswith(head.split("_", 3)[-1])


def test_a_database_before_the_first_migration_has_none(empty_database: str) -> None:
    engine = make_engine(empty_database)
    with reading(engine, WHOLE_CITY) as connection:
        assert revision.revision(connection) is None
    engine.dispose()
    assert migrations.current(empty_database) is None


def test_the_revision_is_what_the_database_says(migrated_database: str) -> None:
    with connect(migrated_database, "test") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '2099_tomorrow'")
    assert migrations.current(migrated_database) == "2099_tomorrow"
    assert not migrations.knows("2099_tomorrow")
    assert not migrations.knows("")
