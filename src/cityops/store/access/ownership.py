"""Says to the database whose transaction this is, for tables of which each sees their own rows alone."""

from sqlalchemy import Connection, text

_OWNER = text("SELECT set_config('cityops.login', :login, true)")


def own(connection: Connection, login: str) -> None:
    """Say whose transaction this is; it ends with it."""
    connection.execute(_OWNER, {"login": login})
