"""The verb `cityops db`: brings the database named by CITYOPS_DATABASE_URL to the newest schema."""

import typer

from cityops.settings import settings

app = typer.Typer(help="Bring the database to the newest schema and load the reference data.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Run the migrations that are missing, then add missing reference data; safe to run again."""
    prepare(settings().require_database())


@app.command()
def current() -> None:
    """Print the revision the database is at."""
    from cityops.store import migrations

    typer.echo(migrations.current(settings().require_database()) or "empty: run `cityops db upgrade`")


def prepare(database_url: str) -> None:
    """Migrate, load the reference data and say what was done."""
    from cityops.store import migrations, reference
    from cityops.store.engine import make_engine, writing

    migrations.upgrade(database_url)
    engine = make_engine(database_url)
    with writing(engine) as connection:
        added = reference.load(connection)
    engine.dispose()
    new = ", ".join(f"{count} {table}" for table, count in added.items() if count)
    typer.echo(f"schema at {migrations.current(database_url)}; reference data: {new or 'nothing new'}", err=True)
