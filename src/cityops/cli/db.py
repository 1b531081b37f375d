"""The verb `cityops db`: brings the database named by CITYOPS_DATABASE_URL to the newest schema."""

import typer

app = typer.Typer(help="Bring the database to the newest schema and load the reference data.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Run the migrations that are missing, then add missing reference data; safe to run again.

    Where CITYOPS_API_DB_PASSWORD or CITYOPS_INGEST_DB_PASSWORD is set, that login is made, or gets this password.
    """
    from cityops.settings import settings

    url = settings().require_database()
    prepare(url)
    _give_logins(url)


@app.command()
def current() -> None:
    """Print the revision the database is at."""
    from cityops.settings import settings
    from cityops.store.schema import migrations

    typer.echo(migrations.current(settings().require_database()) or "empty: run `cityops db upgrade`")


def prepare(database_url: str) -> None:
    """Migrate, load the reference data and say what was done."""
    from cityops.store.engine import make_engine, writing
    from cityops.store.schema import migrations, seed

    migrations.upgrade(database_url)
    engine = make_engine(database_url)
    with writing(engine) as connection:
        added = seed.load(connection)
    engine.dispose()
    new = ", ".join(f"{count} {table}" for table, count in added.items() if count)
    typer.echo(f"schema at {migrations.current(database_url)}; reference data: {new or 'nothing new'}", err=True)


def _give_logins(database_url: str) -> None:
    from cityops.settings import settings
    from cityops.store.schema import privileges

    given = {privileges.API: settings().api_db_password, privileges.INGEST: settings().ingest_db_password}
    for role, password in given.items():
        if password:
            login = privileges.give_login(database_url, role, password)[0]
            typer.echo(f"login {login} has the password that was given", err=True)
